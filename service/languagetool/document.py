"""A text as it is checked, and where each of its characters is in what the client sent.

LanguageTool counts in UTF-16 code units, as Java and JavaScript do, in all that the client sent,
markup included; a system sees neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

_LAST_OF_ONE_UNIT = "\uffff"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of what was sent; markup is read as `text`, which mostly is nothing."""

    text: str
    markup: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The text that is checked; character i was sent as the units from `begins[i]` to `ends[i]`.

    `written[i]` is whether it was sent as text: where it was not, it stands for markup, all of
    which is the place of it.
    """

    text: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    written: tuple[bool, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return offset and length, in units sent, of the characters from `start` to `end`.

        There is at least one; markup within is part of it, markup around is not.
        """
        offset = self.begins[start]
        return offset, self.ends[end - 1] - offset

    def is_markup(self, start: int, end: int) -> bool:
        """Whether nothing from `start` to `end` was sent as text."""
        return not any(self.written[start:end])


def read(parts: Iterable[Part]) -> Document:
    """Return the document that was sent as `parts`."""
    texts: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    written: list[bool] = []
    sent = 0
    for part in parts:
        texts.append(part.text)
        if part.markup is None:
            edges = list(accumulate(map(units, part.text), initial=sent))
            begins += edges[:-1]
            ends += edges[1:]
            sent = edges[-1]
        else:
            after = sent + units(part.markup)
            begins += [sent] * len(part.text)
            ends += [after] * len(part.text)
            sent = after
        written += [part.markup is None] * len(part.text)
    return Document("".join(texts), tuple(begins), tuple(ends), tuple(written))


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 code units."""
    return len(text) + sum(character > _LAST_OF_ONE_UNIT for character in text)


Fault = Literal["NUL character", "lone surrogate"]


def fault(text: str) -> Fault | None:
    """Return what in `text` no system can be sent, if there is something."""
    if "\x00" in text:
        return "NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "lone surrogate"
    return None
