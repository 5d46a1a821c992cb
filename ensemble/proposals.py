"""What each output changes in its source, so that the same change is the same edit.

Outputs are read in the convention of the source (`evaluation.edits.spacing`); what differs in
glyphs alone is one proposal, put out in the form that most of its voters used.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate

from evaluation.edits.align import align
from evaluation.edits.glyphs import key, written
from evaluation.edits.protected import spans
from evaluation.edits.spacing import Convention
from evaluation.edits.tokens import tokenise
from evaluation.records import Edit

Trusted = Collection[str] | None
"""The systems that may change protected text; None for all."""

Identity = tuple[int, int, tuple[str, ...]]
"""What makes two edits one: where they are, and what they put there, whatever its glyphs."""


def propose(
    source: str,
    tokens: Sequence[str],
    sharing: Mapping[str, Sequence[str]],
    may_change_protected: Trusted = (),
) -> dict[Edit, list[str]]:
    """Return who proposed each edit of `tokens`; `sharing` has who put out each text.

    Addresses, code and mark-up are changed only by those who may. Where there is one text alone
    nothing is weighed against anything, and its edits make it to the last white space.

    Raises:
        ValueError: a text is too long to align; the message names who put it out.
    """
    texts = {text: names for text, names in sharing.items() if text != source}
    if len(sharing) == 1:
        return {
            edit: list(names)
            for text, names in texts.items()
            for edit in _aligned(tokens, text, names)
        }
    convention = Convention.of(source, list(sharing))
    protected = _protected(source, tokens) if may_change_protected is not None else frozenset()
    forms: dict[Identity, Counter[Edit]] = {}
    voters: dict[Identity, list[str]] = {}
    for text, names in _read(texts, convention).items():
        for edit, some in _allowed(
            _aligned(tokens, text, names), names, protected, may_change_protected
        ):
            spaced = convention.respaced(edit, tokens)
            if spaced is not None:
                same = identity(spaced, tokens)
                forms.setdefault(same, Counter())[spaced] += len(some)
                voters.setdefault(same, []).extend(some)
    return {_commonest(forms[same]): names for same, names in voters.items()}


def changes(source: str, tokens: Sequence[str], texts: Sequence[str]) -> list[set[Identity]]:
    """Return what each of `texts` changes in a source of `tokens`, for example its references."""
    convention = Convention.of(source, texts)
    return [
        {identity(edit, tokens) for edit in align(tokens, tokenise(convention.read(text)))}
        for text in texts
    ]


def identity(edit: Edit, tokens: Sequence[str]) -> Identity:
    """Return what `edit` to `tokens` has in common with all that are the same change.

    White space and glyphs count only where nothing else changes.
    """
    start, end, replacement = edit
    keys = tuple(map(key, replacement))
    if end - start == len(keys) == 1 and keys[0] == key(tokens[start]):
        return edit
    return start, end, keys


def _read(sharing: Mapping[str, Sequence[str]], convention: Convention) -> dict[str, list[str]]:
    """Return who put out each text as the convention has it, each text once."""
    read: dict[str, list[str]] = {}
    for text, names in sharing.items():
        read.setdefault(convention.read(text), []).extend(names)
    return read


def _protected(source: str, tokens: Sequence[str]) -> frozenset[int]:
    """Return the places of the tokens that are, at least in part, protected text."""
    stretches = spans(source)
    if not stretches:
        return frozenset()
    # The first token begins with a space that the source does not have.
    ends = [end - 1 for end in accumulate(map(len, tokens))]
    places: set[int] = set()
    for start, end in stretches:
        places.update(range(bisect_right(ends, start), bisect_left(ends, end) + 1))
    return frozenset(places)


def _allowed(
    edits: Sequence[Edit], names: Sequence[str], protected: frozenset[int], may_change: Trusted
) -> Iterator[tuple[Edit, Sequence[str]]]:
    """Yield each edit with those of `names` who may make it.

    What touches a forbidden edit is a part of the same change, and goes with it.
    """
    if not protected or may_change is None:
        yield from ((edit, names) for edit in edits)
        return
    trusted = [name for name in names if name in may_change]
    touched = [_inside(edit, protected) for edit in edits]
    for i, edit in enumerate(edits):
        before = i > 0 and touched[i - 1] and edits[i - 1].end == edit.start
        behind = i + 1 < len(edits) and touched[i + 1] and edits[i + 1].start == edit.end
        some = trusted if touched[i] or before or behind else names
        if some:
            yield edit, some


def _inside(edit: Edit, protected: frozenset[int]) -> bool:
    if edit.start == edit.end:
        return {edit.start - 1, edit.start} <= protected
    return not protected.isdisjoint(range(edit.start, edit.end))


def _aligned(tokens: Sequence[str], text: str, names: Sequence[str]) -> list[Edit]:
    try:
        return align(tokens, tokenise(text))
    except ValueError as error:
        raise ValueError(f"{names[0]} against the source: {error}") from error


def _commonest(forms: Counter[Edit]) -> Edit:
    """Return the form that most used; of several the plainest, then the first by its characters."""
    if len(forms) == 1:
        return next(iter(forms))
    return min(forms, key=lambda edit: (-forms[edit], _oddness(edit), edit))


def _oddness(edit: Edit) -> int:
    """Return how many characters of an edit no keyboard has; decomposed ones count for more."""
    text = "".join(edit.replacement)
    return sum(not character.isascii() for character in text) + (text.strip() != written(text))
