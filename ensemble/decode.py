"""Last room: from a probability per candidate to one output, and why it is that one."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ensemble.candidates import Ballot, Candidate
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.records import Edit

Reason = Literal["accepted", "outvoted", "overlaps a stronger one"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a candidate. `probability` is the combiner's belief that it is right."""

    candidate: Candidate
    probability: float
    reason: Reason

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
        }


@dataclass(frozen=True, slots=True)
class Combination:
    """The output for one segment, with a decision per candidate in reading order."""

    text: str
    decisions: tuple[Decision, ...]

    def evidence(self) -> dict[str, object]:
        """Return the output and every candidate as they are written in JSON."""
        return {"text": self.text, "candidates": [d.evidence() for d in self.decisions]}


def decode(ballot: Ballot, probabilities: Sequence[float], threshold: float) -> Combination:
    """Return the best output given a probability per candidate of `ballot`.

    Edits: every edit at or above `threshold`, the stronger first where two do not fit
    together. Texts and labels: the most probable. Ties go to the candidate with more voters,
    then to the first in reading order, so that the output never depends on the order of
    systems. Where nobody answered, the source.
    """
    ranked = sorted(
        range(len(ballot.candidates)),
        key=lambda i: (-probabilities[i], -len(ballot.candidates[i].voters), i),
    )
    if ballot.kind == "edits":
        reasons = _compatible(ballot, ranked, probabilities, threshold)
    else:
        reasons = {i: "outvoted" if rank else "accepted" for rank, i in enumerate(ranked)}
    decisions = tuple(
        Decision(candidate, float(probabilities[i]), reasons[i])
        for i, candidate in enumerate(ballot.candidates)
    )
    return Combination(_render(ballot, decisions), decisions)


def _compatible(
    ballot: Ballot, ranked: list[int], probabilities: Sequence[float], threshold: float
) -> dict[int, Reason]:
    taken: list[Edit] = []
    reasons: dict[int, Reason] = {}
    for i in ranked:
        edit = ballot.candidates[i].edit
        place = bisect(taken, edit)
        if probabilities[i] < threshold:
            reasons[i] = "outvoted"
        # Those taken lie apart and in order, so only the neighbours can be in the way.
        elif any(overlap(edit, other) for other in taken[max(0, place - 1) : place + 1]):
            reasons[i] = "overlaps a stronger one"
        else:
            reasons[i] = "accepted"
            taken.insert(place, edit)
    return reasons


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made: shared tokens, or insertions at one place."""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return one.start < other.end and other.start < one.end


def _render(ballot: Ballot, decisions: Sequence[Decision]) -> str:
    taken = [decision.candidate.edit for decision in decisions if decision.accepted]
    if not taken:
        return ballot.source
    if ballot.kind == "edits":
        return weave(apply(ballot.tokens, taken))
    return taken[0].replacement[0]
