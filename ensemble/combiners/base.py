"""Third room: how probable each candidate is. One interface, whatever is behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeGuard, runtime_checkable

from ensemble.candidates import Ballot, Kind
from ensemble.decoding.decode import Combination, decode
from ensemble.timing import lap


@dataclass(frozen=True, slots=True)
class Verdict:
    """One probability per candidate of a ballot, in its order; accepted from `threshold` up.

    `changed`, where a combiner counts it, is how much of the weight changes the words of each
    edit, in that way or another (see `ensemble.decoding.alternatives`).
    """

    probabilities: Sequence[float]
    threshold: float
    changed: Sequence[float] = ()


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
        """Everything needed to get the same verdicts again."""

    def fit(self, ballots: Sequence[Ballot]) -> Self:
        """Return one that has learnt what it can, without labels, from `ballots`."""

    def weight(self, system: str) -> float:
        """How much the voice of `system` counts; 1 where all count the same."""

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the verdict on the candidates of each of `ballots`, which are of one kind."""


@runtime_checkable
class Counting(Combiner, Protocol):
    """A combiner whose `fit` learns from counts, which add up over parts of the segments."""

    def statistics(self, ballots: Sequence[Ballot]) -> Any:  # noqa: ANN401
        """Return what is learnt from of `ballots`; of two parts, first + second is of both."""

    def from_statistics(self, counts: Any) -> Self:  # noqa: ANN401
        """Return one that has learnt what `counts` tell."""


def learns(combiner: Combiner, kind: Kind) -> TypeGuard[Counting]:
    """Return whether `combiner` learns anything from counts over segments of this kind."""
    return isinstance(combiner, Counting) and kind in getattr(combiner, "counted", combiner.kinds)


def kind_for(combiner: Combiner, kind: Kind | None) -> Kind:
    """Return `kind`, or where it is `None` the one `combiner` is usual for.

    Raises:
        ValueError: it is none that `combiner` combines.
    """
    if kind and kind not in combiner.kinds:
        raise ValueError(f"{combiner.name} combines {' or '.join(combiner.kinds)}, not {kind}")
    return kind or combiner.kinds[0]


def signed(combiner: Combiner, kind: Kind) -> str:
    """Return the signature of what `combiner` makes of outputs of this kind."""
    return f"{combiner.signature}|kind:{kind}"


def combine(ballot: Ballot, combiner: Combiner) -> Combination:
    """Return the output of `combiner` for one segment's candidates, as `combine_all` does."""
    return combine_all([ballot], combiner)[0]


def combine_all(ballots: Sequence[Ballot], combiner: Combiner) -> list[Combination]:
    """Return the output of `combiner` for each segment's candidates.

    Raises:
        ValueError: `combiner` does not combine this kind, or has first to be fitted.
    """
    for kind in {ballot.kind for ballot in ballots}:
        kind_for(combiner, kind)
    verdicts = combiner.judge(ballots)
    lap("combine")
    # How much systems agree with each other, where a combiner counts it, settles ties.
    agreement: Mapping[str, float] = getattr(combiner, "agreement", {})
    return [
        decode(ballot, verdict.probabilities, verdict.threshold, agreement, verdict.changed)
        for ballot, verdict in zip(ballots, verdicts, strict=True)
    ]
