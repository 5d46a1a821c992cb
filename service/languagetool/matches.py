"""Converts the combination of a sentence into LanguageTool's matches.

Matches of LanguageTool cannot be empty, so that an insertion includes the word beside it. Clients
skip a replacement without text, so that a deletion includes the word beside it too. Matches that
overlap then are merged. Applying all matches gives the combined text.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from ensemble.decoding.decode import Combination, Decision
from service.languagetool.rules import RULES, SPELLING, Selection

MOST_REPLACEMENTS = 5
"""The accepted replacement, and others that systems proposed for the same words."""

Span = tuple[int, int]
"""Start and end of a stretch of a sentence, in characters."""

_WORD_BEFORE = regex.compile(r"(?r)\S+\s*")
_WORD_AFTER = regex.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of a sentence in characters, its replacements, and the edits behind them.

    The edits change characters `edit_start` to `edit_end`; the match may have a word more.
    """

    start: int
    end: int
    replacements: tuple[str, ...]
    decisions: tuple[Decision, ...]
    edit_start: int
    edit_end: int

    @property
    def strongest(self) -> Decision:
        """The most probable edit, whose type is the rule of the match.

        It is a spelling mistake only if all edits are: a client that knows the rule for spelling
        offers to add the whole match to a dictionary.
        """
        others = [decision for decision in self.decisions if not _is_spelling(decision)]
        return max(others or self.decisions, key=lambda decision: decision.probability)

    @property
    def is_one_misspelling(self) -> bool:
        """Whether the match is one misspelt word."""
        return len(self.decisions) == 1 and _is_spelling(self.decisions[0])


@dataclass(frozen=True, slots=True)
class _Group:
    """Edits whose spans overlap, in reading order, and the span of all of them."""

    start: int
    end: int
    decisions: tuple[Decision, ...]


def matches(source: str, combination: Combination, selection: Selection) -> list[Match]:
    """Return the matches for the changes of `combination` in `source`, for the selected rules."""
    accepted = [decision for decision in combination.decisions if decision.accepted]
    if not accepted:
        return []
    whole = splice(source, 0, len(source), accepted)
    if combination.text is not None and whole != combination.text:
        return _as_one(source, combination.text, accepted, selection)
    wanted = [d for d in accepted if selection.wants(RULES[d.candidate.type])]
    others = _rejected(source, combination)
    made = [_match(source, group, others) for group in _groups(source, wanted)]
    # Edits of one group may cancel each other out.
    return [match for match in made if match.replacements[0] != source[match.start : match.end]]


def _rejected(source: str, combination: Combination) -> Mapping[Span, list[Decision]]:
    """Return the edits that are not accepted, by the characters that they change."""
    others: dict[Span, list[Decision]] = defaultdict(list)
    for decision in combination.decisions:
        if not decision.accepted:
            others[_span(source, decision)].append(decision)
    return others


def splice(source: str, start: int, end: int, decisions: Sequence[Decision]) -> str:
    """Return `source` from `start` to `end` after the edits in `decisions`."""
    return "".join(_pieces(source, start, end, decisions))


def _pieces(source: str, start: int, end: int, decisions: Sequence[Decision]) -> Iterator[str]:
    for candidate in (decision.candidate for decision in decisions):
        yield source[start : candidate.offset]
        yield candidate.replacement
        start = candidate.offset + candidate.length
    yield source[start:end]


def _groups(source: str, decisions: Sequence[Decision]) -> list[_Group]:
    """Return groups of edits whose spans overlap, in reading order."""
    groups: list[_Group] = []
    for decision in decisions:
        group = _merged(groups, _Group(*_span(source, decision), (decision,)))
        while _is_blank(source, group) and (wider := _with_a_word(source, group)) != group:
            group = _merged(groups, wider)
        groups.append(group)
    return groups


def _merged(groups: list[_Group], group: _Group) -> _Group:
    """Return `group` together with those of `groups` that it overlaps, which are removed."""
    # The word that an edit takes in may reach back over several earlier groups.
    while groups and group.start < groups[-1].end:
        last = groups.pop()
        start, end = min(last.start, group.start), max(last.end, group.end)
        group = _Group(start, end, last.decisions + group.decisions)
    return group


def _is_blank(source: str, group: _Group) -> bool:
    """Whether nothing, or only white space, is left of what the edits change."""
    # Groups of unspaced scripts grow long: the first piece with a letter decides.
    if any(map(str.strip, _pieces(source, group.start, group.end, group.decisions))):
        return False
    text = splice(source, group.start, group.end, group.decisions)
    return not text or not source[group.start : group.end].isspace()


def _with_a_word(source: str, group: _Group) -> _Group:
    """Return `group` with the word beside it; the same one if it is the whole sentence already."""
    start, end = group.start, group.end
    before = _WORD_BEFORE.search(source, 0, start)
    after = _WORD_AFTER.match(source, end)
    if before and before.end() == start and (not after or _belongs_before(source, start, end)):
        return _Group(before.start(), end, group.decisions)
    if after:
        return _Group(start, after.end(), group.decisions)
    return _Group(0, len(source), group.decisions)


def _belongs_before(source: str, start: int, end: int) -> bool:
    """Whether a deleted span goes with the word before it: white space stays on the outside."""
    if source[start].isspace() or source[end - 1].isspace():
        return source[start].isspace()
    return not source[start - 1].isspace()


def _span(source: str, decision: Decision) -> Span:
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


def _match(source: str, group: _Group, rejected: Mapping[Span, Sequence[Decision]]) -> Match:
    start, end, decisions = group.start, group.end, group.decisions
    spans = [_span(source, decision) for decision in decisions]
    edit_start, edit_end = min(a for a, _ in spans), max(b for _, b in spans)
    versions = [splice(source, start, end, decisions)]
    if len(decisions) == 1:
        others = sorted(rejected.get(spans[0], ()), key=lambda decision: -decision.probability)
        versions += [splice(source, start, end, [other]) for other in others]
    replacements = tuple(dict.fromkeys(versions))[:MOST_REPLACEMENTS]
    return Match(start, end, replacements, decisions, edit_start, edit_end)


def _as_one(
    source: str, text: str, accepted: Sequence[Decision], selection: Selection
) -> list[Match]:
    """Return one match for all edits, because together they changed white space between them."""
    if not all(selection.wants(RULES[decision.candidate.type]) for decision in accepted):
        return []
    start = accepted[0].candidate.offset
    end = max(start, *(d.candidate.offset + d.candidate.length for d in accepted))
    replacement = text[start : len(text) - len(source) + end]
    around = text.startswith(source[:start]) and text.endswith(source[end:])
    if not around or start == end or not replacement.strip():
        start, end, replacement = 0, len(source), text
    return [Match(start, end, (replacement,), tuple(accepted), start, end)]


def _is_spelling(decision: Decision) -> bool:
    return RULES[decision.candidate.type].id == SPELLING
