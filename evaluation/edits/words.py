"""Compares and classifies words by their letters alone, in any language."""

import re

from rapidfuzz.distance import Indel, Postfix, Prefix

# Articles, prepositions, pronouns and auxiliaries are short in most languages written with
# spaces; these are the longer ones of English. Other languages do without such a list.
_SHORT = 3
_LONGER_FUNCTION_WORDS = frozenset(
    """
    about above after again against also although among another because been before being
    below between both cannot could does doing during each either else every from further
    have having here hers herself himself however into itself just many might more most much
    must myself neither onto other others ought ours ourselves over rather shall should since
    some such than that their theirs them themselves then there these they this those though
    through throughout thus toward towards under unless until upon very were what when where
    whether which while whom whose will with within without would your yours yourself
    """.split()
)
_APOSTROPHES = re.compile("['’]+")
_JOINTS = re.compile("['’\u2010\u2011-]")


def bare(token: str) -> str:
    """Return the token in lower case without the white space before it."""
    return token.strip().lower()


def is_punctuation(word: str) -> bool:
    """Return whether `word` has no letter and no digit of any script."""
    return not word[:1].isalnum() and not any(map(str.isalnum, word))


def is_function_word(word: str) -> bool:
    """Return whether `word`, in lower case, is likely a function word.

    It is short or in the English list. Without case, as in Chinese, the length of a word
    tells nothing, and no word counts as a function word.
    """
    parts = [part for part in _APOSTROPHES.split(word) if part]
    return bool(parts) and all(map(_is_function_part, parts))


def _is_function_part(part: str) -> bool:
    short = len(part) <= _SHORT and part.isalpha() and part.upper() != part
    return short or part in _LONGER_FUNCTION_WORDS


def share_stem(word: str, other: str) -> bool:
    """Return whether two words differ only in their endings.

    Their common beginning must be at least half of the longer word, or all of the shorter word
    with at most two letters added.
    """
    common = Prefix.similarity(word, other)
    shorter, longer = sorted((len(word), len(other)))
    if Postfix.similarity(word[common:], other[common:]) > 1:
        return False  # what differs is inside: a misspelling, not an ending
    added = common == shorter >= 2 and longer - shorter <= 2
    return added or (common >= 3 and 2 * common >= longer)


def similarity(word: str, other: str) -> float:
    """Return the share of letters in the longest common subsequence, from 0 to 1."""
    return Indel.normalized_similarity(word, other)


def squash(words: list[str]) -> str:
    """Return the letters of `words`, which joining, splitting and hyphenating do not change."""
    return _JOINTS.sub("", "".join(words))
