"""The interfaces of combiners, and combining: from the votes for candidates to one output."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeGuard

from ensemble.candidates import Ballot, Kind
from ensemble.candidates.incomplete import Incomplete
from ensemble.decoding.decode import Combination, decode
from ensemble.timing import lap
from evaluation.edits.types import Types
from evaluation.execution.progress import parts
from evaluation.reporting.table import sign

_LEAST, _MOST = -1e-6, 1 + 1e-6
"""The range of probabilities, with what a sum of them may be off by rounding."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One probability per candidate of a ballot, in its order; accepted from `threshold` up.

    `changed`, where a combiner counts it, is the share of the weight that changes the words of
    each edit, in that way or another (see `ensemble.decoding.alternatives`).
    """

    probabilities: Sequence[float]
    threshold: float
    changed: Sequence[float] = ()


class Combiner(ABC):
    """Turns the votes for the candidates of a segment into probabilities.

    A combiner defines `judge_one`, or `judge` where many ballots at once are faster. All else has
    a default. It does not change: `fit` returns another combiner.
    `ensemble.combiners.registry.register` gives a class its `name`, its kinds and what it uses.
    """

    name: str
    """The name in requests, tables and evidence."""

    all_kinds: ClassVar[tuple[Kind, ...]] = ()
    """The kinds that the class can combine; `register` sets them."""

    uses_scores: ClassVar[bool] = False
    """Whether it uses the scores of judges; `register` sets it."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that it can combine, its usual one first."""
        return self.all_kinds

    @property
    def signature(self) -> str:
        """Everything needed to get the same verdicts again."""
        return sign(self.name, {})

    @property
    def types(self) -> Types | None:
        """The classifier that must name the types of edits; `None` where any will do."""
        return None

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system counts where candidates are tied; empty where all count the same."""
        return {}

    @property
    def votes(self) -> Mapping[str, float]:
        """The vote of each system where candidates are tied; one of a system that is not named.

        A combiner in which copies of one system share its vote says so here too.
        """
        return {}

    @property
    def is_calibrated(self) -> bool:
        """Whether its probabilities were fitted to labels; else they are support among systems."""
        return False

    @property
    def remarks(self) -> Sequence[str]:
        """Sentences for the user about the texts that it was fitted to; usually none."""
        return ()

    def fit(self, ballots: Sequence[Ballot]) -> Self:
        """Return a combiner that has learnt what it can, without labels, from `ballots`."""
        return self

    def weight(self, system: str) -> float:
        """Return how much the vote of `system` counts; 1 where all count the same."""
        return 1.0

    def settled(self, incomplete: Incomplete) -> bool:
        """Return whether no answer of the missing systems can change the text of the output.

        True only where that is certain, for any answers, and where any of them fail. By default
        it is certain of nothing, so that all systems are waited for.

        Raises:
            ValueError: a text is too long to align.
        """
        return False

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the verdict on the candidates of each of `ballots`, which are of one kind.

        Raises:
            ValueError: it must first be fitted.
        """
        return list(map(self.judge_one, parts(ballots, f"Combining by {self.name}")))

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return the verdict on the candidates of `ballot`."""
        raise NotImplementedError(f"{type(self).__name__} defines neither judge nor judge_one")

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the output for each of `ballots`: by default its verdict, decoded.

        A combiner that makes an output in another way, as `fuse`, overrides it.

        Raises:
            ValueError: it must first be fitted, or its verdicts cannot be used.
        """
        verdicts = self.judge(ballots)
        check_verdicts(self.name, ballots, verdicts)
        lap("combine")
        ties, votes = self.tie_weights, self.votes
        outputs = (
            decode(ballot, verdict.probabilities, verdict.threshold, ties, verdict.changed, votes)
            for ballot, verdict in zip(ballots, verdicts, strict=True)
        )
        return [replace(output, calibrated=self.is_calibrated) for output in outputs]


class Counting(Combiner):
    """A combiner whose `fit` learns from statistics, which add up over parts of the segments."""

    @property
    def counted(self) -> tuple[Kind, ...]:
        """The kinds for which the statistics make a difference."""
        return self.kinds

    @abstractmethod
    def statistics(self, ballots: Sequence[Ballot]) -> Any:  # noqa: ANN401
        """Return what it learns from in `ballots`; of two parts, first + second is of both."""

    @abstractmethod
    def from_statistics(self, statistics: Any) -> Self:  # noqa: ANN401
        """Return a combiner that has learnt from `statistics`."""

    def fit(self, ballots: Sequence[Ballot]) -> Self:
        """Return a combiner that has learnt from the statistics of `ballots`."""
        return self.from_statistics(self.statistics(ballots))


def learns(combiner: Combiner, kind: Kind) -> TypeGuard[Counting]:
    """Return whether `combiner` learns anything from statistics of segments of this kind."""
    return isinstance(combiner, Counting) and kind in combiner.counted


def kind_for(combiner: Combiner, kind: Kind | None) -> Kind:
    """Return `kind`, or where it is `None` the usual one of `combiner`.

    Raises:
        ValueError: `combiner` does not combine this kind.
    """
    if kind and kind not in combiner.kinds:
        raise ValueError(f"{combiner.name} combines {' or '.join(combiner.kinds)}, not {kind}")
    return kind or combiner.kinds[0]


def signed(combiner: Combiner, kind: Kind) -> str:
    """Return the signature of what `combiner` makes of outputs of this kind."""
    return f"{combiner.signature}|kind:{kind}"


def is_settled(combiner: Combiner, incomplete: Incomplete) -> bool:
    """Return whether no missing system can change the text that `combiner` makes.

    An output that cannot be combined, as one that is too long, is a reason to wait for all.
    """
    try:
        return not incomplete.missing or combiner.settled(incomplete)
    except ValueError:
        return False


def check_verdicts(name: str, ballots: Sequence[Ballot], verdicts: Sequence[Verdict]) -> None:
    """Check that the combiner called `name` gave a probability to each candidate of each ballot.

    Raises:
        ValueError: it did not; the message says what it gave.
    """
    if not isinstance(verdicts, Sequence) or len(verdicts) != len(ballots):
        given = len(verdicts) if isinstance(verdicts, Sequence) else type(verdicts).__name__
        raise ValueError(f"{name}: judge returns a list of {len(ballots)} verdicts, not {given}")
    for number, (ballot, verdict) in enumerate(zip(ballots, verdicts, strict=True), start=1):
        if not isinstance(verdict, Verdict):
            raise ValueError(f"{name}: segment {number}: {verdict!r} is not a Verdict")
        n, given = len(ballot.candidates), len(verdict.probabilities)
        if given != n:
            raise ValueError(f"{name}: segment {number}: {given} probabilities for {n} candidates")
        # A comparison with NaN is false.
        if not all(_LEAST <= p <= _MOST for p in verdict.probabilities):
            listed = ", ".join(map(str, verdict.probabilities))
            raise ValueError(
                f"{name}: segment {number}: not all probabilities are 0 to 1: {listed}"
            )


def combine(ballot: Ballot, combiner: Combiner) -> Combination:
    """Return the output of `combiner` for one segment's candidates, as `combine_all` does."""
    return combine_all([ballot], combiner)[0]


def combine_all(ballots: Sequence[Ballot], combiner: Combiner) -> list[Combination]:
    """Return the output of `combiner` for each segment's candidates.

    Raises:
        ValueError: `combiner` does not combine this kind, must first be fitted, or gives a
            verdict that cannot be used; the message names the combiner.
    """
    for kind in {ballot.kind for ballot in ballots}:
        kind_for(combiner, kind)
    return combiner.combinations(ballots)
