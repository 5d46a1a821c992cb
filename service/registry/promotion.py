"""Promotion: compares two combiners on the same segments with a paired test."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner, combine_all
from ensemble.targets import Targets, from_gold, from_references
from ensemble.training.cross_validation import YARDSTICKS, counts
from evaluation.data.m2 import parse_m2
from evaluation.records import Segment
from evaluation.statistics.significance import RESAMPLES, SEED, paired_difference
from service.core import limits
from service.core.limits import Refused

Policy = Literal["better", "not-worse"]
"""`better`: significantly. `not-worse`: the interval excludes a loss of `MARGIN` or more."""

LEVEL = 0.05
MARGIN = 0.5
"""Points out of 100."""


@dataclass(frozen=True)
class Evidence:
    """Segments with the outputs of systems, and either references or gold edits.

    `references` has those of each segment, any of which is right; `m2` has gold edits.
    """

    segments: Sequence[Segment]
    references: Sequence[Sequence[str]] | None = None
    m2: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Comparison of two combiners on the same `n` segments.

    `delta` is `value - other`, with its 95% interval and its two-sided p-value.
    """

    statistic: str
    value: float
    other: float
    delta: float
    low: float
    high: float
    p: float
    n: int

    def grants(self, policy: Policy) -> bool:
        """Whether the figures allow the promotion under this policy."""
        if policy == "better":
            return self.delta > 0 and self.p < LEVEL
        return self.low > -MARGIN

    def fields(self) -> dict[str, object]:
        """Return the figures, with the resamples and the seed to repeat them."""
        return {**asdict(self), "resamples": RESAMPLES, "seed": SEED}

    def __str__(self) -> str:
        return (
            f"{self.statistic} {self.value:.2f} against {self.other:.2f}, a difference of "
            f"{self.delta:+.2f} [{self.low:+.2f}, {self.high:+.2f}], p = {self.p:.3f}, "
            f"on {self.n} segments"
        )


def compare(
    new: Combiner,
    old: Combiner,
    kind: Kind,
    evidence: Evidence,
    may_change_protected: Trusted = (),
) -> Comparison:
    """Return the comparison of `new` with `old`; only some systems may change protected text.

    Raises:
        Refused: the evidence cannot be used, or has too few different sources.
    """
    different = len({segment.source for segment in evidence.segments})
    if different < limits.EVIDENCE_LEAST:
        least = limits.EVIDENCE_LEAST
        detail = f"has {different} different sources; at least {least} are needed"
        raise Refused("invalid-evidence", ["evidence"], detail)
    try:
        ballots = list(
            collect_all(evidence.segments, kind, may_change_protected=may_change_protected)
        )
        targets = _targets(ballots, evidence)
    except ValueError as error:
        raise Refused("invalid-evidence", ["evidence"], str(error)) from None
    first, second = (counts(combine_all(ballots, combiner), targets) for combiner in (new, old))
    name, statistic = YARDSTICKS[kind]
    difference = paired_difference(first, second, statistic)
    value, other = (float(statistic(sums.sum(axis=0))) for sums in (first, second))
    delta, low, high, p = map(float, difference)
    return Comparison(name, value, other, delta, low, high, p, len(ballots))


def _targets(ballots: Sequence[Ballot], evidence: Evidence) -> Targets:
    if evidence.m2 is not None:
        return from_gold(ballots, parse_m2(evidence.m2.split("\n"), "m2"))
    return from_references(ballots, evidence.references or [])
