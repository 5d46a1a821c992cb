"""Errors planted in clean English sentences, by kind; the right form and the kind are known.

The seed chooses kinds, places and letters. Errors stand apart from each other by at least a word.
"""

import random
from typing import NamedTuple

from benchmarks.errors import KINDS, Place


class Planted(NamedTuple):
    """A sentence with errors, the sentence that it was, and the kinds of errors, in order."""

    source: str
    target: str
    kinds: tuple[str, ...]


def plant(sentence: str, generator: random.Random, most: int = 3) -> Planted:
    """Return `sentence` with one to `most` errors, or none where no kind has a place in it."""
    chosen: list[tuple[Place, str]] = []
    for _ in range(generator.randint(1, most)):
        for kind in sorted(KINDS, key=lambda k: generator.expovariate(_OFTEN.get(k, 1.0))):
            places = [p for p in KINDS[kind](sentence, generator) if _stands_apart(p, chosen)]
            if places:
                chosen.append((generator.choice(places), kind))
                break
    source = sentence
    for place, _ in sorted(chosen, reverse=True):
        source = source[: place.start] + place.wrong + source[place.end :]
    return Planted(source, sentence, tuple(kind for _, kind in sorted(chosen)))


def _stands_apart(place: Place, chosen: list[tuple[Place, str]]) -> bool:
    return all(
        place.end + _APART <= other.start or other.end + _APART <= place.start
        for other, _ in chosen
    )


_OFTEN = {
    "joined": 4,
    "number": 2,
    "agreement": 2,
    "confusion": 2,
    "capital": 0.2,
    "doubled": 0.15,
    "missing article": 0.2,
    "superfluous comma": 0.1,
}
"""How readily a kind is chosen that has a place in nearly every sentence, 1 for the others."""

_APART = 8
"""Characters between two errors: a word and its spaces, or two short ones."""
