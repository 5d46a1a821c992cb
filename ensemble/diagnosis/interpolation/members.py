"""Two members of an ensemble: the barrier between them, and what follows from it.

Without a barrier their weights may be averaged, which costs one model to run (a soup, Wortsman
et al. 2022); behind one, what they put out must be combined.
"""

from collections.abc import Sequence
from copy import deepcopy
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ensemble.diagnosis.interpolation.classifier import measure, probabilities
from ensemble.diagnosis.interpolation.interpolate import State, Walk, walk
from ensemble.diagnosis.interpolation.runs import Cell, Workshop, content_of, walk_of
from ensemble.diagnosis.interpolation.shape import instability
from ensemble.types import Array
from evaluation.execution.progress import Progress

ENOUGH = 0.02
"""An error in the middle this much above the mean of the ends is a barrier: Frankle et al.
(2020) take 2 points of error to be within the noise of training."""
ENOUGH_LOSS = 0.05
"""So is a training loss as much above, in nats: what errors are too coarse to show."""


class Together(NamedTuple):
    """Some members of a `start`: what they get right alone, together, and averaged.

    `walks` are those between each two, `disagreement` the mean share of test texts on which two
    differ. Accuracies are shares: the mean of the members', of their outputs' mean, of the soup.
    """

    start: str
    walks: tuple[Walk, ...]
    disagreement: float
    alone: float
    ensemble: float
    soup: float
    n: int

    @property
    def barriers(self) -> Array:
        """The instability of the training error between each two members.

        Not of the test error: where members do badly there, a middle that gives everything the
        commonest label does better, which is no sign that they belong together.
        """
        return np.array([float(instability(one.at, one.error("train"))) for one in self.walks])

    @property
    def loss_barriers(self) -> Array:
        """The instability of the training loss between each two members."""
        return np.array([float(instability(one.at, one.loss("train"))) for one in self.walks])

    @property
    def barrier(self) -> float:
        """The mean of `barriers`."""
        return float(self.barriers.mean())

    @property
    def test_barrier(self) -> float:
        """The mean instability of the test error between two members."""
        return float(np.mean([instability(one.at, one.error("test")) for one in self.walks]))

    @property
    def advice(self) -> str:
        """What follows."""
        if self.barrier <= ENOUGH and self.loss_barriers.mean() <= ENOUGH_LOSS:
            return "no barrier: average the weights"
        return "a barrier: combine what they put out"


def average(states: Sequence[State]) -> dict[str, Tensor]:
    """Return the mean of several state dicts; what is no number with a point is the first's."""
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if tensor.is_floating_point()
        else tensor
        for name, tensor in states[0].items()
    }


def together(shop: Workshop, start: str, some: Sequence[Cell], progress: Progress) -> Together:
    """Return what members make alone and together, measured only if that was not kept."""
    plan = shop.config.plan
    depends = {
        "members": [shop.depends(cell) for cell in some],
        "points": plan.points,
        "measured": plan.measured,
    }
    found = shop.kept.row(f"members {start}", depends, lambda: _measure(shop, some, progress))
    walks = tuple(walk_of(one) for one in found.pop("walks"))
    return Together(start=start, walks=walks, **found)


def _measure(shop: Workshop, some: Sequence[Cell], progress: Progress) -> dict[str, object]:
    plan, task = shop.config.plan, shop.tasks[some[0].task]
    states = [shop.weights(cell, progress) for cell in some]
    model = shop.begun(some[0])
    measures = {
        "train": measure(task.train, plan.measured, outputs=True),
        "test": measure(task.test, plan.measured),
    }
    pairs = list(combinations(states, 2))
    walks = [walk(model, one, other, measures, plan.points)
             for one, other in progress(pairs, f"Between members, {some[0].start}")]  # fmt: skip
    copy, truth = deepcopy(model), task.test[1]
    said = []
    for state in [*states, average(states)]:
        copy.load_state_dict(state)
        said.append(probabilities(copy, task.test))
    *own, soup = (one.argmax(axis=1) for one in said)
    whole = np.mean(said[:-1], axis=0).argmax(axis=1)
    return {
        "walks": [content_of(one) for one in walks],
        "disagreement": float(np.mean([(a != b).mean() for a, b in combinations(own, 2)])),
        "alone": float(np.mean([(one == truth).mean() for one in own])),
        "ensemble": float((whole == truth).mean()),
        "soup": float((soup == truth).mean()),
        "n": len(truth),
    }
