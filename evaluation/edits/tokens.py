"""Text to tokens and back, without loss: the one tokenisation everything is voted on in.

A token is a stretch of text *with the white space before it*, so that joining tokens gives
the text back whatever its spacing was, and a word keeps its identity wherever it stands. No
language is assumed: words are what white space separates, less the punctuation that leans on
them; a character of a script written without spaces is a token of its own.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import regex

_CHUNK = re.compile(r"\s*\S+|\s+")
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_OPENING = r"\p{Ps}\p{Pi}\"¿¡"
_CLOSING = r"\p{Pe}\p{Pf}\"!?,;:。、！？，；：…"
# An abbreviation keeps its stop (U.S., e.g.); any other final stop leans on its word.
_PIECE = regex.compile(
    rf"""
    \s*(?:
        [{_UNSPACED}]\p{{M}}*
      | [{_OPENING}]+(?=\S)
      | (?:\p{{L}}\.){{2,}}(?=[{_CLOSING}]*$)
      | (?:(?![{_UNSPACED}{_OPENING}]|\.*[{_CLOSING}.]+$)\S)+
      | \S[{_CLOSING}.]*
    )
    | \s+
    """,
    regex.VERBOSE,
)
_LONGEST_REMEMBERED = 40


def tokenise(text: str) -> list[str]:
    """Split `text` into tokens, each with the white space before it; `[]` for no text.

    The text is read as if a space stood before it, so that its first word is the same
    token there as anywhere else. `detokenise(tokenise(text)) == text` for every text.
    """
    tokens: list[str] = []
    for chunk in _CHUNK.findall(f" {text}") if text else ():
        tokens += _pieces(chunk) if len(chunk) <= _LONGEST_REMEMBERED else _split(chunk)
    return tokens


def detokenise(tokens: Sequence[str]) -> str:
    """Join tokens to the text they stand for."""
    return "".join(tokens).removeprefix(" ")


def _split(chunk: str) -> tuple[str, ...]:
    return tuple(_PIECE.findall(chunk))


_pieces = lru_cache(maxsize=1 << 16)(_split)
