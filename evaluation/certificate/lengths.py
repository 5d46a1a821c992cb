"""The lengths of the texts that a judge scored, from a folder of systems' outputs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation.certificate.judge_scores import JudgeScores
from evaluation.data.readers import read_lines
from evaluation.errors import InputError


def with_lengths(scores: JudgeScores, folder: Path) -> JudgeScores:
    """Return the scores with the length in characters of each text, of `NAME.txt` in a folder.

    Raises:
        DataError: the file of a system cannot be read.
        InputError: a segment is not the number of a line.
    """
    lengths = [
        [len(line) for line in read_lines(folder / f"{system}.txt")] for system in scores.systems
    ]
    places = [_line(segment) for segment in scores.segments]
    for system, of_lines in zip(scores.systems, lengths, strict=True):
        if (last := max(places)) >= len(of_lines):
            counted = f"{system}.txt has {len(of_lines)} lines, and a score of line {last + 1}"
            raise InputError("invalid-data", counted)
    pairs = zip(scores.system, scores.segment, strict=True)
    given = [float(lengths[system][places[segment]]) for system, segment in pairs]
    return replace(scores, length=np.array(given))


def _line(segment: str) -> int:
    """Return the place of a segment's line, from 0."""
    if not (segment.isascii() and segment.isdecimal() and int(segment) >= 1):
        raise InputError("invalid-data", f"segment {segment!r} is not the number of a line, from 1")
    return int(segment) - 1
