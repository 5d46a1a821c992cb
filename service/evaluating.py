"""Metrics held against judgements for a request: bounded work, in a thread of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmark.config import MetricChoice
from evaluation.benchmark.finding import Finding, Human, Scores, find
from evaluation.benchmark.material import Material
from evaluation.benchmark.plan import Plan
from evaluation.benchmark.scoring import score
from evaluation.correlation import Grouping
from evaluation.metrics.base import load_metric
from service.limits import Gate, Refused

CHEAP = ("chrf", "chrf++", "bleu", "chrf-source", "chrf++-source", "bleu-source")
"""The metrics that texts are scored by for a request: in milliseconds, without a model."""

RESAMPLES = 200
PERMUTATIONS = 1200
"""So many that a p-value of eight metrics can be below .05 after Holm."""

_AT_ONCE = 2  # one at work, one that waits

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


class Desk:
    """Answers questions one after the other, and turns away those beyond the next."""

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._gate = Gate(_AT_ONCE)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="evaluate")

    async def answer(self, question: Question) -> Finding:
        """Return what is found.

        A place is held until the work is done, even where nobody waits for it any more.

        Raises:
            Refused: the texts lack what a metric needs, or nothing can be held against people.
            Busy: too much is under way.
            TimeoutError: it was not done by the deadline.
        """
        with ExitStack() as stack:
            stack.enter_context(self._gate.enter())
            work = asyncio.get_running_loop().run_in_executor(self._thread, answer, question)
            work.add_done_callback(_Place(stack.pop_all()))
        async with asyncio.timeout(self._deadline_s):
            return await asyncio.shield(work)


class _Place:
    """Gives a place back when the work is done, and hears of errors nobody waits for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, work: asyncio.Future[Finding]) -> None:
        self._stack.close()
        if not work.cancelled():
            work.exception()


def answer(question: Question) -> Finding:
    """Return what is found; raises as `Desk.answer`."""
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
            found[name] = score(load_metric(name), choice, material, every, range(n))
        except ValueError as error:
            raise Refused(["metrics", place], str(error)) from error
    return found


def _array(numbers: Numbers, systems: Sequence[str]) -> NDArray[np.float64]:
    return np.array([numbers[name] for name in systems], dtype=np.float64)
