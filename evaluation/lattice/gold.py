"""Gold edits of several M2 files as one: sentence by sentence, annotator by annotator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.data.m2 import corrects, read_m2
from evaluation.edits.align import apply
from evaluation.records import Annotated, DataError, Edit, GoldEdit


@dataclass(frozen=True)
class Gold:
    """What `annotators` made of each sentence, known to `sentences` by their place in the names."""

    annotators: tuple[str, ...]
    sentences: tuple[Annotated, ...]


def read_gold(paths: Sequence[Path]) -> Gold:
    """Read M2 files of the same sentences.

    An annotator is called by the name of his file, and by his number in it if he is not alone.

    Raises:
        DataError: as `read_m2`; there are no sentences, or they differ from file to file.
        ValueError: two files have the same name.
    """
    if twice := {path.stem for path in paths if [p.stem for p in paths].count(path.stem) > 1}:
        raise ValueError(f"two files are called {', '.join(sorted(twice))}")
    files = [(path, read_m2(path)) for path in paths]
    if not files or not files[0][1]:
        raise DataError(paths[0] if paths else "", None, "no sentences")
    for path, sentences in files[1:]:
        _check(path, sentences, files[0])
    return joined({path.stem: sentences for path, sentences in files})


def joined(files: Mapping[str, Sequence[Annotated]]) -> Gold:
    """Return the annotators of the same sentences together; `files` is by name."""
    keys = [
        (name, number)
        for name, sentences in files.items()
        for number in sorted({number for one in sentences for number in one.annotations})
    ]
    alone = {name for name in files if [file for file, _ in keys].count(name) == 1}
    names = tuple(name if name in alone else f"{name}:{number}" for name, number in keys)
    rows = zip(*files.values(), strict=True)
    return Gold(names, tuple(_together(list(files), keys, row) for row in rows))


def _together(
    files: Sequence[str], keys: Sequence[tuple[str, int]], row: Sequence[Annotated]
) -> Annotated:
    of = dict(zip(files, row, strict=True))
    annotations = {
        place: of[name].annotations[number]
        for place, (name, number) in enumerate(keys)
        if number in of[name].annotations
    }
    return Annotated(row[0].source, annotations)


def _check(
    path: Path, sentences: Sequence[Annotated], first: tuple[Path, Sequence[Annotated]]
) -> None:
    if len(sentences) != len(first[1]):
        raise DataError(path, None, f"{len(sentences)} sentences; {first[0]} has {len(first[1])}")
    for number, (one, other) in enumerate(zip(sentences, first[1], strict=True), start=1):
        if one.source != other.source:
            raise DataError(path, None, f"sentence {number} is another than in {first[0]}")


def corrections(source: Sequence[str], golds: Iterable[GoldEdit]) -> list[GoldEdit]:
    """Return the edits of `source` that correct something, each once, in reading order."""
    edits = [gold for gold in golds if corrects(source, gold)]
    return sorted(dict.fromkeys(edits), key=lambda gold: (gold.start, gold.end))


def collide(one: GoldEdit, other: GoldEdit) -> bool:
    """Return whether only one of two edits can be made.

    They may touch, and two insertions may be at one place; an insertion inside of what another
    edit replaces, or the same tokens replaced twice, may not.
    """
    if one.start == one.end and other.start == other.end:
        return False
    return one.start < other.end and other.start < one.end


def compatible(golds: Iterable[GoldEdit]) -> list[GoldEdit]:
    """Return, of edits in any order, each that collides with none taken before it."""
    taken: list[GoldEdit] = []
    for gold in golds:
        if not any(collide(gold, other) for other in taken):
            taken.append(gold)
    return taken


def corrected(source: Sequence[str], golds: Iterable[GoldEdit]) -> str:
    """Return `source` with compatible edits made, of each the first replacement."""
    # A stable sort keeps the annotator's order of insertions at one place.
    in_order = sorted(golds, key=lambda gold: (gold.start, gold.end))
    return " ".join(apply(source, [Edit(g.start, g.end, g.replacements[0]) for g in in_order]))


def text_of(source: Sequence[str], golds: Iterable[GoldEdit]) -> str:
    """Return an annotator's text: all his edits made, of those that collide the first."""
    return corrected(source, compatible(corrections(source, golds)))
