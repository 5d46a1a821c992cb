"""White space as a convention: a tokenised output among running text is no disagreement.

Corpora put a space before punctuation and cut `do n't` and `well - known`; running text does not.
Of the outputs for one source some do, some do not. All are read in the convention of the source,
so that the same change is the same edit however a system spaces its text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from evaluation.edits.glyphs import fold, key, written
from evaluation.records import Edit, Style

Apart = bool | None
"""Whether the parts of a word stand apart; None where no text tells."""

_STANDS_APART = re.compile(r"\s[.,!?;:]+(?=\s|$)")
_LEANS = re.compile(r"[^\s.,!?;:](?:[,!?;:]+(?=\s|$)|(?<!\.\w)[.!?]+$)")  # not of U.S.
_MARKS = ",!?;:"
_AT_END = re.compile(r"[^\s.,!?;:](?<!\.\w)[.]+$")
_CLITIC = r"n['’]t|['’](?:s|m|re|ve|ll|d)"
_WORDS = re.compile(r"\w[\w'’‐‑-]*|[^\w]+")
_CLOSES = re.compile(r"[)\]}.!?,;:。、！？，；：]+")
_OPENS = re.compile(r"[(\[{¿¡]+")
_BESIDE_MARK = re.compile(r"(?<!\w)\s+|\s+(?!\w)")


def style_of(text: str) -> Style | None:
    """Return how the punctuation of `text` is spaced; None where it does not tell."""
    if all(text.count(mark) == text.count(f" {mark}") for mark in _MARKS) and not _AT_END.search(
        text
    ):
        return "tokenised" if _STANDS_APART.search(text) else None  # none of them leans
    apart, leaning = len(_STANDS_APART.findall(text)), len(_LEANS.findall(text))
    if apart == leaning:
        return None
    return "tokenised" if apart > leaning else "running"


@dataclass(frozen=True)
class Convention:
    """How texts are spaced when they are compared with one `source`.

    `clitics` says whether `n't` and `'s` are words of their own, `hyphens` whether `well - known`
    is three.
    """

    style: Style
    clitics: Apart
    hyphens: Apart
    source: str

    @classmethod
    def of(cls, source: str, texts: Sequence[str], usual: Style | None = None) -> Self:
        """Return that of `source`; where it does not tell, the `usual` one, or most `texts`."""
        style = style_of(source) or usual or _commonest(list(map(style_of, texts)))
        clitics, hyphens = (_seen(cut, source, texts, style) for cut in (_CLITICS, _HYPHENS))
        if style == "tokenised":
            return cls(style, clitics, hyphens, source)
        # A hyphen between spaces is a dash there, and stays one where any text has it so.
        return cls(style, bool(clitics), None if hyphens else False, source)

    @cached_property
    def _whole(self) -> frozenset[str]:
        """The words of the source that stay whole, as it has them so."""
        return frozenset(_WORDS.findall(self.source) if self.style == "tokenised" else ())

    def read(self, text: str) -> str:
        """Return `text` with its clitics, and where its style is another its hyphens, as here."""
        if _HYPHENS.may_be_in(text) and style_of(text) not in (self.style, None):
            text = self._rewritten(text, self.hyphens, _HYPHENS)
        if _CLITICS.may_be_in(text):
            text = self._rewritten(text, self.clitics, _CLITICS)
        return text

    def _rewritten(self, text: str, apart: Apart, cut: "_Cut") -> str:
        if apart is None:
            return text
        if not apart:
            return cut.apart.sub(cut.together, text)
        if not cut.leans.search(text):
            return text
        return "".join(
            piece if piece in self._whole else cut.leans.sub(cut.asunder, piece)
            for piece in _WORDS.findall(text)
        )

    def respaced(self, edit: Edit, source: Sequence[str]) -> Edit | None:
        """Return `edit` to the tokens `source` as it is spaced here.

        None where it does nothing but space the source otherwise than its own convention.
        """
        start, end, replacement = edit
        if end - start == len(replacement) == 1 and key(source[start]) == key(replacement[0]):
            return self._form(edit, source)
        if self.style == "tokenised":
            if _joins_marks("".join(source[start:end]), "".join(replacement)):
                return None  # `# 5` to `#5`
            if all(map(_after_one_space, (*replacement, *source[start:end][:1]))):
                return edit
        before = fold(source[start - 1]) if start else ""
        spaced = []
        for place, token in enumerate(replacement):
            old = source[start] if place == 0 and start < end else None
            # A token of white space alone stays: an empty one would be none.
            spaced.append(self._space(token, old, before) + token.lstrip() or token)
            before = fold(token)
        return Edit(start, end, tuple(spaced))

    def _form(self, edit: Edit, source: Sequence[str]) -> Edit | None:
        """Return an edit of white space or glyphs alone, if it is one by this convention."""
        start, end, (token,) = edit
        old = source[start]
        space, own = _space_of(old), _space_of(token)
        if written(old) != written(token):
            return Edit(start, end, (space + token.lstrip() or token,))
        if bool(space) == bool(own):
            return None  # a wider space, another kind, a line break; or the same character
        before = fold(source[start - 1]) if start else ""
        leans = _CLOSES.fullmatch(fold(old)) or _OPENS.fullmatch(before)
        against = bool(space) if self.style == "tokenised" else own and leans
        return None if against else Edit(start, end, (own + old.lstrip(),))

    def _space(self, token: str, old: str | None, before: str) -> str:
        """Return the white space for a token put in after the word `before`, in place of `old`."""
        own, closes = _space_of(token), bool(_CLOSES.fullmatch(fold(token)))
        leans = closes or bool(_OPENS.fullmatch(before))
        if old is not None and closes == bool(_CLOSES.fullmatch(fold(old))):
            # What leans on the word before it, as behind a tag, stays; behind a comma it is a slip.
            return _space_of(old) or (own if _CLOSES.fullmatch(before) and not leans else "")
        if self.style == "running":
            return "" if leans or not own else _space_of(old or "") or " "
        quoted = '"' in (before, fold(token))
        return own or (" " if leans or quoted or _CLOSES.fullmatch(before) else "")


@dataclass(frozen=True)
class _Cut:
    """How one kind of word is cut: where its parts stand apart, where they lean, and back.

    Only a text with one of its `signs` can have such a word.
    """

    signs: tuple[str, ...]
    apart: re.Pattern[str]
    leans: re.Pattern[str]
    together: str
    asunder: str

    def may_be_in(self, text: str) -> bool:
        """Return whether `text` has a sign of such a word."""
        return self.signs[0] in text or (not text.isascii() and any(map(text.count, self.signs)))


_CLITICS = _Cut(
    ("'", "’"),
    re.compile(rf"\s(?:(?<=\w\s)(?=(?:{_CLITIC})(?!\w))|(?<=[sS]\s)(?=['’](?!\S)))", re.I),
    re.compile(rf"(?<=\w)(?=(?:{_CLITIC})(?!\w))", re.I),
    "",
    " ",
)
_HYPHENS = _Cut(
    ("-", "‐", "‑"),
    re.compile(r"(?<=\w)\s([-‐‑])\s(?=\w)"),
    re.compile(r"(?<=\w)([-‐‑])(?=\w)"),
    r"\1",
    r" \1 ",
)


def _seen(cut: _Cut, source: str, texts: Sequence[str], style: Style) -> Apart:
    """Return how words are cut in the source and the `texts` of its style.

    Running text goes by the source, and where it has no such word by the others. A corpus that
    cuts some of them meant to cut them all.
    """
    here = _apart(cut, [source])
    if here or (here is False and style == "running"):
        return here
    signed = [text for text in texts if cut.may_be_in(text)]
    there = _apart(cut, [text for text in signed if style_of(text) == style])
    return here if there is None else there


def _apart(cut: _Cut, texts: Sequence[str]) -> Apart:
    signed = [text for text in texts if cut.may_be_in(text)]
    if any(map(cut.apart.search, signed)):
        return True
    return False if any(map(cut.leans.search, signed)) else None


def _commonest(styles: Sequence[Style | None]) -> Style:
    most = styles.count("tokenised") > styles.count("running")
    return "tokenised" if most else "running"


def _joins_marks(old: str, new: str) -> bool:
    """Return whether `new` is `old` with less white space beside characters not of words."""
    return 0 < len(new) < len(old) and _BESIDE_MARK.sub("", old) == _BESIDE_MARK.sub("", new)


def _space_of(token: str) -> str:
    return token[: len(token) - len(token.lstrip())]


def _after_one_space(token: str) -> bool:
    return token[0] == " " and not token[1:2].isspace()
