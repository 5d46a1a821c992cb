"""Decoding: from a probability per candidate to one output, with a reason for each candidate."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from ensemble.candidates import Ballot, Candidate
from ensemble.decoding.alternatives import leads, note
from ensemble.decoding.compatible import Accepted, stand_apart
from ensemble.decoding.ranking import ranked, ranked_edits, tied
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave

Reason = Literal[
    "accepted",
    "best of those that change this",
    "outvoted",
    "overlaps a stronger one",
    "disagrees with a stronger one",
    "does not fit the words around it",
]
"""Why a candidate is (not) in the output.

The best of those that change the same words is taken where so much of the weight changes them that
they are very likely wrong. A candidate disagrees if it touches a stronger one and no system
proposed both. It does not fit, in a text fused from several, where it would stand beside words that
no output has it beside.
"""

_TAKEN: tuple[Reason, ...] = ("accepted", "best of those that change this")


class Decision(NamedTuple):
    """The decision on a candidate.

    `probability` is the belief that the candidate is right, or, where the combiner is not
    calibrated, its support among the systems. A candidate is `tied` if it is as probable as the
    accepted one, or was accepted over one as probable: a text, a label or a change of the same
    words. The `note` of an edit says how many systems change the same words, where they change them
    differently. `levels` names the levels of a stack that take the candidate.
    """

    candidate: Candidate
    probability: float
    reason: Reason
    tied: bool = False
    note: str | None = None
    levels: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the candidate is in the output."""
        return self.reason in _TAKEN

    def evidence(self) -> dict[str, object]:
        """Return the decision as a JSON object, as in the service and in evidence files."""
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
            "note": self.note,
            **({"levels": list(self.levels)} if self.levels else {}),
        }


@dataclass(frozen=True, slots=True)
class Combination:
    """The output for one segment, with a decision per candidate of its ballot, in that order.

    `text` is `None` where no label was given: the source would not be a label. `calibrated` is that
    of the combiner: whether the probabilities were fitted to labels. `backbone` is the output that
    the text was fused on: its tokens and characters are those that the candidates, its changes,
    count. It is `None` where they count those of the source, as everywhere else.
    """

    text: str | None
    decisions: tuple[Decision, ...]
    calibrated: bool = False
    backbone: str | None = None

    def evidence(self) -> dict[str, object]:
        """Return the output and every candidate as a JSON object."""
        candidates = [decision.evidence() for decision in self.decisions]
        shown = {"text": self.text, "backbone": self.backbone, "calibrated": self.calibrated}
        return {**shown, "candidates": candidates}


def decode(
    ballot: Ballot,
    probabilities: Sequence[float],
    threshold: float,
    agreement: Mapping[str, float] = MappingProxyType({}),
    changed: Sequence[float] = (),
    votes: Mapping[str, float] = MappingProxyType({}),
) -> Combination:
    """Return the best output given a probability per candidate of `ballot`.

    Edits: every edit at or above `threshold`, the stronger first where two exclude each other;
    then, where `changed` has the share of the weight that changes the same words in any way, the
    best change of words that are very likely wrong (`alternatives`). Texts and labels: the most
    probable. Ties are settled as in `ranking`, by the `votes` of systems, one where it names none,
    and those of texts and labels then by their `agreement`. Without any answer the output is the
    source; for labels, `None`.
    """
    if ballot.kind == "edits":
        decisions = _of_edits(ballot, probabilities, threshold, changed, votes)
    else:
        decisions = _of_whole(ballot, probabilities, agreement, votes)
    return Combination(rendered(ballot, decisions), decisions)


def _of_whole(
    ballot: Ballot,
    probabilities: Sequence[float],
    agreement: Mapping[str, float],
    votes: Mapping[str, float],
) -> tuple[Decision, ...]:
    best = ranked(ballot.candidates, probabilities, agreement, votes)[:1]
    return tuple(
        Decision(candidate, float(probability), "accepted" if [i] == best else "outvoted", tie)
        for i, (candidate, probability, tie) in enumerate(
            zip(ballot.candidates, probabilities, tied(probabilities), strict=True)
        )
    )


def _of_edits(
    ballot: Ballot,
    probabilities: Sequence[float],
    threshold: float,
    changed: Sequence[float],
    votes: Mapping[str, float],
) -> tuple[Decision, ...]:
    if stand_apart(ballot.candidates):  # as mostly: nothing to rank or to settle
        return tuple(
            Decision(candidate, float(p), "accepted" if p >= threshold else "outvoted")
            for candidate, p in zip(ballot.candidates, probabilities, strict=True)
        )
    reasons = _reasons(ballot, probabilities, threshold, changed, votes)
    taken = {i for i, reason in reasons.items() if reason in _TAKEN}
    decisions = []
    for i, (candidate, p) in enumerate(zip(ballot.candidates, probabilities, strict=True)):
        reason = reasons.get(i, "outvoted")
        beside: tuple[bool, str | None] = (False, None)
        if rivals := ballot.rivals.get(i):
            beside = _is_tied(i, rivals.places, probabilities, taken), note(ballot, i, rivals)
        decisions.append(Decision(candidate, float(p), reason, *beside))
    return tuple(decisions)


def _reasons(
    ballot: Ballot,
    probabilities: Sequence[float],
    threshold: float,
    changed: Sequence[float],
    votes: Mapping[str, float],
) -> dict[int, Reason]:
    """Return the reason for each candidate that is not outvoted."""
    accepted = Accepted(ballot)
    enough = [i for i, probability in enumerate(probabilities) if probability >= threshold]
    order = ranked_edits(ballot, enough, probabilities, votes)
    reasons = {i: _reason(ballot.candidates[i], accepted) for i in order}
    leading = [
        i
        for i, some in (ballot.rivals.items() if changed else ())
        if i not in reasons and leads(ballot, i, some.places, probabilities, changed[i], votes)
    ]
    for i in ranked_edits(ballot, leading, probabilities, votes):
        reason = _reason(ballot.candidates[i], accepted)
        reasons[i] = "best of those that change this" if reason == "accepted" else reason
    return reasons


def _is_tied(
    i: int, rivals: Sequence[int], probabilities: Sequence[float], taken: Container[int]
) -> bool:
    """Return whether another change of the same words is as probable, and one of the two taken."""
    return any(
        probabilities[i] == probabilities[j] and (i in taken or j in taken)
        for j in rivals
        if j != i
    )


def _reason(candidate: Candidate, accepted: Accepted) -> Reason:
    """Return the reason for a candidate with enough votes, accepted if it is compatible."""
    if accepted.overlaps(candidate.edit):
        return "overlaps a stronger one"
    if accepted.disagrees(candidate):
        return "disagrees with a stronger one"
    accepted.take(candidate)
    return "accepted"


def rendered(ballot: Ballot, decisions: Sequence[Decision]) -> str | None:
    """Return the output that the accepted candidates make; `None` for a label without any."""
    taken = [decision.candidate for decision in decisions if decision.accepted]
    if not taken:
        return None if ballot.kind == "labels" else ballot.source
    if ballot.kind == "edits":
        return weave(apply(ballot.tokens, [candidate.edit for candidate in taken]))
    return taken[0].replacement
