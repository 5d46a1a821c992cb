"""The combiner of outputs as an estimator: `fit`, `predict`, `evidence`, saved and read again."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from consort.applying import evidence_of, reader, tell
from consort.classes import Classes
from consort.estimator import Estimator
from consort.learning import Gold, Labels, Scores, references_of
from consort.probabilities import with_cells
from consort.progress import progress_of
from consort.saved import Saved
from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.decoding.decode import Combination
from evaluation.edits.types import Types
from evaluation.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame


class Combiner(Saved, Estimator):
    """Combines the outputs of several systems for each source into one output.

    Data is a pandas `DataFrame`, a `datasets.Dataset`, a dict of lists, a list of dicts or of
    `consort.Segment`s, or the path of a system folder or a table. Columns with usual names
    (`source`, `text`, `reference`, `label`, ...) are found by these, and all others are outputs of
    systems, unless the options say which are which. Class probabilities are cells
    `{label: probability}`, or matrices: see `LabelCombiner`.

    Args:
        combiner: the name of a combiner, with options as in `vote:k=2`. `neural` learns from labels
            where there are any, and else is a vote weighted by agreement; `vote`, `mbr` and
            others need no labels.
        kind: `edits`, `texts` or `labels`; by default as recognised from the data.
        source: the column of sources.
        outputs: the columns of outputs, or patterns such as `hyp.*.en`; of a folder, the systems.
        references: the columns of references or labels, or patterns.
        label_case: `ignore` where labels that differ in capitals are one label.
        types: how edits are classified: as `consort train --types`.
        context: a language model that reads contested edits too: as `consort train --context`.
        protect: whether addresses, code, formulas and mark-up stay unchanged.
        adapt: whether a combiner trained on labels also counts who agrees with whom in the data
            that it predicts, as `consort combine` does. Then the output for a segment depends on
            the other segments too.
        random_state: the seed of training; by default that of `consort train`.
        verbose: whether to show the progress, and remarks about the data.

    Attributes:
        combiner_: the fitted combiner, an `ensemble.Combiner`.
        kind_: the kind of outputs.
        is_trained_: whether it has learnt from labels.
        classes_: of labels, the classes in ascending order.
    """

    def __init__(
        self,
        combiner: str = "neural",
        *,
        kind: Kind | None = None,
        source: str | None = None,
        outputs: str | Sequence[str] | None = None,
        references: str | Sequence[str] | None = None,
        label_case: LabelCase = "keep",
        types: Types | None = None,
        context: str | None = None,
        protect: bool = True,
        adapt: bool = True,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.combiner = combiner
        self.kind = kind
        self.source = source
        self.outputs = outputs
        self.references = references
        self.label_case = label_case
        self.types = types
        self.context = context
        self.protect = protect
        self.adapt = adapt
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        data: object,
        references: Iterable[Any] | None = None,
        *,
        gold: Gold | None = None,
        scores: Scores | None = None,
        groups: Iterable[object] | None = None,
    ) -> Self:
        """Learn from `data`: from labels, if there are any and the combiner can, or from agreement.

        Args:
            data: see the class.
            references: the right text or label of each segment, or a list of right ones; by default
                those in the data. With `()` those in the data are not used either.
            gold: gold edits: an M2 file, or what `evaluation.data.m2.read_m2` returns.
            scores: people's scores of texts, higher is better: a CSV file with the columns system,
                segment and score, or a dictionary by system and segment, from 1.
            groups: the annotator, corpus or domain of each segment.

        Raises:
            InputError: the combiner or an option is unknown, needs labels, or does not apply here.
            ValueError: the data cannot be read, or its kind is not clear.
        """
        right = None if references is None else list(references)
        data = with_cells(data, lambda: Classes.of_rows(right).values if right else None)
        kind = self._kind(data, gold, scores)
        segments = list(reader(data, self._layout, kind)())
        rows = [] if gold or scores else references_of(segments, right)
        labels = Labels(rows, gold, scores, () if groups is None else tuple(groups))
        return self._learn(segments, kind, labels, self._seen(segments, rows, kind))

    def predict(self, data: object) -> Any:  # noqa: ANN401 - a list here, an array in LabelCombiner
        """Return the output for each segment: a list of texts or labels.

        It is `None` where no system gave a label. Combiners that judge each segment by itself, as
        `vote` and `mbr`, need no `fit`.

        Raises:
            NotFittedError: the combiner must first be fitted.
            ValueError: as `fit`.
        """
        return [combination.text for combination in self.combinations(data)]

    def fit_predict(self, data: object) -> Any:  # noqa: ANN401 - as predict
        """Learn from `data` without labels, and return the output for each of its segments.

        This is what `consort combine` does with a combiner that is not trained.
        """
        return self.fit(data, ()).predict(data)

    def evidence(self, data: object) -> "DataFrame":
        """Return a row for each candidate: its segment (from 1), voters, probability, reason, ...

        The columns are those of the evidence of `consort combine`. `probability` is the belief that
        the candidate is right, or, of a combiner without labels, its support among the systems.

        Raises:
            as `predict`.
        """
        return evidence_of(self.combinations(data))

    def combinations(self, data: object) -> list[Combination]:
        """Return the output for each segment with the decision on each candidate.

        Raises:
            as `predict`.
        """
        data = with_cells(data, self._fitted_classes)
        kind, progress = self._fitted_kind(data), progress_of(self.verbose)
        read = reader(data, self._layout, kind)
        recipe = self._recipe(self._ready(read, kind), kind)
        if self.verbose:
            tell(recipe.combiner)
        return list(recipe.combinations(read, progress))

    def predict_proba(self, data: object) -> NDArray[np.float64]:
        """Return the probability of each label, (segments, classes) in the order of `classes_`.

        Raises:
            InputError: the outputs are not labels.
            NotFittedError: the combiner must first be fitted.
        """
        return self._classes().probabilities(self.combinations(data), self.label_case)

    def score(self, data: object, references: Iterable[Any] | None = None) -> float:
        """Return the share of segments with a right label, from 0 to 1.

        Raises:
            InputError: the outputs are not labels, or there are no references.
        """
        data = with_cells(data, self._fitted_classes)
        kind = self._fitted_kind(data)
        if kind != "labels":
            message = f"score is for labels, not {kind}; consort.score compares texts"
            raise InputError("invalid-option", message)
        read = reader(data, self._layout, kind)
        right = references_of(list(read()), references)
        if not right:
            raise InputError("missing-input", "score needs references")
        pairs = zip(self.combinations(data), right, strict=True)
        return float(np.mean([self._is_right(found.text, labels) for found, labels in pairs]))
