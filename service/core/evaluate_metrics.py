"""Compares metrics with human judgements for a request, with bounded work."""

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
"""Metrics that requests can use: none takes long, and each compares a text with one field only, so
that `limits.SCORED_CHARACTERS` bounds the work."""

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
    material: Material | None
    metrics: Sequence[str]
    grouping: Grouping

    @property
    def plan(self) -> Plan:
        """The statistics to compute; Pearson's r decides, since it is the fastest to test."""
        return Plan(
            segment="pearson",
            groupings=(self.grouping,),
            resamples=RESAMPLES,
            permutations=PERMUTATIONS,
        )


def answer(question: Question) -> Finding:
    """Return the result of the comparison.

    Raises:
        Refused: a metric lacks an input, or no scores can be compared.
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
        raise Refused("not-computable", [], str(error)) from error


def _scored(material: Material, metrics: Sequence[str]) -> dict[str, Scores]:
    n = len(material.segments)
    every = np.ones((len(material.systems), n), dtype=bool)
    found = {}
    for place, name in enumerate(metrics):
        try:
            choice = MetricChoice(name=name)
            found[name] = score(choice.load(), choice, material, every, range(n))
        except ValueError as error:
            raise Refused("not-computable", ["metrics", place], str(error)) from error
    return found


def _array(numbers: Numbers, systems: Sequence[str]) -> NDArray[np.float64]:
    return np.array([numbers[name] for name in systems], dtype=np.float64)
