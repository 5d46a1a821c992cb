"""Reads texts in the spacing convention of the source: tokenised, or as running text.

Corpora put a space before punctuation and cut `do n't` and `well - known`; running text does not.
Outputs for one source may differ in this. All are read in the convention of the source,
so that the same change is the same edit however a system spaces its text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

from evaluation.edits.apart import found_apart
from evaluation.edits.glyphs import fold, is_form_only, written
from evaluation.records import Edit, Style

Apart = bool | None
"""Whether the parts of a word are separated; None where no text shows it."""

_STANDS_APART = re.compile(r"\s[.,!?;:]+(?=\s|$)")
_LEANS = re.compile(r"[^\s.,!?;:](?:[,!?;:]+(?=\s|$)|(?<!\.\w)[.!?]+$)")  # not of U.S.
_MARKS = ",!?;:"
_AT_END = re.compile(r"[^\s.,!?;:](?<!\.\w)[.]+$")
_CLITIC = r"n['’]t|['’](?:s|m|re|ve|ll|d)"
WORDS = re.compile(r"\w[\w'’‐‑-]*|[^\w]+")
_CLOSES = re.compile(r"[)\]}.!?,;:。、！？，；：]+")
_OPENS = re.compile(r"[(\[{¿¡]+")
_BESIDE_MARK = re.compile(r"(?<!\w)\s+|\s+(?!\w)")


def style_of(text: str) -> Style | None:
    """Return how the punctuation of `text` is spaced; None where it shows neither style."""
    last = len(text.rstrip(".\n")) - 1  # a final stop leans on this character or on none
    attached = any(mark in text and text.count(mark) > text.count(f" {mark}") for mark in _MARKS)
    if not attached and not _AT_END.search(text, last):
        return "tokenised" if _STANDS_APART.search(text) else None  # no mark is attached
    apart, leaning = len(_STANDS_APART.findall(text)), len(_LEANS.findall(text))
    if apart == leaning:
        return None
    return "tokenised" if apart > leaning else "running"


@dataclass(frozen=True)
class Convention:
    """The spacing in which texts are compared with one `source`.

    `clitics` tells whether `n't` and `'s` are separate words, `hyphens` whether `well - known`
    is three words. The words in `joined` are one word all the same: only a dash stood apart.
    """

    style: Style
    clitics: Apart
    hyphens: Apart
    source: str
    joined: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: str, texts: Sequence[str], usual: Style | None = None) -> Self:
        """Return the convention of `source`; if it shows none, `usual`, or that of most texts."""
        style = style_of(source) or usual or _commonest(list(map(style_of, texts)))
        clitics, hyphens = (_seen(cut, source, texts, style) for cut in (CLITICS, HYPHENS))
        if style == "tokenised":
            joined = _joined(texts) if hyphens else frozenset()
            return cls(style, clitics, hyphens, source, joined)
        # In running text a hyphen between spaces is a dash, and is kept where any text has it.
        return cls(style, bool(clitics), None if hyphens else False, source)

    @cached_property
    def _whole(self) -> frozenset[str]:
        """The words of a tokenised source, which are not split."""
        return frozenset(WORDS.findall(self.source) if self.style == "tokenised" else ())

    def read(self, text: str) -> str:
        """Return `text` with clitics in this convention, and hyphens if its style differs."""
        if HYPHENS.may_be_in(text) and style_of(text) not in (self.style, None):
            text = self._rewritten(text, self.hyphens, HYPHENS)
        if CLITICS.may_be_in(text):
            text = self._rewritten(text, self.clitics, CLITICS)
        return text

    def _rewritten(self, text: str, apart: Apart, cut: "Cut") -> str:
        if apart is None:
            return text
        if not apart:
            return cut.apart.sub(cut.together, text)
        if not cut.leans.search(text):
            return text
        whole = self._whole | self.joined
        return "".join(
            piece if piece in whole else cut.leans.sub(cut.asunder, piece)
            for piece in WORDS.findall(text)
        )

    def respaced(self, edit: Edit, source: Sequence[str]) -> Edit | None:
        """Return `edit` of the tokens `source` in this convention.

        None where the edit only changes spacing, away from the convention.
        """
        start, end, replacement = edit
        if is_form_only(edit, source):
            return self._form(edit, source)
        if all(map(_is_word, (*replacement, *source[max(start - 1, 0) : start + (start < end)]))):
            return edit  # as mostly: words behind a space, which all conventions write alike
        if self.style == "tokenised":
            if _joins_marks("".join(source[start:end]), "".join(replacement)):
                return None  # `# 5` to `#5`
            if all(map(_after_one_space, (*replacement, *source[start:end][:1]))):
                return edit
        before = fold(source[start - 1]) if start else ""
        spaced = []
        for place, token in enumerate(replacement):
            old = source[start] if place == 0 and start < end else None
            # A token of white space alone is kept, as a token cannot be empty.
            spaced.append(self._space(token, old, before) + token.lstrip() or token)
            before = fold(token)
        return Edit(start, end, tuple(spaced))

    def _form(self, edit: Edit, source: Sequence[str]) -> Edit | None:
        """Return an edit of white space or glyphs alone, or None if the convention excludes it."""
        start, end, (token,) = edit
        old = source[start]
        space, new_space = _space_of(old), _space_of(token)
        if written(old) != written(token):
            return Edit(start, end, (space + token.lstrip() or token,))
        if bool(space) == bool(new_space):
            return None  # a wider space, another kind, a line break; or the same character
        before = fold(source[start - 1]) if start else ""
        leans = _CLOSES.fullmatch(fold(old)) or _OPENS.fullmatch(before)
        against = bool(space) if self.style == "tokenised" else new_space and leans
        return None if against else Edit(start, end, (new_space + old.lstrip(),))

    def _space(self, token: str, old: str | None, before: str) -> str:
        """Return the white space for a token inserted after the word `before`, replacing `old`."""
        space, closes = _space_of(token), bool(_CLOSES.fullmatch(fold(token)))
        leans = closes or bool(_OPENS.fullmatch(before))
        if old is not None and closes == bool(_CLOSES.fullmatch(fold(old))):
            # Without a space before the old token, none is added, except after a comma.
            return _space_of(old) or (space if _CLOSES.fullmatch(before) and not leans else "")
        if self.style == "running":
            return "" if leans or not space else _space_of(old or "") or " "
        quoted = '"' in (before, fold(token))
        return space or (" " if leans or quoted or _CLOSES.fullmatch(before) else "")


@dataclass(frozen=True)
class Cut:
    """Patterns of one kind of word: parts separated, parts joined, and their replacements.

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


