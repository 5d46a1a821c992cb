"""Members of an ensemble compared in pairs: the barrier between them, and what follows from it.

Without a barrier their weights may be averaged, which costs one model to run (a soup, Wortsman et
al. 2022); with one, their outputs must be combined.
"""

from collections.abc import Sequence
from copy import deepcopy
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.interpolation.interpolate import LineOptions, LossCurve, interpolate
from ensemble.diagnosis.interpolation.loss_path.classifier import Classifier, probabilities
from ensemble.diagnosis.interpolation.loss_path.runs import Cell, RunContext, from_json, to_json
from ensemble.diagnosis.interpolation.loss_path.tasks import Task
from ensemble.diagnosis.interpolation.shape import BARRIER_ERROR, BARRIER_LOSS, instability
from ensemble.diagnosis.interpolation.states import State, average
from ensemble.diagnosis.result_cache import Content
from ensemble.types import Array
from evaluation.execution.progress import Progress


class MemberComparison(NamedTuple):
    """Members from one `start`: what they get right alone, combined, and averaged.

    `curves` are those between each two, `disagreement` the mean share of test texts on which two
    differ. Accuracies are shares: the mean of the members', that of their mean output, that of the
    soup.
    """

    start: str
    curves: tuple[LossCurve, ...]
    disagreement: float
    alone: float
    ensemble: float
    soup: float
    n: int

    @property
    def barriers(self) -> Array:
        """The instability of the training error between each two members.

        Not of the test error: where members are bad at the test, a middle that gives every text the
        commonest label is better, without any sign that they belong together.
        """
        return np.array(
            [float(instability(curve.at, curve.error("train"))) for curve in self.curves]
        )

    @property
    def loss_barriers(self) -> Array:
        """The instability of the training loss between each two members."""
        return np.array(
            [float(instability(curve.at, curve.loss("train"))) for curve in self.curves]
        )

    @property
    def barrier(self) -> float:
        """The mean of `barriers`."""
        return float(self.barriers.mean())

    @property
    def test_barrier(self) -> float:
        """The mean instability of the test error between two members."""
        return float(np.mean([instability(curve.at, curve.error("test")) for curve in self.curves]))

    @property
    def advice(self) -> str:
        """The recommendation that follows."""
        if self.barrier <= BARRIER_ERROR and self.loss_barriers.mean() <= BARRIER_LOSS:
            return "no barrier: average the weights"
        return "a barrier: combine their outputs"


def compare_members(
    context: RunContext, start: str, members: Sequence[Cell], progress: Progress
) -> MemberComparison:
    """Return the comparison of members from one start, from the cache or measured now."""
    plan = context.config.plan
    depends = {
        "members": [context.depends(cell) for cell in members],
        "points": plan.points,
        "measured": plan.measured,
    }
    row = context.cache.row(
        f"members {start}", depends, lambda: _measure(context, members, progress)
    )
    curves = tuple(from_json(content) for content in row.pop("walks"))
    return MemberComparison(start=start, curves=curves, **row)


def _measure(context: RunContext, members: Sequence[Cell], progress: Progress) -> Content:
    task, options = members[0].task, LineOptions(context.config.plan.points)
    states = [context.weights(cell, progress) for cell in members]
    model, measures = context.initial_model(members[0]), context.measures(task)
    pairs = list(combinations(states, 2))
    curves = [
        interpolate(model, first, second, measures, options)
        for first, second in progress(pairs, f"Between members, {members[0].start}")
    ]
    return {
        "walks": [to_json(curve) for curve in curves],
        **_accuracies(deepcopy(model), states, context.tasks[task]),
    }


def _accuracies(model: Classifier, states: Sequence[State], task: Task) -> Content:
    """Return how often members agree, and what share of test texts they get right."""
    outputs, truth = [], task.test[1]
    for state in [*states, average(states)]:
        model.load_state_dict(state)
        outputs.append(probabilities(model, task.test))
    *answers, soup = (output.argmax(axis=1) for output in outputs)
    combined = np.mean(outputs[:-1], axis=0).argmax(axis=1)
    return {
        "disagreement": float(np.mean([(a != b).mean() for a, b in combinations(answers, 2)])),
        "alone": float(np.mean([(answer == truth).mean() for answer in answers])),
        "ensemble": float((combined == truth).mean()),
        "soup": float((soup == truth).mean()),
        "n": len(truth),
    }
