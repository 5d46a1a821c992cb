"""What systems put out, and the labels there are of it: the material of two of the studies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.diagnosis.edit_boundaries import whichever_cut
from ensemble.targets import Targets, from_gold, from_references, from_scores
from evaluation.config import Part
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_outputs, read_parallel, read_scores
from evaluation.edits.types import Types, load_types
from evaluation.records import Annotated as GoldSentence
from evaluation.records import DataError, Segment

Bounds = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class Outputs(Part):
    """A system folder (or JSONL), and where labels are: one of three, or none at all."""

    path: str
    also: tuple[str, ...] = ()
    """Folders with more systems' outputs for the same source, a NAME.txt each."""
    systems: tuple[str, ...] | None = None
    """By default all."""
    kind: Kind = "edits"
    types: Types = "surface"
    """What names the types of edits."""
    gold: str | None = None
    """An M2 file, in the folder."""
    references: tuple[str, ...] = ()
    """Files of right texts or labels, in the folder."""
    scores: str | None = None
    """A CSV of system, segment, score, in the folder."""
    groups: dict[str, Bounds] = Field(default={})
    """Parts of the segments, from the first to the last, of which a system may be good at some."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(map(bool, (self.gold, self.references, self.scores))) > 1:
            raise ValueError("labels come from one of gold, references and scores")
        if wrong := [name for name, (first, last) in self.groups.items() if first > last]:
            raise ValueError(f"group {wrong[0]}: its last segment comes before its first")
        return self


@dataclass(frozen=True, eq=False)
class Material:
    """The ballots of all segments, and what is right: targets, and what they were made of."""

    ballots: Sequence[Ballot]
    targets: Targets | None
    gold: Sequence[GoldSentence] | None
    references: Sequence[Sequence[str]] | None


def read_material(outputs: Outputs, root: Path) -> Material:
    """Read the outputs and labels; paths start at `root`.

    Raises:
        DataError: a file is missing or not as it should be, or two systems share a name.
        ValueError: labels are not for these segments.
    """
    folder = root / outputs.path
    ballots = list(collect_all(_segments(outputs, root), outputs.kind, load_types(outputs.types)))
    if not ballots:
        raise DataError(folder, None, "holds no segment")
    beside = folder if folder.is_dir() else folder.parent
    if outputs.gold:
        gold = read_m2(beside / outputs.gold)
        targets = whichever_cut(ballots, from_gold(ballots, gold), gold)
        return Material(ballots, targets, gold, None)
    if outputs.scores:
        scores = read_scores(beside / outputs.scores)
        return Material(ballots, from_scores(ballots, scores), None, None)
    columns = read_parallel([beside / name for name in outputs.references])
    if not columns:
        return Material(ballots, None, None, None)
    references = list(zip(*columns, strict=True))
    return Material(ballots, from_references(ballots, references), None, references)


def _segments(outputs: Outputs, root: Path) -> list[Segment]:
    if not outputs.also:
        return read_outputs(root / outputs.path, outputs.systems)
    segments = read_outputs(root / outputs.path)
    files = [file for name in outputs.also for file in _files(root / name)]
    for file, lines in zip(files, read_parallel(files), strict=True):
        if file.stem in segments[0].hypotheses:
            raise DataError(file, None, f"{file.stem} is in {outputs.path} already")
        if len(lines) != len(segments):
            raise DataError(file, None, f"{len(lines)} lines for {len(segments)} segments")
        segments = [
            replace(segment, hypotheses={**segment.hypotheses, file.stem: line})
            for segment, line in zip(segments, lines, strict=True)
        ]
    return [_chosen(segment, outputs.systems, root / outputs.path) for segment in segments]


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.txt"))
    named = [file for file in found if file.stem != "source" and not file.stem.startswith("_")]
    if not named:
        raise DataError(folder, None, "holds no NAME.txt")
    return named


def _chosen(segment: Segment, systems: Sequence[str] | None, folder: Path) -> Segment:
    if systems is None:
        return segment
    if missing := [name for name in systems if name not in segment.hypotheses]:
        known = ", ".join(sorted(segment.hypotheses))
        raise DataError(folder, None, f"no {missing[0]!r}; available: {known}")
    return replace(segment, hypotheses={name: segment.hypotheses[name] for name in systems})