CLITICS = Cut(
    ("'", "’"),
    re.compile(rf"\s(?:(?<=\w\s)(?=(?:{_CLITIC})(?!\w))|(?<=[sS]\s)(?=['’](?!\S)))", re.I),
    re.compile(rf"(?<=\w)(?=(?:{_CLITIC})(?!\w))", re.I),
    "",
    " ",
)
HYPHENS = Cut(
    ("-", "‐", "‑"),
    re.compile(r"(?<=\w)\s([-‐‑])\s(?=\w)"),
    re.compile(r"(?<=\w)([-‐‑])(?=\w)"),
    r"\1",
    r" \1 ",
)


def unspaced(text: str) -> str:
    """Return `text` without the white space beside marks and before clitics, by any convention."""
    return _BESIDE_MARK.sub("", CLITICS.apart.sub("", text))


def _seen(cut: Cut, source: str, texts: Sequence[str], style: Style) -> Apart:
    """Return whether words are separated in the source and in the `texts` of its style.

    Running text follows the source, or the other texts if the source has no such word. A corpus
    that separates some of these words is taken to separate all.
    """
    here = separated(cut, [source])
    if here or (here is False and style == "running"):
        return here
    signed = [text for text in texts if cut.may_be_in(text)]
    there = separated(cut, [text for text in signed if style_of(text) == style])
    return here if there is None else there


def _joined(texts: Sequence[str]) -> frozenset[str]:
    """Return the words with a hyphen that are one word wherever they are in tokenised texts."""
    signed = [text for text in texts if HYPHENS.may_be_in(text)]
    tokenised = [text for text in signed if style_of(text) == "tokenised"]
    if len(tokenised) == len(signed):
        return frozenset()  # no text of another style is read
    words = {word for text in tokenised for word in WORDS.findall(text)}
    split = {word: HYPHENS.leans.sub(HYPHENS.asunder, word) for word in words}
    hyphened = {word: parts for word, parts in split.items() if word != parts}
    apart = found_apart(hyphened.values(), tokenised)
    return frozenset(word for word, parts in hyphened.items() if parts not in apart)


def separated(cut: Cut, texts: Sequence[str]) -> Apart:
    """Return whether words of this kind are separated in `texts`; `None` where there are none."""
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


@lru_cache(maxsize=1 << 16)
def _is_word(token: str) -> bool:
    """Return whether a token is letters and digits behind one space."""
    return token[0] == " " and token[1:].isalnum()


def _after_one_space(token: str) -> bool:
    return token[0] == " " and not token[1:2].isspace()
