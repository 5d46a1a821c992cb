"""Minimal pairs for fluency: held-out sentences, and each of them with one planted error.

In any language of the Universal Dependencies texts: two neighbouring words swapped, a word
replaced by another form of it, or by another word about as frequent. Forms are guessed from
spelling (a common beginning), so some replaced words leave a correct sentence.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

_STEM = 3  # letters that two forms share at least
_ENDING = 2  # letters in which two forms may differ at the end


class Pair(NamedTuple):
    """A sentence, the same with one error, and the kind of error."""

    kind: str
    good: str
    bad: str


def pairs(train: Sequence[str], held: Sequence[str], seed: int = 1) -> list[Pair]:
    """Return each `held` sentence with one error; the kinds take turns where they have a place."""
    words, generator = Lexicon(train), random.Random(seed)
    kinds, made = list(KINDS), list[Pair]()
    for number, sentence in enumerate(held):
        turn = number % len(kinds)
        for kind in kinds[turn:] + kinds[:turn]:
            if (changed := KINDS[kind](sentence.split(), words, generator)) is not None:
                made.append(Pair(kind, sentence, " ".join(changed)))
                break
    return made


class Lexicon:
    """The words of a text, how often each occurs, and the forms that belong together."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.count = Counter(w for line in lines for w in line.split() if w.isalpha())
        self._by_stem: dict[str, set[str]] = defaultdict(set)
        for word in self.count:
            for stem in _stems(word):
                self._by_stem[stem].add(word)
        self._by_size: dict[int, list[str]] = defaultdict(list)
        for word, count in sorted(self.count.items()):
            if word.islower():
                self._by_size[count.bit_length()].append(word)

    def forms(self, word: str) -> list[str]:
        """Return other words that differ from `word` in the last letters only, sorted."""
        similar = set[str]().union(*(self._by_stem.get(stem, ()) for stem in _stems(word)))
        return sorted(w for w in similar if w.lower() != word.lower())

    def alike(self, word: str) -> list[str]:
        """Return other words that are about as frequent as `word`, by a factor of two at most."""
        return [w for w in self._by_size[self.count[word].bit_length()] if w != word]


def _stems(word: str) -> list[str]:
    return [word[:n] for n in range(max(_STEM, len(word) - _ENDING), len(word) + 1)]


_Plant = Callable[[list[str], Lexicon, random.Random], list[str] | None]


def _swap(words: list[str], _: Lexicon, generator: random.Random) -> list[str] | None:
    places = [
        i
        for i in range(1, len(words) - 1)
        if words[i].isalpha()
        and words[i + 1].isalpha()
        and words[i].lower() != words[i + 1].lower()
    ]
    if not places:
        return None
    i = generator.choice(places)
    return [*words[:i], words[i + 1], words[i], *words[i + 2 :]]


def _replace(
    words: list[str], options: Callable[[str], list[str]], generator: random.Random
) -> list[str] | None:
    places = [i for i in range(1, len(words)) if words[i].islower() and options(words[i])]
    if not places:
        return None
    i = generator.choice(places)
    return [*words[:i], generator.choice(options(words[i])), *words[i + 1 :]]


def _form(words: list[str], lexicon: Lexicon, generator: random.Random) -> list[str] | None:
    def forms(word: str) -> list[str]:
        return lexicon.forms(word) if len(word) > _STEM and word.isalpha() else []

    return _replace(words, forms, generator)


def _other(words: list[str], lexicon: Lexicon, generator: random.Random) -> list[str] | None:
    def alike(word: str) -> list[str]:
        return lexicon.alike(word) if word.isalpha() else []

    return _replace(words, alike, generator)


KINDS: dict[str, _Plant] = {"words swapped": _swap, "another form": _form, "another word": _other}
"""How each kind of error is planted; None where a sentence has no place for it."""
