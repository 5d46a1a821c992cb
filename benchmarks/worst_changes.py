"""The changes that systems make in requests made to cost."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Change(NamedTuple):
    """A change of every `every`th word, from the word at `first`; in a block of `every` if 24."""

    name: str
    every: int
    first: int

    def falls_on(self, place: int) -> bool:
        """Return whether it changes the word at `place`.

        From 13 on it changes blocks of neighbouring words, three words apart from each other.
        """
        if self.every <= 12:
            return place % self.every == self.first % self.every
        return place % self.every < self.every - 3


CHANGES: Mapping[str, Callable[[str], Sequence[str]]] = {
    "capitals": lambda word: (word.upper(),),
    "title": lambda word: (word.title(),),
    "longer": lambda word: (f"{word}x",),
    "shorter": lambda word: (word[:1] + word[2:],),
    "other": lambda word: (word[::-1] + "q",),
    "same": lambda word: ("the",),
    "out": lambda word: (),
    "twice": lambda word: (word, word),
    "before": lambda word: ("very", word),
    "after": lambda word: (word, "new"),
    "split": lambda word: (word[:2], word[2:]),
    "joined": lambda word: (word.replace(" ", "").replace("-", ""),),
    "hyphen apart": lambda word: (word.replace("-", " - "),),
    "hyphen joined": lambda word: (word.replace(" - ", "-"),),
    "clitic apart": lambda word: (word.replace("n't", " n't").replace("'s", " 's"),),
    "apostrophe": lambda word: (word.replace("'", "’"),),
    "comma": lambda word: (f"{word},",),
    "comma apart": lambda word: (word, ","),
    "stop": lambda word: (f"{word}.",),
    "quoted": lambda word: (f'"{word}"',),
    "space": lambda word: (f" {word}",),
    "line": lambda word: (f"\n{word}",),
    "accent": lambda word: (f"{word}\u0301",),
    "invisible": lambda word: (f"{word}\u200b",),
    "dash": lambda word: (f"{word}--",),
    "unspaced": lambda word: (f"{word}の",),
}
"""By name: the words that a word becomes."""
