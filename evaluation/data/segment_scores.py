"""Reads the `.seg.score` files of mt-metrics-eval: a system and a score on each line."""

from collections import Counter
from pathlib import Path

from evaluation.data.judgements import Collected, Judgements
from evaluation.data.numbers import PLAIN
from evaluation.data.table_lines import table_lines
from evaluation.errors import InputError
from evaluation.records import DataError

RATER = "score"


def read_segment_scores(path: Path | str) -> Judgements:
    """Return the scores; a system's lines are its segments in order, counted from 1.

    `None` is a missing score. The file has no headings; cells are separated by a tab.

    Raises:
        DataError: a line has another number of cells, a score is not a number, a system has more
            lines than another, or as `table_lines.table_lines`.
    """
    collected, lines = Collected(path), Counter[str]()
    for number, line in enumerate(table_lines(path), 1):
        if not line.strip():
            continue
        cells = line.rstrip("\n").split("\t")
        if len(cells) != 2:
            raise DataError(path, number, f"has {len(cells)} cells; it must be system and score")
        system, cell = cells
        try:
            value = PLAIN.parse(cell, "score")
        except InputError as error:
            raise DataError(path, number, str(error)) from None
        lines[system] += 1
        collected.add(number, (RATER, system, str(lines[system])), value)
    if len({*lines.values()}) > 1:
        (most, n), *_, (least, m) = lines.most_common()
        raise DataError(path, None, f"{n} lines of {most}, but {m} of {least}")
    return collected.judgements()
