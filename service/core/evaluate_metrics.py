"""Compares metrics with human judgements for a request, with bounded work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import Analysis, analyse
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.scoring import reference_notes, score
from evaluation.metrics.choice import MetricChoice
from evaluation.metrics.registry import entries
from evaluation.metrics.tokenizers import MECAB, REMEDIES, TOKENIZERS
from evaluation.statistics.correlation import Grouping
from service.core.admission.evaluations import work_of_evaluation
from service.core.limits import Refused

OFFERED = tuple(
    name
    for name, entry in entries().items()
    if entry.cost != "high" and entry.needs in ({"sources"}, {"references"})
)
"""Metrics that requests can use: none takes long, and each compares a text with one field only, so
that `limits.SCORED_CHARACTERS` bounds the work."""

OFFERED_TOKENIZERS = tuple(name for name in TOKENIZERS if name not in MECAB)
"""Tokenisers that requests can use: they take linear time, and a text never has more tokens than
characters."""

RESAMPLES = 200
PERMUTATIONS = 1200
"""Enough for p-values of eight metrics to be below .05 after Holm's correction."""

Numbers = Mapping[str, Sequence[float | None]]
"""By system, a number for each segment."""


@dataclass(frozen=True)
class Question:
    """Judgements, with either scores of metrics by name, or texts and the metrics to use."""

    judgements: Numbers
    scores: Mapping[str, Numbers] | None
    dataset: Dataset | None
    metrics: Sequence[str]
    grouping: Grouping
    lower_is_better: Collection[str] = ()
    """The metrics of which lower scores are better."""
    judgements_lower_is_better: bool = False
    characters: int = 0
    """Characters of outputs, and of the texts that each is compared with."""

    @property
    def units(self) -> int:
        """Units of work that the answer takes, about."""
        judged = sum(map(len, self.judgements.values()))
        metrics = len(self.metrics or self.scores or ())
        return work_of_evaluation(judged * metrics, self.characters, self.metrics)

    @property
    def options(self) -> MetaEvaluationOptions:
        """The statistics to compute: the default ones, with fewer resamples and permutations."""
        return MetaEvaluationOptions(
            groupings=(self.grouping,),
            resamples=RESAMPLES,
            permutations=PERMUTATIONS,
        )


def answer(question: Question) -> Analysis:
    """Return the result of the comparison.

    Raises:
        Refused: a metric lacks an input, or no scores can be compared.
    """
    systems = tuple(question.judgements)
    notes: list[str] = []
    human = HumanScores(systems, _array(question.judgements, systems)[None])
    human = human.negated() if question.judgements_lower_is_better else human
    if question.dataset is not None:
        scores, notes = _scored(question.dataset, question.metrics)
    else:
        given = question.scores or {}
        scores = {name: MetricScores(_array(one, systems)) for name, one in given.items()}
    for name in question.lower_is_better:
        scores[name] = MetricScores(-np.asarray(scores[name].segments))
    try:
        analysis = analyse(scores, human, question.options)
    except ValueError as error:
        raise Refused("not-computable", [], str(error)) from error
    return replace(analysis, notes=(*analysis.notes, *notes))


def _scored(dataset: Dataset, metrics: Sequence[str]) -> tuple[dict[str, MetricScores], list[str]]:
    """Return the scores of each metric, and notes on what has none."""
    n = len(dataset.segments)
    every = np.ones((len(dataset.systems), n), dtype=bool)
    scores, loaded = {}, {}
    for place, name in enumerate(metrics):
        try:
            choice = MetricChoice(name=name)
            loaded[name] = choice.load()
            scores[name] = score(loaded[name], choice, dataset, every, range(n))
        except ValueError as error:
            raise Refused("not-computable", ["metrics", place], str(error)) from error
    remedies = [name for name in REMEDIES if name in OFFERED_TOKENIZERS]
    return scores, reference_notes(loaded, dataset, every, remedies)


def _array(numbers: Numbers, systems: Sequence[str]) -> NDArray[np.float64]:
    return np.array([numbers[name] for name in systems], dtype=np.float64)
