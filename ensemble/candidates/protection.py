"""Protecting addresses, code, formulas and mark-up from systems that may not change them."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from evaluation.edits.protected import spans
from evaluation.edits.tokens import tokenise
from evaluation.records import Edit

_MOST_MENDED = 256
"""Changed stretches that are put back in a text: each is looked for in all of it.

Without that, too, no edit of them is taken.
"""

Trusted = Collection[str] | None
"""The systems that may change protected text; None for all."""


@dataclass(frozen=True)
class Protection:
    """The protected parts of one source, and the `places` of their tokens.

    Only the `trusted` systems may change them.
    """

    stretches: tuple[str, ...]
    places: frozenset[int]
    trusted: Trusted

    @classmethod
    def of(cls, source: str, tokens: Sequence[str], trusted: Trusted) -> "Protection":
        """Return the protection of `source`, whose tokens are `tokens`."""
        protected = spans(source) if trusted is not None else []
        # The first token begins with a space that the source does not have.
        ends = [end - 1 for end in accumulate(map(len, tokens))] if protected else []
        places: set[int] = set()
        for start, end in protected:
            places.update(range(bisect_right(ends, start), bisect_left(ends, end) + 1))
        return cls(tuple(source[start:end] for start, end in protected), frozenset(places), trusted)

    def restored(self, sharing: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return the systems behind each text, with the spacing of protected text restored."""
        texts: dict[str, list[str]] = {}
        if not self.stretches:
            return {text: list(names) for text, names in sharing.items()}
        for text, names in sharing.items():
            for name in names:
                texts.setdefault(text if self._may(name) else self._mended(text), []).append(name)
        return texts

    def allowed(
        self, edits: Sequence[Edit], names: Sequence[str]
    ) -> Iterator[tuple[Edit, Sequence[str]]]:
        """Yield each edit of a text with those of its systems, `names`, that may make it."""
        if not self.stretches:
            yield from ((edit, names) for edit in edits)
            return
        may = [name for name in names if self._may(name)]
        inside = [self._inside(edit) for edit in edits]
        for i, edit in enumerate(edits):
            beside = any(
                inside[j] and (edits[j].end == edit.start or edits[j].start == edit.end)
                for j in (i - 1, i + 1)
                if 0 <= j < len(edits)
            )
            is_part = edit.start == edit.end and beside and self._is_a_piece(edit.replacement)
            voters = may if inside[i] or is_part else names
            if voters:
                yield edit, voters

    def _may(self, name: str) -> bool:
        return not self.stretches or self.trusted is None or name in self.trusted

    def _inside(self, edit: Edit) -> bool:
        if edit.start == edit.end:
            return {edit.start - 1, edit.start} <= self.places
        return not self.places.isdisjoint(range(edit.start, edit.end))

    def _is_a_piece(self, words: Iterable[str]) -> bool:
        """Return whether `words` were part of protected text, or look more like it than prose."""
        letters = "".join(map(str.strip, words)).lower()
        if not letters.isalpha():
            return True
        return any(letters in stretch.lower() for stretch in self.stretches)

    def _mended(self, text: str) -> str:
        words = set(map(str.strip, tokenise(text)))
        changed = [stretch for stretch in self.stretches if stretch not in words][:_MOST_MENDED]
        missing = [stretch for stretch in changed if stretch not in text]
        return _put_back(missing, text) if missing else text


def _put_back(stretches: Sequence[str], text: str) -> str:
    """Return `text` with `stretches` restored, where it differs only in spaces or capitals.

    Letters whose two cases differ in length are left as they are.
    """
    places = [i for i, character in enumerate(text) if not character.isspace()]
    letters = "".join(text[i] for i in places).lower()
    if len(letters) != len(places):
        return text
    found: list[tuple[int, int, str]] = []
    for stretch in stretches:
        wanted = "".join(stretch.split()).lower()
        at = letters.find(wanted)
        if at >= 0:
            found.append((places[at], places[at + len(wanted) - 1] + 1, stretch))
    mended, done = "", 0
    for start, end, stretch in sorted(found):
        if start >= done:
            mended += text[done:start] + stretch
            done = end
    return mended + text[done:]
