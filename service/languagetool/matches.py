"""Converts the combination of a sentence into LanguageTool's matches.

Matches of LanguageTool cannot be empty, so that an insertion includes the word beside it; matches
that overlap then are merged. Applying all matches gives the combined text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from ensemble.decoding.decode import Combination, Decision
from service.languagetool.rules import RULES, Selection

MOST_REPLACEMENTS = 5
"""The accepted replacement, and others that systems proposed for the same words."""

_WORD_BEFORE = regex.compile(r"(?r)\S+\s*")
_WORD_AFTER = regex.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of a sentence in characters, its replacements, and the edits behind them."""

    start: int
    end: int
    replacements: tuple[str, ...]
    decisions: tuple[Decision, ...]

    @property
    def strongest(self) -> Decision:
        """The most probable edit, whose type is the rule of the match."""
        return max(self.decisions, key=lambda decision: decision.probability)


def matches(source: str, combination: Combination, selection: Selection) -> list[Match]:
    """Return the matches for the changes of `combination` in `source`, for the selected rules."""
    accepted = [decision for decision in combination.decisions if decision.accepted]
    if not accepted:
        return []
    whole = splice(source, 0, len(source), accepted)
    if combination.text is not None and whole != combination.text:
        return _as_one(source, combination.text, accepted, selection)
    wanted = [d for d in accepted if selection.wants(RULES[d.candidate.type])]
    made = [_match(source, group, combination) for group in _groups(source, wanted)]
    # Edits of one group may cancel each other out.
    return [match for match in made if match.replacements[0] != source[match.start : match.end]]


def splice(source: str, start: int, end: int, decisions: Sequence[Decision]) -> str:
    """Return `source` from `start` to `end` after the edits in `decisions`."""
    pieces = []
    for candidate in (decision.candidate for decision in decisions):
        pieces += [source[start : candidate.offset], candidate.replacement]
        start = candidate.offset + candidate.length
    return "".join([*pieces, source[start:end]])


def _groups(source: str, decisions: Sequence[Decision]) -> list[list[Decision]]:
    """Return groups of edits whose spans overlap, in reading order."""
    groups: list[list[Decision]] = []
    ends: list[int] = []
    for decision in decisions:
        start, end = _span(source, decision)
        group = [decision]
        # The word that an insertion takes in may reach back over several earlier groups.
        while ends and start < ends[-1]:
            group = groups.pop() + group
            end = max(end, ends.pop())
        groups.append(group)
        ends.append(end)
    return groups


def _span(source: str, decision: Decision) -> tuple[int, int]:
    """Return the characters of an edit; for an insertion, those of the word beside it."""
    start = decision.candidate.offset
    end = start + decision.candidate.length
    if start < end:
        return start, end
    before = _WORD_BEFORE.search(source, 0, start)
    if before and before.end() == start:
        return before.start(), start
    after = _WORD_AFTER.match(source, start)
    end = after.end() if after else len(source)
    # Behind white space at the end of a text no word is left: a match must have a length.
    return (start, end) if start < end else (start - 1, start)


def _match(source: str, group: list[Decision], combination: Combination) -> Match:
    spans = [_span(source, decision) for decision in group]
    start, end = min(a for a, _ in spans), max(b for _, b in spans)
    versions = [splice(source, start, end, group)]
    if len(group) == 1:
        others = [
            decision
            for decision in combination.decisions
            if not decision.accepted and _span(source, decision) == (start, end)
        ]
        others.sort(key=lambda decision: -decision.probability)
        versions += [splice(source, start, end, [other]) for other in others]
    return Match(start, end, tuple(dict.fromkeys(versions))[:MOST_REPLACEMENTS], tuple(group))


def _as_one(
    source: str, text: str, accepted: Sequence[Decision], selection: Selection
) -> list[Match]:
    """Return one match for all edits, because together they changed white space between them."""
    if not all(selection.wants(RULES[decision.candidate.type]) for decision in accepted):
        return []
    start = accepted[0].candidate.offset
    end = max(start, *(d.candidate.offset + d.candidate.length for d in accepted))
    if not (text.startswith(source[:start]) and text.endswith(source[end:])) or start == end:
        start, end = 0, len(source)
    return [Match(start, end, (text[start : len(text) - len(source) + end],), tuple(accepted))]
