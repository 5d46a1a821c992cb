"""Last room: from a probability per candidate to one output, and why it is that one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ensemble.candidates import Ballot, Candidate
from ensemble.compatible import Accepted
from ensemble.ties import ranked, tied
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave

Reason = Literal["accepted", "outvoted", "overlaps a stronger one", "disagrees with a stronger one"]
"""Why a candidate is (not) in the output; one that disagrees touches a stronger one, and no
system proposed both."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a candidate. `probability` is the combiner's belief that it is right.

    `tied` texts and labels are as probable as the one taken, or taken over one as probable.
    """

    candidate: Candidate
    probability: float
    reason: Reason
    tied: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the candidate is in the output."""
        return self.reason == "accepted"

    def evidence(self) -> dict[str, object]:
        """Return the decision as it is written in JSON, by the service and in evidence files."""
        candidate = self.candidate
        return {
            "start": candidate.edit.start,
            "end": candidate.edit.end,
            "offset": candidate.offset,
            "length": candidate.length,
            "original": candidate.original,
            "replacement": candidate.replacement,
            "type": candidate.type,
            "voters": list(candidate.voters),
            "probability": self.probability,
            "accepted": self.accepted,
            "reason": self.reason,
            "tied": self.tied,
        }


@dataclass(frozen=True, slots=True)
class Combination:
    """The output for one segment, with a decision per candidate of its ballot, in that order.

    `text` is `None` where no label was given: the source would be no label.
    """

    text: str | None
    decisions: tuple[Decision, ...]

    def evidence(self) -> dict[str, object]:
        """Return the output and every candidate as they are written in JSON."""
        return {"text": self.text, "candidates": [d.evidence() for d in self.decisions]}


def decode(
    ballot: Ballot,
    probabilities: Sequence[float],
    threshold: float,
    agreement: Mapping[str, float] = MappingProxyType({}),
) -> Combination:
    """Return the best output given a probability per candidate of `ballot`.

    Edits: every edit at or above `threshold`, the stronger first where two do not fit
    together; ties go to the candidate with more voters, then to the first in reading order, so
    that the output never depends on the order of systems. Texts and labels: the most probable;
    ties as `ensemble.ties.ranked` says, by the `agreement` of systems. Where nobody answered,
    the source; for labels, nothing.
    """
    if ballot.kind == "edits":
        decisions = _of_edits(ballot, probabilities, threshold)
    else:
        decisions = _of_whole(ballot, probabilities, agreement)
    return Combination(_render(ballot, decisions), decisions)


def _of_whole(
    ballot: Ballot, probabilities: Sequence[float], agreement: Mapping[str, float]
) -> tuple[Decision, ...]:
    best = ranked(ballot.candidates, probabilities, agreement)[:1]
    return tuple(
        Decision(candidate, float(probability), "accepted" if [i] == best else "outvoted", tie)
        for i, (candidate, probability, tie) in enumerate(
            zip(ballot.candidates, probabilities, tied(probabilities), strict=True)
        )
    )


def _of_edits(
    ballot: Ballot, probabilities: Sequence[float], threshold: float
) -> tuple[Decision, ...]:
    order = sorted(
        range(len(ballot.candidates)),
        key=lambda i: (-probabilities[i], -len(ballot.candidates[i].voters), i),
    )
    reasons = _compatible(ballot, order, probabilities, threshold)
    return tuple(
        Decision(candidate, float(probabilities[i]), reasons[i])
        for i, candidate in enumerate(ballot.candidates)
    )


def _compatible(
    ballot: Ballot, ranked: list[int], probabilities: Sequence[float], threshold: float
) -> dict[int, Reason]:
    accepted = Accepted(ballot)
    reasons: dict[int, Reason] = {}
    for i in ranked:
        candidate = ballot.candidates[i]
        if probabilities[i] < threshold:
            reasons[i] = "outvoted"
        elif accepted.overlaps(candidate.edit):
            reasons[i] = "overlaps a stronger one"
        elif accepted.disagrees(candidate):
            reasons[i] = "disagrees with a stronger one"
        else:
            reasons[i] = "accepted"
            accepted.take(candidate)
    return reasons


def _render(ballot: Ballot, decisions: Sequence[Decision]) -> str | None:
    taken = [decision.candidate for decision in decisions if decision.accepted]
    if not taken:
        return None if ballot.kind == "labels" else ballot.source
    if ballot.kind == "edits":
        return weave(apply(ballot.tokens, [candidate.edit for candidate in taken]))
    return taken[0].replacement
