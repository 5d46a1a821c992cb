"""Planted data: outputs of systems of which it is known how often each is right, and about what."""

import random
from collections.abc import Mapping

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.targets import Targets, from_references
from evaluation.records import Segment

WRONG = {"go": "goes", "evry": "every", "a": "an", "is": "are", "teh": "the", "recieve": "receive"}
"""Words that are always wrong, and their corrections."""

_FILLERS = "boys girls they we trees dogs walk run there today house green".split()
_LABELS = "abcd"

Skills = Mapping[str, float]
"""By system, how often it is right, from 0 to 1."""


def planted(kind: Kind, n: int, skills: Skills, seed: int = 0) -> tuple[list[Ballot], Targets]:
    """Return `n` ballots of this kind, and which of their candidates are right.

    Texts are scored by their likeness to the reference.
    """
    segments, references = planted_segments(kind, n, skills, seed)
    ballots = list(collect_all(segments, kind))
    return ballots, from_references(ballots, [[text] for text in references])


def planted_segments(
    kind: Kind, n: int, skills: Skills, seed: int = 0
) -> tuple[list[Segment], list[str]]:
    """Return `n` segments with the outputs of systems of these skills, and the references."""
    chance = random.Random(seed)  # noqa: S311 - test data
    if kind == "labels":
        pairs = [_labelled(number, skills, chance) for number in range(n)]
    else:
        pairs = [_corrected(skills, chance) for _ in range(n)]
    return [segment for segment, _ in pairs], [reference for _, reference in pairs]


def _corrected(skills: Skills, chance: random.Random) -> tuple[Segment, str]:
    """Return a segment in which each system corrects an error as often as it is skilled.

    Where it does not, it makes the mistake that any other would make too, or leaves it.
    """
    words = [chance.choice(_FILLERS) for _ in range(chance.randint(4, 8))]
    for error in chance.sample(list(WRONG), 2):
        words.insert(chance.randint(0, len(words)), error)
    outputs = {
        name: " ".join(_output(word, skill, chance) for word in words)
        for name, skill in skills.items()
    }
    return Segment(" ".join(words), outputs), " ".join(WRONG.get(word, word) for word in words)


def _output(word: str, skill: float, chance: random.Random) -> str:
    if word not in WRONG:
        return word
    if chance.random() < skill:
        return WRONG[word]
    return word if chance.random() < 0.3 else word + "x"


def _labelled(number: int, skills: Skills, chance: random.Random) -> tuple[Segment, str]:
    right, *wrong = chance.sample(_LABELS, len(_LABELS))
    outputs = {
        name: right if chance.random() < skill else chance.choice(wrong)
        for name, skill in skills.items()
    }
    return Segment(f"{number} " + "x" * chance.randint(1, 50), outputs), right
