"""Sentences with generated errors, and three small systems that correct some of them.

The three systems are functions from a source to an output, as a roster names them. Errors of
agreement, and misspelt nouns, are corrected by two systems: the vote of three accepts that without
a further member. Articles and misspelt places are known to one system only, which is outvoted: each
source has such an error.
"""

import random
from collections.abc import Callable, Mapping
from itertools import pairwise

SUBJECTS = (
    ("The boy", "The boys"),
    ("My sister", "My sisters"),
    ("Our teacher", "Our teachers"),
    ("The old man", "The old men"),
    ("She", "They"),
    ("The nurse", "The nurses"),
)
VERBS = {"wants": "want", "buys": "buy", "finds": "find", "paints": "paint", "sells": "sell"}
NOUNS = {
    "book": "boook",
    "house": "huose",
    "camera": "camrea",
    "bicycle": "bycicle",
    "apple": "aplle",
    "orange": "ornage",
    "umbrella": "umbrela",
    "engine": "enigne",
}
PLACES = {
    "school": "shcool",
    "home": "hoem",
    "night": "nihgt",
    "work": "wrok",
    "breakfast": "brekfast",
}
_OTHER = {"a": "an", "an": "a"}
_FORMS = [form for verb in VERBS.items() for form in verb]


def sentences(count: int, seed: int) -> list[tuple[str, str]]:
    """Return `count` different pairs of a source, with one to four errors, and its reference."""
    generator = random.Random(seed)
    pairs: dict[str, str] = {}
    while len(pairs) < count:
        source, reference = _pair(generator)
        pairs[source] = reference
    return list(pairs.items())


def _pair(generator: random.Random) -> tuple[str, str]:
    plural = generator.random() < 0.5
    subject = generator.choice(SUBJECTS)[plural]
    verbs = generator.choice(list(VERBS.items()))
    noun, place = generator.choice(list(NOUNS)), generator.choice(list(PLACES))
    article = _article(noun)
    wrong = [generator.random() < 0.3 for _ in range(4)]
    wrong[generator.choice((1, 3))] = True  # an error that is left to the member
    return (
        f"{subject} {verbs[plural != wrong[0]]} {_OTHER[article] if wrong[1] else article} "
        f"{NOUNS[noun] if wrong[2] else noun} at {PLACES[place] if wrong[3] else place} .",
        f"{subject} {verbs[plural]} {article} {noun} at {place} .",
    )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def grammar(source: str) -> str:
    """Correct agreement and articles."""
    return _articles(_agreement(source))


def speller(source: str) -> str:
    """Correct misspelt nouns and places."""
    return _spelling(source, {**NOUNS, **PLACES})


def helper(source: str) -> str:
    """Correct agreement and misspelt nouns."""
    return _agreement(_spelling(source, NOUNS))


def _agreement(text: str) -> str:
    """Give a verb the number of the subject before it, where that is known."""
    words = text.split(" ")
    for place, word in enumerate(words):
        for subject in SUBJECTS:
            if word in _FORMS and " ".join(words[:place]) in subject:
                first = _FORMS.index(word) // 2 * 2  # the singular form of the verb
                words[place] = _FORMS[first + subject.index(" ".join(words[:place]))]
    return " ".join(words)


def _articles(text: str) -> str:
    words = text.split(" ")
    for place, (word, following) in enumerate(pairwise(words)):
        if word in _OTHER and following:
            words[place] = _article(following)
    return " ".join(words)


def _spelling(text: str, misspelt: Mapping[str, str]) -> str:
    right = {wrong: word for word, wrong in misspelt.items()}
    return " ".join(right.get(word, word) for word in text.split(" "))


FUNCTIONS: Mapping[str, Callable[[str], str]] = {
    "grammar": grammar,
    "speller": speller,
    "helper": helper,
}
