"""Describes candidates and decisions in words, for a reader who does not know their codes."""

from collections.abc import Sequence

from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.decoding.decode import Combination, Decision
from service.core.engine import Outcome
from service.core.query import PLANNED

_LONGEST = 80
"""Characters of a whole text that a sentence quotes."""

_EQUAL = 0.005
"""Shares that differ by less are shown as the same percentage."""


def change(outcome: Outcome, decision: Decision) -> str:
    """Return the candidate of a decision: a change of words, a whole text, or a label."""
    candidate = decision.candidate
    if outcome.kind == "labels":
        return f'the label "{_cut(candidate.replacement)}"'
    if outcome.kind == "texts" and outcome.combination.backbone is None:
        return f'the text "{_cut(candidate.replacement)}"'
    before, after = candidate.original.strip(), candidate.replacement.strip()
    if not before:
        return f'"{after}" inserted' if after else "white space inserted"
    if not after:
        return f'"{before}" removed'
    return f'"{before}" changed to "{after}"'


def support(outcome: Outcome, decision: Decision) -> str:
    """Return how many systems propose a candidate, which, and how much that counts."""
    voters = decision.candidate.voters
    answered = _answered(outcome)
    many = "all" if len(voters) == answered else f"{len(voters)} of"
    percent = f"{100 * decision.probability:.0f}%"
    figure = (
        f"probability of being right {percent}"
        if outcome.combination.calibrated
        else f"support {percent}"
    )
    return f"proposed by {many} {answered} systems ({', '.join(voters)}), {figure}"


def reason(outcome: Outcome, decision: Decision) -> str:
    """Return why a candidate was taken or not, in sentences."""
    note = f" {_capital(decision.note)}." if decision.note else ""
    return _reason(outcome, decision) + note + _tie(decision)


def about_support(outcome: Outcome) -> str:
    """Return what support counts beside the number of systems; nothing if it counts only that."""
    combination, answered = outcome.combination, _answered(outcome)
    if combination.calibrated or all(
        abs(decision.probability - len(decision.candidate.voters) / answered) < _EQUAL
        for decision in combination.decisions
    ):
        return ""
    if outcome.kind == "edits":
        return (
            "Support is the share of the votes: they are weighted, and a system that is not "
            "competent in a type of change does not count against it."
        )
    if outcome.combiner.name == MinimumBayesRisk.name:
        return "Support is how much all outputs agree with a text, weighted by system."
    return "Support is the share of the votes, which are weighted."


def missing(outcome: Outcome) -> list[str]:
    """Return a line for each system that failed to give an output, with the reason."""
    return [
        f"{name} has no output ({result.status}): {result.reason or 'no reason is known'}"
        for name, result in outcome.results.items()
        if result.status not in PLANNED
    ]


def _reason(outcome: Outcome, decision: Decision) -> str:
    proposed = support(outcome, decision)
    match decision.reason:
        case "accepted":
            return f"Taken: {proposed}."
        case "best of those that change this":
            return (
                "Taken, although no change of these words has enough support of its own: most "
                "systems change them, so they are very likely wrong, and this is the best "
                f"change; {proposed}."
            )
        case "outvoted":
            return f"Not taken: {proposed}; {_instead(outcome)}."
        case "overlaps a stronger one":
            return f"Not taken: it overlaps {_stronger(outcome, decision)}; {proposed}."
        case "disagrees with a stronger one":
            stronger = _stronger(outcome, decision)
            return f"Not taken: it touches {stronger}, and no system has both; {proposed}."
        case "does not fit the words around it":
            return f"Not taken: no output has it beside the words around it; {proposed}."


def _instead(outcome: Outcome) -> str:
    """Return the words for the other systems and candidates where one is outvoted."""
    if outcome.kind == "edits" or outcome.combination.backbone is not None:
        return "the others leave these words as they are, or change them differently"
    return "the one that was taken has more"


def _answered(outcome: Outcome) -> int:
    return max(1, sum(result.status == "ok" for result in outcome.results.values()))


def _stronger(outcome: Outcome, decision: Decision) -> str:
    """Return the accepted changes that a candidate overlaps or touches."""
    near = _touching(outcome.combination, decision)
    if not near:
        return "a stronger change"
    return "a stronger change, " + " and ".join(change(outcome, other) for other in near)


def _touching(combination: Combination, decision: Decision) -> Sequence[Decision]:
    edit = decision.candidate.edit
    return [
        other
        for other in combination.decisions
        if other.accepted
        and other.candidate.edit.start <= edit.end
        and edit.start <= other.candidate.edit.end
    ]


def _tie(decision: Decision) -> str:
    if not decision.tied:
        return ""
    if decision.accepted:
        return (
            " Another candidate is as probable; this one has more votes, agrees more with the "
            "other outputs, or comes from systems that are named earlier."
        )
    return " It is as probable as the candidate that was taken, which won the tie."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
