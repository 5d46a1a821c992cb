"""The ensembles that a member is in: the vote, or a trained combiner from a run or a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.majority import Majority
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.network import on_one_core
from ensemble.combiners.registry import create, label_free
from ensemble.diversity.config import NEURAL, VOTE, Config
from ensemble.targets import Targets, fingerprint, folds_of, subset
from ensemble.training import artefact
from evaluation.artefact import MANIFEST
from evaluation.statistics.significance import SEED


def read_combiner(choice: str, config: Config, vote: Majority) -> Combiner | None:
    """Return the combiner that `choice` names, by a name or a folder; `None` for `neural`.

    Raises:
        DataError: the folder has no trained combiner.
        ValueError: it is one for another kind of output.
    """
    if choice in (VOTE, NEURAL):
        return vote if choice == VOTE else None
    is_named = choice.partition(":")[0] in label_free()
    combiner = create(choice) if is_named else artefact.read(config.root / choice)[0]
    if config.outputs.kind not in combiner.kinds:
        known = " or ".join(combiner.kinds)
        raise ValueError(f"{choice} combines {known}, not {config.outputs.kind}")
    return combiner


@on_one_core()
def train_neural(
    ballots: Sequence[Ballot], targets: Targets, place: Path | None = None
) -> Combiner:
    """Return a neural combiner trained on all `ballots`.

    It is kept in `place`, if any, and read from there where it was trained on the same data.
    """
    mark = fingerprint(ballots, targets)
    if place and (place / MANIFEST).is_file():
        combiner_there, record = artefact.read(place)
        if record.data == mark:
            return combiner_there
    combiner = Neural.learn(ballots, targets)
    return artefact.write(place, combiner, artefact.Record(mark)) if place else combiner


@dataclass(frozen=True)
class CrossFitted(Combiner):
    """Two combiners, each trained on half of the sources; each judges what it was not trained on.

    On its training data a combiner is too confident: rewards by it would not be
    those that new sentences bring.
    """

    halves: tuple[Combiner, Combiner]
    first: frozenset[str]
    """The sources that the first half was trained on."""

    name = "cross-fitted"

    @classmethod
    def train(
        cls, ballots: Sequence[Ballot], targets: Targets, place: Path | None = None
    ) -> "CrossFitted":
        """Return neural combiners trained on either half of `ballots`, kept below `place`."""
        halves = folds_of(ballots, 2, SEED)
        first_half, second_half = (
            train_neural(
                *subset(ballots, targets, np.flatnonzero(halves == number)),
                place and place / str(number),
            )
            for number in (0, 1)
        )
        first = (
            ballot.source for ballot, number in zip(ballots, halves, strict=True) if number == 0
        )
        return cls((first_half, second_half), frozenset(first))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its halves."""
        return self.halves[0].kinds

    @property
    def signature(self) -> str:
        """The signatures of both halves."""
        return "+".join(half.signature for half in self.halves)

    def weight(self, system: str) -> float:
        """Return how much the vote of `system` counts, on average over the halves."""
        return sum(half.weight(system) for half in self.halves) / len(self.halves)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the verdict on each of `ballots`, by the half not trained on its source."""
        verdicts: dict[int, Verdict] = {}
        in_first = np.array([ballot.source in self.first for ballot in ballots], dtype=bool)
        for half, rows in zip(self.halves, (~in_first, in_first), strict=True):
            chosen = np.flatnonzero(rows).tolist()
            verdicts |= zip(chosen, half.judge([ballots[i] for i in chosen]), strict=True)
        return [verdicts[i] for i in range(len(ballots))]
