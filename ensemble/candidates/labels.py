"""Deciding which labels, or whole texts, are the same, and which spelling is used in the output."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from unicodedata import normalize

from ensemble.candidates.answers import INVISIBLE

LabelCase = Literal["keep", "ignore"]
"""Whether labels that differ only in capitals are two labels or one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One label or text that was given: its key, the form for the output, and its voters."""

    key: str
    form: str
    voters: tuple[str, ...]


def label_key(text: str, case: LabelCase = "keep") -> str:
    """Return a key that is equal for texts that differ only invisibly or in spacing.

    White space of any kind and length is one space, none at the ends; canonically equivalent
    characters are one character.
    """
    if case == "ignore":
        text = normalize("NFC", text).casefold()
    return " ".join(normalize("NFC", text.translate(INVISIBLE)).split())


def choices(answers: Mapping[str, str], case: LabelCase = "keep") -> list[Choice]:
    """Return the distinct `answers`, in the order in which they were first given.

    The form of each is the one that most of its voters used; of equals, the one given first.
    """
    sharing: dict[str, list[str]] = {}
    for name, text in answers.items():
        sharing.setdefault(label_key(text, case), []).append(name)
    return [
        Choice(key, _most_used([answers[name] for name in names]), tuple(sorted(names)))
        for key, names in sharing.items()
    ]


def _most_used(forms: list[str]) -> str:
    [(form, _)] = Counter(forms).most_common(1)  # of equals, the one counted first
    return form
