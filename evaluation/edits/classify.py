"""Classifies edits by surface evidence alone, without a tagger or a language model.

`operation:class`. The operation is M (missing: something was inserted), U (unnecessary:
something was deleted) or R (replacement); the class is the first that fits of

    PUNCT  only punctuation changed       CASE   only capitals changed
    SPACE  words joined, split, respaced  WO     the same words in another order
    STEM   same stem, other ending        SPELL  most letters kept: spelling-like
    FUNC   function words only            OTHER  anything else

The two tiers are those of ERRANT (Bryant et al. 2017), whose English types are the alternative
(`evaluation.edits.types`).
"""

from collections.abc import Sequence
from functools import lru_cache

from evaluation.edits.words import (
    bare,
    is_function_word,
    is_punctuation,
    share_stem,
    similarity,
    squash,
)
from evaluation.records import Edit

TYPES = (
    *(f"{operation}:{kind}" for operation in "MU" for kind in ("PUNCT", "FUNC", "OTHER")),
    *(f"R:{kind}" for kind in ("PUNCT", "CASE", "SPACE", "WO", "STEM", "SPELL", "FUNC", "OTHER")),
)
"""All types, in the order of the table above."""

_SPELLING_LIKE = 0.6  # similarity from which one word counts as a misspelling of another


def classify(source: Sequence[str], edit: Edit) -> str:
    """Return the type of `edit` of the tokens `source`, one of `TYPES`."""
    return _classified(tuple(source[edit.start : edit.end]), edit.replacement)


@lru_cache(maxsize=1 << 14)
def _classified(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    before, after = [bare(token) for token in old], [bare(token) for token in new]
    if before and before == after:
        same_words = list(map(str.strip, old)) == list(map(str.strip, new))
        return "R:SPACE" if same_words else "R:CASE"
    if before and after:
        return f"R:{_replacement(before, after)}"
    return f"{'U' if before else 'M'}:{_kind(before or after)}"


def _kind(words: list[str]) -> str:
    if all(map(is_punctuation, words)):
        return "PUNCT"
    return "FUNC" if all(map(is_function_word, words)) else "OTHER"


def _replacement(before: list[str], after: list[str]) -> str:
    if squash(before) == squash(after) and len(before) != len(after):
        return "SPACE"
    if sorted(before) == sorted(after):
        return "WO"
    kind = _kind(before + after)
    if kind == "OTHER" and len(before) == len(after) == 1:
        return _one_word(before[0], after[0])
    return kind


def _one_word(before: str, after: str) -> str:
    # A word that differs by an apostrophe or a hyphen alone is spelling, not another ending.
    same_letters = squash([before]) == squash([after])
    if share_stem(before, after) and not same_letters:
        return "STEM"
    return "SPELL" if similarity(before, after) >= _SPELLING_LIKE else "OTHER"
