"""The text to check, and the position of each of its characters in the client's text.

LanguageTool counts positions in UTF-16 code units, as Java and JavaScript do, in the client's text
including markup; systems see neither markup nor code units.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

_SURROGATE = re.compile("[\ud800-\udfff]")
_OF_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the client's text; markup is replaced by `text`, which is usually empty."""

    text: str
    markup: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The text to check; character i is at units `begins[i]` to `ends[i]` of the client's text.

    `written[i]` is whether the client sent the character as text; otherwise it stands for markup,
    and its position is that of the whole markup.
    """

    text: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    written: tuple[bool, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return offset and length, in units of the client's text, of characters `start` to `end`.

        There must be at least one. Markup between them is included, markup around them is not.
        """
        offset = self.begins[start]
        return offset, self.ends[end - 1] - offset

    def is_markup(self, start: int, end: int) -> bool:
        """Whether all characters from `start` to `end` stand for markup."""
        return not any(self.written[start:end])


def read(parts: Iterable[Part]) -> Document:
    """Return the document that consists of `parts`."""
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
    return len(text) + len(_OF_TWO_UNITS.findall(text))


Fault = Literal["NUL character", "lone surrogate"]


def fault(text: str) -> Fault | None:
    """Return the first fault for which `text` cannot be sent to systems, or `None`."""
    if "\x00" in text:
        return "NUL character"
    if _SURROGATE.search(text):
        return "lone surrogate"
    return None
