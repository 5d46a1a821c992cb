"""Third room: how probable each candidate is. One interface, whatever is behind it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from ensemble.candidates import Ballot, Kind, collect
from ensemble.decode import Combination, decode
from evaluation.records import Segment


@dataclass(frozen=True, slots=True)
class Verdict:
    """One probability per candidate of a ballot, in its order; accepted from `threshold` up."""

    probabilities: Sequence[float]
    threshold: float


class Combiner(Protocol):
    """What turns the votes for a segment into probabilities."""

    @property
    def name(self) -> str:
        """What it is called in requests, tables and evidence."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds it can combine, its usual one first."""

    @property
    def signature(self) -> str:
        """Everything needed to get the same output again."""

    def fit(self, ballots: Sequence[Ballot]) -> Self:
        """Return one that has learnt what it can, without labels, from `ballots`."""

    def weight(self, system: str) -> float:
        """How much the voice of `system` counts; 1 where all count the same."""

    def judge(self, ballot: Ballot) -> Verdict:
        """Return the verdict on the candidates of `ballot`."""


def combine(ballot: Ballot, combiner: Combiner) -> Combination:
    """Return the output of `combiner` for one segment's candidates."""
    verdict = combiner.judge(ballot)
    return decode(ballot, verdict.probabilities, verdict.threshold)


def combine_all(
    segments: Iterable[Segment], combiner: Combiner, kind: Kind
) -> Iterator[Combination]:
    """Yield the output for each of `segments`, after fitting `combiner` to all of them.

    Raises:
        ValueError: a text is too long, or `combiner` does not combine `kind`.
    """
    if kind not in combiner.kinds:
        raise ValueError(f"{combiner.name} combines {' or '.join(combiner.kinds)}, not {kind}")
    ballots = [collect(segment, kind) for segment in segments]
    fitted = combiner.fit(ballots)
    return (combine(ballot, fitted) for ballot in ballots)
