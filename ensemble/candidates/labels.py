"""Tells which labels, or whole texts, are the same one, and which of their forms is put out."""

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
    """One label or text that was given: its key, the form to put out, and who gave it."""

    key: str
    form: str
    voters: tuple[str, ...]


def label_key(text: str, case: LabelCase = "keep") -> str:
    """Return what two texts share if they differ in nothing that can be seen but spacing.

    White space of any kind and length is one space, none at the ends; canonically equivalent
    characters are one character.
    """
    if case == "ignore":
        text = normalize("NFC", text).casefold()
    return " ".join(normalize("NFC", text.translate(INVISIBLE)).split())


def choices(answers: Mapping[str, str], case: LabelCase = "keep") -> list[Choice]:
    """Return the different ones of `answers`, in the order in which they were first given.

    The form of each is the one that most of its voters used, of two the one given first.
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
