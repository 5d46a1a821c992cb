"""Planted corpora: it is known who is right about what."""

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from ensemble.candidates import Ballot, collect_all
from ensemble.targets import Targets, from_references
from evaluation.records import Segment

WRONG = {"go": "goes", "evry": "every", "a": "an", "is": "are", "teh": "the", "recieve": "receive"}
FILLERS = "boys girls they we trees dogs walk run there today house green".split()


def corpus(n: int, skills: dict[str, float], seed: int) -> tuple[list[Segment], list[str]]:
    """Return segments and references: each system mends an error as often as it is skilled.

    Where it does not, it makes the mistake that any other would make too, or leaves it.
    """
    chance = random.Random(seed)
    segments, references = [], []
    for _ in range(n):
        words = [chance.choice(FILLERS) for _ in range(chance.randint(4, 8))]
        for error in chance.sample(list(WRONG), 2):
            words.insert(chance.randint(0, len(words)), error)
        outputs = {
            name: " ".join(_output(word, skill, chance) for word in words)
            for name, skill in skills.items()
        }
        segments.append(Segment(" ".join(words), outputs))
        references.append(" ".join(WRONG.get(word, word) for word in words))
    return segments, references


def _output(word: str, skill: float, chance: random.Random) -> str:
    if word not in WRONG:
        return word
    if chance.random() < skill:
        return WRONG[word]
    return word if chance.random() < 0.3 else word + "x"


def edits(n: int, skills: dict[str, float], seed: int = 0) -> tuple[list[Ballot], Targets]:
    """Return ballots of edits, and which are right."""
    segments, references = corpus(n, skills, seed)
    ballots = list(collect_all(segments, "edits"))
    return ballots, from_references(ballots, [[text] for text in references])


def labels(n: int, skills: dict[str, float], seed: int = 0) -> tuple[list[Ballot], Targets]:
    """Return ballots of labels, and which are right."""
    chance = random.Random(seed)
    segments, truth = [], []
    for i in range(n):
        right, *wrong = chance.sample("abcd", 4)
        given = {
            name: right if chance.random() < skill else chance.choice(wrong)
            for name, skill in skills.items()
        }
        segments.append(Segment(f"{i} " + "x" * chance.randint(1, 50), given))
        truth.append([right])
    ballots = list(collect_all(segments, "labels"))
    return ballots, from_references(ballots, truth)


def texts(n: int, skills: dict[str, float], seed: int = 0) -> tuple[list[Ballot], Targets]:
    """Return ballots of whole texts, scored by their likeness to the reference."""
    segments, references = corpus(n, skills, seed)
    ballots = list(collect_all(segments, "texts"))
    return ballots, from_references(ballots, [[text] for text in references])


class Planted(NamedTuple):
    edits: Callable[..., tuple[list[Ballot], Targets]]
    labels: Callable[..., tuple[list[Ballot], Targets]]
    texts: Callable[..., tuple[list[Ballot], Targets]]


@pytest.fixture(scope="session")
def planted() -> Planted:
    return Planted(edits, labels, texts)
