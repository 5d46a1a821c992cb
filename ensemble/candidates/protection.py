"""Addresses, code, formulas and mark-up are changed only by the systems that may change them."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from evaluation.edits.protected import spans
from evaluation.records import Edit

Trusted = Collection[str] | None
"""The systems that may change protected text; None for all."""


@dataclass(frozen=True)
class Protection:
    """The protected stretches of one source, and the `places` of their tokens.

    Of those who put out a text only the `trusted` change them.
    """

    stretches: tuple[str, ...]
    places: frozenset[int]
    trusted: Trusted

    @classmethod
    def of(cls, source: str, tokens: Sequence[str], trusted: Trusted) -> "Protection":
        """Return what is protected of `source`, whose tokens are `tokens`."""
        found = spans(source) if trusted is not None else []
        # The first token begins with a space that the source does not have.
        ends = [end - 1 for end in accumulate(map(len, tokens))] if found else []
        places: set[int] = set()
        for start, end in found:
            places.update(range(bisect_right(ends, start), bisect_left(ends, end) + 1))
        return cls(tuple(source[start:end] for start, end in found), frozenset(places), trusted)

    def restored(self, sharing: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return who put out each text, where what they only spaced otherwise is as it was."""
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
        """Yield each edit of a text with those of `names`, who put it out, that may make it."""
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
            some = may if inside[i] or is_part else names
            if some:
                yield edit, some

    def _may(self, name: str) -> bool:
        return not self.stretches or self.trusted is None or name in self.trusted

    def _inside(self, edit: Edit) -> bool:
        if edit.start == edit.end:
            return {edit.start - 1, edit.start} <= self.places
        return not self.places.isdisjoint(range(edit.start, edit.end))

    def _is_a_piece(self, words: Iterable[str]) -> bool:
        """Whether `words` were a part of a stretch, or are more like one than like prose."""
        letters = "".join(map(str.strip, words)).lower()
        if not letters.isalpha():
            return True
        return any(letters in stretch.lower() for stretch in self.stretches)

    def _mended(self, text: str) -> str:
        for stretch in self.stretches:
            if stretch not in text:
                text = _put_back(stretch, text)
        return text


def _put_back(stretch: str, text: str) -> str:
    """Return `text` with `stretch` as it is, where it stands there with other spaces or capitals.

    In letters whose two cases are not of one length nothing is put back.
    """
    wanted = "".join(stretch.split()).lower()
    places = [i for i, character in enumerate(text) if not character.isspace()]
    letters = "".join(text[i] for i in places).lower()
    at = letters.find(wanted) if len(letters) == len(places) else -1
    if at < 0:
        return text
    start, end = places[at], places[at + len(wanted) - 1] + 1
    return text[:start] + stretch + text[end:]
