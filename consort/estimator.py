"""The state of an estimator: which combiner it is, fitted to which kind of outputs."""

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from consort.applying import Read, Recipe, recognised
from consort.classes import Classes
from consort.learning import Course, Labels
from consort.progress import progress_of
from consort.tables import names_in
from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase, label_key
from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import COMBINERS, create, stateless, trainable
from ensemble.combiners.trainable import Trainable
from evaluation.data.layout import Layout
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.records import Segment
from evaluation.statistics.significance import SEED

if TYPE_CHECKING:
    from ensemble.training.artefact import Record


class Estimator(BaseEstimator):  # type: ignore[misc]
    """The options of `consort.Combiner`, and what it is fitted to."""

    combiner: str
    kind: Kind | None
    source: str | None
    outputs: str | Sequence[str] | None
    references: str | Sequence[str] | None
    label_case: LabelCase
    types: Types | None
    context: str | None
    protect: bool
    adapt: bool
    random_state: int | np.random.RandomState | None
    verbose: bool

    combiner_: Combiner
    kind_: Kind
    is_trained_: bool
    record_: "Record | None"
    _known_classes: Classes | None

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether it is fitted, for scikit-learn."""
        return hasattr(self, "combiner_")

    @property
    def _layout(self) -> Layout:
        return Layout(self.source, names_in(self.outputs), names_in(self.references))

    @property
    def _name(self) -> str:
        return self.combiner.partition(":")[0]

    def _kind(self, data: object, gold: object = None, scores: object = None) -> Kind:
        """Return the kind of outputs: as set, as the combiner or labels imply, or as recognised."""
        if self.kind is not None:
            return self.kind
        kinds = COMBINERS.get(self._name).kinds
        if len(kinds) == 1:
            return kinds[0]
        if gold or scores:
            return "edits" if gold else "texts"
        return recognised(data, self._layout)

    def _fitted_kind(self, data: object) -> Kind:
        return self.kind_ if hasattr(self, "combiner_") else self._kind(data)

    def _recipe(self, rule: Combiner, kind: Kind) -> Recipe:
        return Recipe(rule, kind, self.types, self.label_case, self.protect)

    def _seen(
        self, segments: Sequence[Segment], rows: Sequence[Sequence[str]], kind: Kind
    ) -> Classes | None:
        """Return the classes among the references, or where there are none among the outputs."""
        if kind != "labels":
            return None
        outputs = (text for segment in segments for text in segment.hypotheses.values())
        labels = (text for texts in rows for text in texts)
        return Classes.of(labels if rows else outputs)

    def _learn(
        self, segments: list[Segment], kind: Kind, labels: Labels, classes: Classes | None
    ) -> Self:
        """Fit to `segments`; `classes` are those of labels."""
        if not segments:
            raise InputError("invalid-data", "there are no segments to learn from")
        is_learner = bool(labels) and self._name in trainable()
        course = Course(
            self.combiner, kind, self.types or "surface", self.context, self.label_case, self._seed
        )
        combiner: Combiner | None = None
        record = None
        if is_learner:
            combiner, digest = course.learn(segments, labels, progress_of(self.verbose))
            record = course.record(digest, labels, classes, self._facts())
        if not isinstance(combiner, Trainable) or not combiner.is_trained:
            combiner, record = combiner or create(self.combiner), None
            combiner = self._recipe(combiner, kind).fitted_to(lambda: segments)
        self._set(combiner, kind, record, classes)
        return self

    def _facts(self) -> dict[str, Any]:
        """Return facts about the data that are saved with a trained combiner."""
        return {}

    def _take(self, combiner: Trainable, record: "Record") -> None:
        """Be the saved `combiner`."""
        kind = combiner.kind or "edits"
        if self.kind not in (None, kind):
            message = f"the combiner was trained on {kind}, not on {self.kind}"
            raise InputError("invalid-option", message)
        pairs = record.config.get("classes")
        self._set(combiner, kind, record, Classes.read(pairs) if pairs else None)

    def _set(
        self, combiner: Combiner, kind: Kind, record: "Record | None", classes: Classes | None
    ) -> None:
        self.combiner_, self.kind_, self.record_ = combiner, kind, record
        self.is_trained_ = record is not None
        self._known_classes = classes
        if classes is not None:
            self.classes_ = classes.values

    def _ready(self, read: Read, kind: Kind) -> Combiner:
        """Return the combiner for the segments that `read` returns.

        Raises:
            NotFittedError: it must first be fitted.
        """
        if hasattr(self, "combiner_"):
            rule: Combiner = self.combiner_
            adapts = self.is_trained_ and self.adapt
            return self._recipe(rule, kind).fitted_to(read) if adapts else rule
        if self._name not in stateless():
            self._check_fitted()
        return self._recipe(create(self.combiner), kind).fitted_to(read)

    def _fitted_classes(self) -> NDArray[Any] | None:
        """Return the classes in the order of the columns of probabilities, if they are known."""
        return getattr(self, "classes_", None)

    def _check_fitted(self) -> None:
        if not hasattr(self, "combiner_"):
            raise NotFittedError(
                f"This {type(self).__name__} is not fitted yet: call fit(data) first, or"
                " fit_predict(data) to combine without labels"
            )

    def _classes(self) -> Classes:
        self._check_fitted()
        if self.kind_ != "labels":
            message = f"predict_proba is for labels, not {self.kind_}: evidence(data) has the"
            raise InputError("invalid-option", f"{message} probability of each candidate")
        if self._known_classes is None:
            message = "the saved combiner does not name its classes; fit it in Python to have them"
            raise InputError("invalid-option", message)
        return self._known_classes

    def _is_right(self, text: str | None, labels: Sequence[str]) -> bool:
        keys = {label_key(label, self.label_case) for label in labels}
        return text is not None and label_key(text, self.label_case) in keys

    @property
    def _seed(self) -> int:
        if self.random_state is None or isinstance(self.random_state, Integral):
            return SEED if self.random_state is None else int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))
