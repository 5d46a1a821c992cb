"""The ensemble that a member is in: the vote, or a combiner that was trained, here or elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.baselines import Majority
from ensemble.combiners.neural import training
from ensemble.combiners.neural.network import on_one_core
from ensemble.diversity.config import NEURAL, VOTE, Config
from ensemble.targets import Targets, fingerprint, folds_of, take
from ensemble.training import artefact
from evaluation.artefact import MANIFEST
from evaluation.statistics.significance import SEED


def given(choice: str, config: Config, vote: Majority) -> Combiner | None:
    """Return the combiner that `choice` names, a folder or the `vote`; `None` for `neural`.

    Raises:
        DataError: there is no trained combiner in the folder.
        ValueError: it is one for texts or labels.
    """
    if choice in (VOTE, NEURAL):
        return vote if choice == VOTE else None
    combiner, _ = artefact.read(config.root / choice)
    if "edits" not in combiner.kinds:
        raise ValueError(f"{choice} combines {' or '.join(combiner.kinds)}, not edits")
    return combiner


@on_one_core()
def trained(ballots: Sequence[Ballot], targets: Targets, place: Path | None = None) -> Combiner:
    """Return the neural combiner trained on all `ballots`.

    It is kept in `place`, if any: one that was trained on the very same is not again.
    """
    mark = fingerprint(ballots, targets)
    if place and (place / MANIFEST).is_file():
        known, record = artefact.read(place)
        if record.data == mark:
            return known
    combiner = training.train(ballots, targets)
    return artefact.write(place, combiner, artefact.Record(mark)) if place else combiner


@dataclass(frozen=True)
class CrossFitted:
    """Two combiners, each trained on half of the sources; either judges what it has not seen.

    Of what it was trained on, a combiner knows too well what is right: a reward by such a one
    would be for another ensemble than that of new sentences.
    """

    halves: tuple[Combiner, Combiner]
    first: frozenset[str]
    """The sources that the first half was trained on."""
    name: ClassVar[str] = "cross-fitted"

    @classmethod
    def train(
        cls, ballots: Sequence[Ballot], targets: Targets, place: Path | None = None
    ) -> "CrossFitted":
        """Return neural combiners trained on either half of `ballots`, kept below `place`."""
        half = folds_of(ballots, 2, SEED)
        one, other = (
            trained(*take(ballots, targets, np.flatnonzero(half == k)), place and place / str(k))
            for k in (0, 1)
        )
        first = (ballot.source for ballot, k in zip(ballots, half, strict=True) if k == 0)
        return cls((one, other), frozenset(first))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """See `Combiner`."""
        return self.halves[0].kinds

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        return "+".join(half.signature for half in self.halves)

    def fit(self, ballots: Sequence[Ballot]) -> "CrossFitted":
        """Return itself: who agrees with whom is what training saw."""
        return self

    def weight(self, system: str) -> float:
        """See `Combiner`."""
        return sum(half.weight(system) for half in self.halves) / len(self.halves)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`."""
        found: dict[int, Verdict] = {}
        seen = np.array([ballot.source in self.first for ballot in ballots], dtype=bool)
        for half, rows in zip(self.halves, (~seen, seen), strict=True):
            asked = np.flatnonzero(rows).tolist()
            found |= zip(asked, half.judge([ballots[i] for i in asked]), strict=True)
        return [found[i] for i in range(len(ballots))]
