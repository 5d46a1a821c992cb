"""Splits text into tokens and joins them again without loss; votes and edits use these tokens.

A token is a stretch of text *with the white space before it*, so that joining tokens gives
the text back whatever its spacing was, and a word is the same token at any position. No
language is assumed: words are separated by white space, and punctuation attached to them is split
off; a character of a script written without spaces is a token of its own.
"""

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import regex

from evaluation.edits.glyphs import plain
from evaluation.edits.protected import spans

_SPACED = re.compile(r"(\s+)(\S*)")
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_BODY = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|[^{_UNSPACED}]+")
# Invisible characters among punctuation are part of it; alone they are part of the word.
_LEANS_RIGHT = regex.compile(r"[\p{Ps}\p{Pi}\p{Pf}\"¿¡\p{Cf}]+")
_LEANS_LEFT = regex.compile(r"(?r)[\p{Pe}\p{Pi}\p{Pf}\".!?,;:。、！？，；：…\p{Cf}]+")
_VISIBLE = regex.compile(r"\P{Cf}")
# Each mark is a token, whether or not a corpus separates them; dots in a row are one token.
_MARKS = regex.compile(r"(?:\.{2,}|\P{Cf}|^\p{Cf}+\P{Cf})\p{Cf}*")
# An abbreviation keeps its stop (U.S., e.g.); any other final stop is attached punctuation.
_ABBREVIATION = regex.compile(r"(?:\p{L}\.)+\p{L}")
_LONGEST_REMEMBERED = 40
_LETTERS_AND_SPACES = f"{string.ascii_letters}{string.digits}{string.whitespace}".encode()
_UNSPACED_LETTER = regex.compile(rf"(?=\p{{L}})[{_UNSPACED}]")
_LETTERS_OF_WORD = 6  # segmented words of these scripts have two to four on average


def tokenise(text: str) -> list[str]:
    """Split `text` into tokens, each with the white space before it; `[]` for no text.

    The text is read as if it began with a space, so that its first word is the same
    token there as anywhere else. `detokenise(tokenise(text)) == text` for every text.
    """
    words = text.split()
    split = _pieces if max(map(len, words), default=0) <= _LONGEST_REMEMBERED else _split
    if " ".join(words) == text:
        return list(chain.from_iterable(map(split, words)))
    tokens: list[str] = []
    for space, word in _SPACED.findall(f" {text}"):
        first, *others = split(word)
        tokens += (space + first[1:], *others)
    return tokens


def is_surely_within(text: str, tokens: int, characters: int) -> bool:
    """Return whether `text` has at most `tokens` tokens, none of more than `characters`, for sure.

    It takes a fraction of the time of `tokenise`; a text that is within the limits may be taken to
    exceed them.
    """
    words = text.split()
    # A word is one token, and each other character may be one and begin another.
    others = text.encode("ascii", "replace").translate(None, _LETTERS_AND_SPACES)
    if len(words) + 2 * len(others) + 1 > tokens:
        return False
    letters = list(map(len, words))
    white_space = len(text) - sum(letters)
    between_words = max(len(words) - 1, 0)
    # All that is not a single space may stand before the longest word.
    return max(letters, default=0) + 1 + white_space - between_words <= characters


def detokenise(tokens: Sequence[str]) -> str:
    """Join tokens to the text that they came from."""
    return "".join(tokens).removeprefix(" ")


def weave(tokens: Sequence[str]) -> str:
    """Join tokens that come from several texts, with a space where two would become one token.

    Tokens of one text are joined as `detokenise` joins them. Beyond that space, every token
    of the result is one of `tokens`.
    """
    text = detokenise(tokens)
    if tokenise(text) == list(tokens):
        return text
    woven: list[str] = []
    for token in tokens:
        alone = not woven or token[0].isspace() or tokenise(woven[-1] + token)[1:] != [token]
        woven.append(f" {token}" if alone and not token[0].isspace() else token)
    text = detokenise(woven)
    if tokenise(text) == woven:
        return text
    return detokenise([token if token[0].isspace() else f" {token}" for token in tokens])


def is_unspaced(text: str) -> bool:
    """Return whether `text` is in a script without spaces, and has none between its words.

    Its words, as white space separates them, then have six letters of such scripts or more on
    average; words of other scripts are not counted.
    """
    if text.isascii():
        return False
    letters = [len(_UNSPACED_LETTER.findall(word)) for word in text.split()]
    return sum(letters) >= _LETTERS_OF_WORD * max(sum(map(bool, letters)), 1)


def _split(word: str) -> tuple[str, ...]:
    """Split what stands between white space into tokens, the first behind one space.

    A protected stretch (address, placeholder, mark-up) is one token.
    """
    tokens: list[str] = []
    done = 0
    for start, end in (*spans(word), (len(word), len(word))):
        if done < start or not word:
            tokens += _cut(word[done:start])
        if start < end:
            tokens.append(word[start:end])
        done = end
    return (f" {tokens[0]}", *tokens[1:])


def _cut(word: str) -> tuple[str, ...]:
    """Split a word from the punctuation attached to it; a word of white space is one token."""
    # Quotes of all glyphs are cut alike.
    plain_word = plain(word)
    right = _LEANS_RIGHT.match(plain_word)
    start = right.end() if right and _VISIBLE.search(right.group()) else 0
    left = _LEANS_LEFT.search(plain_word, start)
    at_end = left and left.end() == len(word) and _VISIBLE.search(left.group())
    end = left.start() if left and at_end else len(word)
    if start >= end:
        return tuple(_MARKS.findall(word)) or (word,)
    if word[end : end + 1] == "." and _ABBREVIATION.fullmatch(word, start, end):
        end += 1
    body = _BODY.findall(word, start, end)
    if len(body) > 1:  # between characters of an unspaced script, split off punctuation too
        body = [piece for part in body for piece in (_cut(part) if len(part) > 1 else (part,))]
    return (*_MARKS.findall(word[:start]), *body, *_MARKS.findall(word[end:]))


_pieces = lru_cache(maxsize=1 << 16)(_split)
