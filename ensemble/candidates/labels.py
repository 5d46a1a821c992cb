"""Deciding which labels, or whole texts, are the same, and which spelling is used in the output."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import fsum
from typing import Literal, NamedTuple
from unicodedata import normalize

from ensemble.candidates.answers import INVISIBLE
from evaluation.data.class_probabilities import most_probable
from evaluation.edits.glyphs import plain
from evaluation.edits.spacing import unspaced
from evaluation.records import Distribution

LabelCase = Literal["keep", "ignore"]
"""Whether labels that differ only in capitals are two labels or one."""


MOST_UNVOTED = 10
"""Labels without voters among the candidates of a segment: classifiers may know many classes."""

_DIGITS = 9

Probabilities = tuple[tuple[str, float], ...]
"""The probability that each system gave one label, by name of the system; sorted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One label or text that was given: its key, the form for the output, and its voters.

    `probabilities` has those of the systems that gave class probabilities, this label among them.
    """

    key: str
    form: str
    voters: tuple[str, ...]
    probabilities: Probabilities = ()


class Belief(NamedTuple):
    """The probability that a system gave a label, and the spelling that it found most probable."""

    form: str
    probability: float


def label_key(text: str, case: LabelCase = "keep") -> str:
    """Return a key that is equal for texts that differ only invisibly, in spacing or in glyphs.

    White space of any kind and length is one space, none at the ends; canonically equivalent
    characters are one character, and so are a straight and a curly quote, or two dashes.
    """
    if case == "ignore":
        text = normalize("NFC", text).casefold()
    return " ".join(plain(normalize("NFC", text.translate(INVISIBLE))).split())


def text_key(text: str) -> str:
    """Return a key that is equal for texts that are the same apart from spacing and glyphs.

    A text may be cut into tokens, `do n't stop .`, or running: `don't stop.`
    """
    return unspaced(label_key(text).replace("…", "..."))


def choices(answers: Mapping[str, str], key: Callable[[str], str]) -> list[Choice]:
    """Return the `answers` with distinct keys, in the order in which they were first given.

    The form of each is the one that most of its voters used; of equals, the one given first.
    """
    sharing: dict[str, list[str]] = {}
    for name, text in answers.items():
        sharing.setdefault(key(text), []).append(name)
    return [
        Choice(key, _most_used([answers[name] for name in names]), tuple(sorted(names)))
        for key, names in sharing.items()
    ]


def soft_choices(
    answers: Mapping[str, str], distributions: Mapping[str, Distribution], case: LabelCase = "keep"
) -> list[Choice]:
    """Return the distinct labels, where some systems gave class probabilities.

    Such a system votes for its most probable label (of equals, the first given). First come the
    labels with voters, as in `choices`; then, of those that no system found the most probable, the
    `MOST_UNVOTED` with the highest mean probability.
    """
    key = partial(label_key, case=case)
    believed = {n: beliefs(distributions[n], case) for n in answers if n in distributions}
    best = {name: _most_probable(labels) for name, labels in believed.items() if labels}
    if not best:
        return choices(answers, key)
    voted = choices({**answers, **best}, key)
    forms: dict[str, str] = {}
    for labels in believed.values():
        for label, belief in labels.items():
            forms.setdefault(label, belief.form)
    keys = {choice.key for choice in voted}
    unvoted = [Choice(label, form, ()) for label, form in forms.items() if label not in keys]
    every = [replace(c, probabilities=_given(c.key, believed)) for c in (*voted, *unvoted)]
    count = len(voted)
    return [*every[:count], *_likeliest(every[count:])]


def _likeliest(labels: Sequence[Choice]) -> list[Choice]:
    """Return the labels with the highest sums of probabilities, in the given order."""
    sums = [round(fsum(dict(label.probabilities).values()), _DIGITS) for label in labels]
    places = sorted(range(len(labels)), key=lambda place: -sums[place])[:MOST_UNVOTED]
    return [labels[place] for place in sorted(places)]


def _most_probable(labels: Mapping[str, Belief]) -> str:
    # Rounded: sums over other spellings must not break a tie.
    best = max(labels.values(), key=lambda belief: round(belief.probability, _DIGITS))
    return best.form


def _given(key: str, believed: Mapping[str, Mapping[str, Belief]]) -> Probabilities:
    named = ((name, labels[key].probability) for name, labels in believed.items() if key in labels)
    return tuple(sorted(named))


def beliefs(distribution: Distribution, case: LabelCase = "keep") -> dict[str, Belief]:
    """Return the probability of each label by its key, without those that have none.

    Spellings of one label add up. Where rounding makes the sum more than 1, it becomes 1.
    """
    total = max(1.0, fsum(distribution.values()))
    spellings: dict[str, list[str]] = {}
    for label, probability in distribution.items():
        if probability > 0:
            spellings.setdefault(label_key(label, case), []).append(label)
    return {
        key: Belief(
            most_probable({label: distribution[label] for label in labels}).strip(),
            min(1.0, fsum(distribution[label] for label in labels) / total),
        )
        for key, labels in spellings.items()
        if key  # without it, the label is invisible
    }


def _most_used(forms: list[str]) -> str:
    [(form, _)] = Counter(forms).most_common(1)  # of equals, the one counted first
    return form
