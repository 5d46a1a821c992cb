"""Maps the written forms of a token to one key: white space, Unicode forms, look-alike glyphs.

Systems write the same word with a straight or a curly apostrophe, with composed or decomposed
accents, or with a zero-width character after it. These are not different words.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from evaluation.records import Edit

# Each replacement has one character, so that positions in the text do not change.
_GLYPHS = {
    "'": "‘’‚‛ʼ′´`＇",
    '"': "“”„‟«»″＂",
    "-": "‐‑‒–—―−－",
}
_ONE_GLYPH = str.maketrans({glyph: plain for plain, glyphs in _GLYPHS.items() for glyph in glyphs})
_DASHES = re.compile("--+")
_MANY = re.compile("[^\\x00-\\x7f]")
# Zero-width space, joiners, word joiner, byte order mark, soft hyphen, marks of direction.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def plain(text: str) -> str:
    """Return `text`, of the same length, with one glyph for each kind of quote and dash."""
    return text.translate(_ONE_GLYPH) if _MANY.search(text) else text


def written(token: str) -> str:
    """Return `token` composed (NFC), without the white space before it."""
    return unicodedata.normalize("NFC", token.strip())


@lru_cache(maxsize=1 << 16)
def key(token: str) -> str:
    """Return the key that all written forms of a token share; capitals are distinguished.

    A token of invisible characters alone is its own key.
    """
    text = token.strip()
    if text.isascii():
        return _DASHES.sub("-", text) if "--" in text else text
    composed = unicodedata.normalize("NFC", text).replace("…", "...")
    visible = _INVISIBLE.sub("", composed.translate(_ONE_GLYPH))
    return _DASHES.sub("-", visible).strip() or text


def is_form_only(edit: Edit, tokens: Sequence[str]) -> bool:
    """Return whether `edit` of `tokens` changes the written form of a token alone."""
    start, end, replacement = edit
    return end - start == len(replacement) == 1 and key(tokens[start]) == key(replacement[0])


@lru_cache(maxsize=1 << 16)
def fold(token: str) -> str:
    """Return the key of a token in lower case, by which tokens of two texts are aligned."""
    return key(token).lower()
