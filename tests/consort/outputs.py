"""Outputs of systems of each kind, with references, for the tests of the package `consort`."""

import random
from pathlib import Path
from typing import Any

WRONG = {"go": "goes", "evry": "every", "a": "an", "teh": "the"}
WORDS = "we they trees dogs house green today".split()
SKILLS = {"good": 0.9, "fair": 0.6, "poor": 0.3}
CLASSES = ("complaint", "praise", "question")


def corrections(n: int = 40) -> dict[str, list[str]]:
    """Corrections of `n` sentences by three systems, with the right ones, by column."""
    chance = random.Random(1)
    columns: dict[str, list[str]] = {name: [] for name in ("source", "target", *SKILLS)}
    for _ in range(n):
        words = [chance.choice([*WRONG, *WORDS]) for _ in range(6)]
        columns["source"].append(" ".join(words))
        columns["target"].append(" ".join(WRONG.get(word, word) for word in words))
        for name, skill in SKILLS.items():
            mended = [WRONG.get(w, w) if chance.random() < skill else w for w in words]
            spoilt = [
                chance.choice(WORDS) if chance.random() < (1 - skill) / 4 else w for w in mended
            ]
            columns[name].append(" ".join(spoilt))
    return columns


def translations(n: int = 20) -> dict[str, list[str]]:
    """Translations of `n` sentences by three systems, by column."""
    chance = random.Random(2)
    columns: dict[str, list[str]] = {name: [] for name in ("source", *SKILLS)}
    for i in range(n):
        columns["source"].append(f"Satz Nummer {i}")
        for name in SKILLS:
            words = [chance.choice(WORDS) for _ in range(3)]
            columns[name].append(" ".join(["the sentence with the number", str(i), *words]))
    return columns


def labels(n: int = 60) -> dict[str, list[Any]]:
    """Labels of `n` texts by three classifiers, with the right ones, by column."""
    chance = random.Random(3)
    right = [CLASSES[i % 3] for i in range(n)]
    columns: dict[str, list[Any]] = {"label": right}
    for name, skill in SKILLS.items():
        columns[name] = [x if chance.random() < skill else chance.choice(CLASSES) for x in right]
    return columns


def folder_of(columns: dict[str, list[str]], folder: Path) -> Path:
    """Write the columns as a system folder; a label is a target there."""
    folder.mkdir()
    for name, texts in columns.items():
        file = "target" if name == "label" else name
        (folder / f"{file}.txt").write_text("".join(f"{text}\n" for text in texts))
    return folder


def without(columns: dict[str, list[Any]], *names: str) -> dict[str, list[Any]]:
    """The columns without some."""
    return {name: column for name, column in columns.items() if name not in names}


def rows_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """The columns as rows."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
