"""Joins the gold edits of several M2 files and applies those that can be made together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.data.m2 import corrects, read_m2
from evaluation.edits.align import apply
from evaluation.records import Annotated, DataError, Edit, GoldEdit


@dataclass(frozen=True)
class Gold:
    """Sentences with the edits of all annotators; `sentences` know an annotator by the index."""

    annotators: tuple[str, ...]
    sentences: tuple[Annotated, ...]


def read_gold(paths: Sequence[Path]) -> Gold:
    """Read M2 files of the same sentences.

    The name of an annotator is that of the file, followed by a number if it has several.

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
    """Return the annotators of the same sentences together; `files` are by name."""
    keys = [
        (name, number)
        for name, sentences in files.items()
        for number in sorted({key for sentence in sentences for key in sentence.annotations})
    ]
    single = {name for name in files if [file for file, _ in keys].count(name) == 1}
    names = tuple(name if name in single else f"{name}:{number}" for name, number in keys)
    rows = zip(*files.values(), strict=True)
    return Gold(names, tuple(_together(list(files), keys, row) for row in rows))


def _together(
    files: Sequence[str], keys: Sequence[tuple[str, int]], row: Sequence[Annotated]
) -> Annotated:
    by_file = dict(zip(files, row, strict=True))
    annotations = {
        index: by_file[name].annotations[number]
        for index, (name, number) in enumerate(keys)
        if number in by_file[name].annotations
    }
    return Annotated(row[0].source, annotations)


def _check(
    path: Path, sentences: Sequence[Annotated], first: tuple[Path, Sequence[Annotated]]
) -> None:
    if len(sentences) != len(first[1]):
        raise DataError(path, None, f"{len(sentences)} sentences; {first[0]} has {len(first[1])}")
    pairs = zip(sentences, first[1], strict=True)
    for number, (sentence, expected) in enumerate(pairs, start=1):
        if sentence.source != expected.source:
            raise DataError(path, None, f"sentence {number} is another than in {first[0]}")


def corrections(source: Sequence[str], golds: Iterable[GoldEdit]) -> list[GoldEdit]:
    """Return the edits of `source` that correct something, each once, in reading order."""
    edits = [gold for gold in golds if corrects(source, gold)]
    return sorted(dict.fromkeys(edits), key=lambda gold: (gold.start, gold.end))


def collide(first: GoldEdit, second: GoldEdit) -> bool:
    """Return whether only one of two edits can be made.

    Edits that touch can both be made, and so can two insertions at one place. Edits that replace
    a common token cannot, nor can an insertion inside the tokens that another edit replaces.
    """
    if first.start == first.end and second.start == second.end:
        return False
    return first.start < second.end and second.start < first.end


def compatible(golds: Iterable[GoldEdit]) -> list[GoldEdit]:
    """Return the edits, in their order, that do not collide with one taken before."""
    taken: list[GoldEdit] = []
    for gold in golds:
        if not any(collide(gold, other) for other in taken):
            taken.append(gold)
    return taken


def corrected(source: Sequence[str], golds: Iterable[GoldEdit]) -> str:
    """Return `source` with compatible edits applied; of several replacements the first is taken."""
    # A stable sort keeps the annotator's order of insertions at one place.
    in_order = sorted(golds, key=lambda gold: (gold.start, gold.end))
    return " ".join(apply(source, [Edit(g.start, g.end, g.replacements[0]) for g in in_order]))


def text_of(source: Sequence[str], golds: Iterable[GoldEdit]) -> str:
    """Return an annotator's text: all edits applied, but of edits that collide only the first."""
    return corrected(source, compatible(corrections(source, golds)))
