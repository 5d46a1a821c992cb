"""The systems' outputs, and their labels: the data of two of the studies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.targets import (
    Key,
    Targets,
    from_gold,
    from_references,
    from_scores,
    gold_keys,
    key_of,
)
from evaluation.config import Part
from evaluation.data.human_scores import read_scores
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_outputs, read_parallel
from evaluation.edits.types import Types, load_types
from evaluation.records import Annotated as GoldSentence
from evaluation.records import DataError, Segment

Bounds = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class Outputs(Part):
    """A system folder (or JSONL), and its labels from at most one of three sources."""

    path: str
    also: tuple[str, ...] = ()
    """Folders with outputs of more systems for the same source, a NAME.txt each."""
    systems: tuple[str, ...] | None = None
    """The systems to use; all by default."""
    kind: Kind = "edits"
    types: Types = "surface"
    """The classifier of edits."""
    gold: str | None = None
    """An M2 file, in the folder."""
    references: tuple[str, ...] = ()
    """Files of reference texts or labels, in the folder."""
    scores: str | None = None
    """A CSV of system, segment, score, in the folder."""
    groups: dict[str, Bounds] = Field(default={})
    """Ranges of segments, from the first to the last, that systems may be good at or not."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(map(bool, (self.gold, self.references, self.scores))) > 1:
            raise ValueError("labels come from one of gold, references and scores")
        if wrong := [name for name, (first, last) in self.groups.items() if first > last]:
            raise ValueError(f"group {wrong[0]}: its last segment comes before its first")
        return self


@dataclass(frozen=True, eq=False)
class LabelledOutputs:
    """The ballots of all segments, and their targets with the labels behind them."""

    ballots: Sequence[Ballot]
    targets: Targets | None
    gold: Sequence[GoldSentence] | None
    references: Sequence[Sequence[str]] | None


def read_labelled_outputs(outputs: Outputs, root: Path) -> LabelledOutputs:
    """Read the outputs and labels; paths start at `root`.

    Raises:
        DataError: a file is missing or not as it should be, or two systems share a name.
        ValueError: the labels are for other segments.
    """
    folder = root / outputs.path
    ballots = list(collect_all(_segments(outputs, root), outputs.kind, load_types(outputs.types)))
    if not ballots:
        raise DataError(folder, None, "holds no segment")
    beside = folder if folder.is_dir() else folder.parent
    if outputs.gold:
        gold = read_m2(beside / outputs.gold)
        targets = accept_merged_edits(ballots, from_gold(ballots, gold), gold)
        return LabelledOutputs(ballots, targets, gold, None)
    if outputs.scores:
        scores = read_scores(beside / outputs.scores)
        return LabelledOutputs(ballots, from_scores(ballots, scores), None, None)
    columns = read_parallel([beside / name for name in outputs.references])
    if not columns:
        return LabelledOutputs(ballots, None, None, None)
    references = list(zip(*columns, strict=True))
    return LabelledOutputs(ballots, from_references(ballots, references), None, references)


def accept_merged_edits(
    ballots: Sequence[Ballot], targets: Targets, gold: Sequence[GoldSentence]
) -> Targets:
    """Return `targets` in which an edit that makes several adjacent gold edits at once is right.

    People and ERRANT split edits by the kind of word, our alignment by position alone: "in the" may
    be one edit or two. Such an edit counts once where gold has several, so precision no longer
    suffers from the split, while recall does. A gold edit that was proposed in parts stays unfound,
    as no part alone is right.
    """
    values = []
    for ballot, judged, sentence in zip(ballots, targets.values, gold, strict=True):
        right = {key for edits in gold_keys(ballot, sentence) for key in _runs(edits)}
        made = [key_of(candidate.edit) in right for candidate in ballot.candidates]
        values.append(np.maximum(judged, np.array(made, dtype=np.float64)))
    return replace(targets, values=tuple(values))


def _segments(outputs: Outputs, root: Path) -> list[Segment]:
    if not outputs.also:
        is_labels = outputs.kind == "labels"
        return read_outputs(root / outputs.path, outputs.systems, may_be_labels=is_labels)
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
    files = sorted(folder.glob("*.txt"))
    named = [file for file in files if file.stem != "source" and not file.stem.startswith("_")]
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


def _runs(edits: Sequence[tuple[list[Key], str]]) -> Iterator[Key]:
    """Yield the edit that each run of two or more adjacent edits makes together."""
    keys = sorted(keys[0] for keys, _ in edits if keys)
    for i, (start, end, text) in enumerate(keys):
        for begin, finish, more in keys[i + 1 :]:
            if begin != end:
                break
            end, text = finish, f"{text} {more}".strip()
            yield start, end, text
