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
    def learns(self) -> bool:
        """Whether it has to be fitted to all segments before it judges one."""

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


def fit(combiner: Combiner, segments: Iterable[Segment], kind: Kind) -> Combiner:
    """Return `combiner` fitted to all of `segments`, or as it is where it has nothing to learn.

    Raises:
        ValueError: a text is too long, or `combiner` does not combine `kind`.
    """
    _check_kind(combiner, kind)
    if not combiner.learns:
        return combiner
    return combiner.fit([collect(segment, kind) for segment in segments])


def combine_all(
    segments: Iterable[Segment], combiner: Combiner, kind: Kind
) -> Iterator[Combination]:
    """Yield the output for each of `segments`, one by one, however many there are.

    Raises:
        ValueError: a text is too long, `combiner` does not combine `kind` or is not fitted.
    """
    _check_kind(combiner, kind)
    return (combine(collect(segment, kind), combiner) for segment in segments)


def _check_kind(combiner: Combiner, kind: Kind) -> None:
    if kind not in combiner.kinds:
        raise ValueError(f"{combiner.name} combines {' or '.join(combiner.kinds)}, not {kind}")
