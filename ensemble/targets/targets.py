"""How good each candidate is, and the choice of some segments of a set."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ensemble.candidates import Ballot
from ensemble.targets.changes import Loss
from ensemble.types import Array, Booleans, Integers


@dataclass(frozen=True)
class Targets:
    """How good each candidate is, one array a ballot, and how many gold edits there are.

    Edits and labels: 1 for right, 0 for wrong. Texts: a score, higher is better. NaN where
    unlabelled. `gold` (m,) counts the edits that should be made, proposed or not; for texts and
    labels it is 1. `several` is whether more than one candidate of a segment can be right.
    `groups` names the annotator, corpus or domain of each ballot; it is empty where none is known.
    `references` has the right texts of each ballot of texts, where they were labelled by these;
    `loss` measures how far from them a text made of several is, in training.
    """

    values: tuple[Array, ...]
    gold: Array
    several: bool = False
    groups: tuple[str, ...] = ()
    references: tuple[tuple[str, ...], ...] = ()
    loss: Loss = "chrf"

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, chosen: Integers) -> "Targets":
        """Return the targets of the `chosen` ballots."""
        numbers = chosen.tolist()
        return replace(
            self,
            values=tuple(self.values[i] for i in numbers),
            gold=self.gold[chosen],
            groups=tuple(self.groups[i] for i in numbers) if self.groups else (),
            references=tuple(self.references[i] for i in numbers) if self.references else (),
        )

    def keep(self, kept: Sequence[Booleans]) -> "Targets":
        """Return the targets of the candidates that are true in `kept`, one array a ballot."""
        values = tuple(array[mask] for array, mask in zip(self.values, kept, strict=True))
        return replace(self, values=values)

    @property
    def flat(self) -> Array:
        """The targets of all candidates, one after the other, shape (n,)."""
        return np.concatenate([*self.values, np.zeros(0)])


def subset(
    ballots: Sequence[Ballot], targets: Targets, chosen: Integers
) -> tuple[list[Ballot], Targets]:
    """Return the `chosen` ballots and their targets."""
    return [ballots[i] for i in chosen.tolist()], targets[chosen]


def without(
    ballots: Sequence[Ballot], targets: Targets, system: str
) -> tuple[list[Ballot], Targets]:
    """Return ballots and targets as they are where `system` was never asked."""
    remaining, kept = [], []
    for ballot in ballots:
        candidates = [
            c._replace(voters=tuple(name for name in c.voters if name != system))
            for c in ballot.candidates
        ]
        systems = tuple(name for name in ballot.systems if name != system)
        voted = tuple(c for c in candidates if c.voters)
        remaining.append(replace(ballot, systems=systems, candidates=voted))
        kept.append(np.array([bool(c.voters) for c in candidates], dtype=bool))
    return remaining, targets.keep(kept)


def folds_of(
    ballots: Sequence[Ballot], folds: int, seed: int, groups: Sequence[str] = ()
) -> Integers:
    """Return the fold of each ballot, shape (m,), at random; those of one source share theirs.

    A ballot without a source stands alone. Where there are several `groups`, one a ballot, those of
    one group share their fold, so that training on some groups is tried on others. Of fewer
    groups than `folds`, each is a fold.

    Raises:
        ValueError: there are fewer different sources than folds.
    """
    together = groups
    if len(set(groups)) < 2:
        together = [ballot.source or f"\0{i}" for i, ballot in enumerate(ballots)]
        if len(set(together)) < folds:
            raise ValueError(
                f"{len(set(together))} different sources are too few for {folds} folds"
            )
    names, place = np.unique(together, return_inverse=True)
    fold_of_name = np.arange(len(names)) % folds
    # Folds are of equal size in sources, not in ballots.
    return np.asarray(np.random.default_rng(seed).permutation(fold_of_name)[place])


def fingerprint(ballots: Sequence[Ballot], targets: Targets) -> str:
    """Return a digest of labelled ballots: 16 digits of a SHA-256."""
    digest = hashlib.sha256()  # fed piece by piece: corpora are large
    for ballot, values in zip(ballots, targets.values, strict=True):
        # Scores of judges are named only where there are any, as in the fingerprints of old.
        content = (ballot, values.tolist(), *([ballot.scores] if ballot.scores else []))
        digest.update(repr(content).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:16]


def check_length(ballots: Sequence[Ballot], count: int, what: str) -> None:
    """Raise a `ValueError` where there are not as many of `what` as ballots."""
    if len(ballots) != count:
        raise ValueError(f"{count} {what} for {len(ballots)} segments")
