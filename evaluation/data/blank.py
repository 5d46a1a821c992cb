"""Decides whether a text is blank: empty, or of white space and invisible characters alone."""

import unicodedata

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing: the combining grapheme joiner, fillers, a blank pattern."""

_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Control and format characters, and separators."""


def is_blank(text: str) -> bool:
    """Return whether `text` has no visible character."""
    if text[:1].isalnum() and text[0] not in _INVISIBLE:
        return False  # the common case, without a look at the whole text
    return all(map(_is_invisible, text))


def _is_invisible(character: str) -> bool:
    is_selector = "\ufe00" <= character <= "\ufe0f"  # of the form of the character before it
    return (
        is_selector
        or character in _INVISIBLE
        or character.isspace()
        or unicodedata.category(character) in _CATEGORIES
    )
