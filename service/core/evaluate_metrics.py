"""Compare metrics with human judgements for a request: bounded work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.meta_evaluation.analysis import Finding, Human, Scores, find
from evaluation.meta_evaluation.dataset import Material
from evaluation.meta_evaluation.plan import Plan
from evaluation.meta_evaluation.scoring import score
from evaluation.metrics.choice import MetricChoice
from evaluation.metrics.registry import entries
from evaluation.statistics.correlation import Grouping
from service.core.limits import Refused

OFFERED = tuple(
    name
    for name, entry in entries().items()
    if entry.cost != "high" and entry.needs in ({"sources"}, {"references"})
)
"""The metrics that texts are scored by for a request: none takes long, and each compares a text
with one field only, so that `limits.SCORED_CHARACTERS` bounds the work."""

RESAMPLES = 200
PERMUTATIONS = 1200
"""So many that a p-value of eight metrics can be below .05 after Holm."""

Numbers = Mapping[str, Sequence[float | None]]
"""By system, a number a segment."""


@dataclass(frozen=True)
class Question:
    """Judgements, and either scores of metrics by name, or texts and the metrics to score by."""

    judgements: Numbers
    scores: Mapping[str, Numbers] | None
    material: Material | None
    metrics: Sequence[str]
    grouping: Grouping

    @property
    def plan(self) -> Plan:
        """What is computed: Pearson's r decides, which is the fastest to test."""
        return Plan(
            segment="pearson",
            groupings=(self.grouping,),
            resamples=RESAMPLES,
            permutations=PERMUTATIONS,
        )


def answer(question: Question) -> Finding:
    """Return what is found.

    Raises:
        Refused: the texts lack what a metric needs, or nothing can be held against people.
    """
    systems = tuple(question.judgements)
    human = Human(systems, _array(question.judgements, systems)[None])
    if question.material is not None:
        scores = _scored(question.material, question.metrics)
    else:
        given = question.scores or {}
        scores = {name: Scores(_array(one, systems)) for name, one in given.items()}
    try:
        return find(scores, human, question.plan)
    except ValueError as error:
        raise Refused([], str(error)) from error


def _scored(material: Material, metrics: Sequence[str]) -> dict[str, Scores]:
    n = len(material.segments)
    every = np.ones((len(material.systems), n), dtype=bool)
    found = {}
    for place, name in enumerate(metrics):
        try:
            choice = MetricChoice(name=name)
            found[name] = score(choice.load(), choice, material, every, range(n))
        except ValueError as error:
            raise Refused(["metrics", place], str(error)) from error
    return found


def _array(numbers: Numbers, systems: Sequence[str]) -> NDArray[np.float64]:
    return np.array([numbers[name] for name in systems], dtype=np.float64)
