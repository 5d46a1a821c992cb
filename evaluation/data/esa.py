"""Reads error span annotation (ESA), as Appraise exports it and WMT24 publishes it.

Raters mark spans of errors and give the output a score from 0 to 100 (Kocmi et al. 2024).
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluation.data.error_spans import ErrorSpan, parse_spans
from evaluation.data.judgements import Collected, Judgements
from evaluation.data.numbers import PLAIN
from evaluation.data.segment_ids import renumbered
from evaluation.data.table_lines import table_lines
from evaluation.errors import InputError
from evaluation.records import DataError

FIELDS = "rater, system, segment, type, source language, target language, score, document, \
flag, spans, start, end"
"""The cells of a row; the file has no line of headings."""

_CONTROLS = ("#bad", "#dup", "#incomplete")


class EsaRow(NamedTuple):
    """A rater's annotation of an output; `pair` are the languages, as `eng-jpn`."""

    line: int
    segment: str
    system: str
    rater: str
    pair: str
    score: float
    spans: tuple[ErrorSpan, ...]


def read_esa(
    paths: Sequence[Path | str], pair: str | None = None, numbered_from: int = 1
) -> Judgements:
    """Return each rater's scores of outputs.

    A rater's second score of the same output is that of one more rater, such as `ann (2)`: the mean
    over raters is then the mean of all scores, as WMT has it.

    Args:
        paths: CSV files without headings, with the cells `FIELDS`.
        pair: the languages, such as `eng-jpn`; needed where the files have several.
        numbered_from: the number of the first segment; ids are those of segments from 1.

    Raises:
        DataError: as `esa_rows`, or there are several pairs of languages and none was chosen, or
            no row of the one that was.
    """
    collected, times = Collected(paths[0]), Counter[tuple[str, str, str]]()
    pairs: dict[str, None] = {}
    for path in paths:
        for row in esa_rows(path, numbered_from):
            pairs[row.pair] = None
            if pair not in (None, row.pair):
                continue
            key = row.rater, row.system, row.segment
            times[key] += 1
            rater = row.rater if times[key] == 1 else f"{row.rater} ({times[key]})"
            collected.add(row.line, (rater, row.system, row.segment), row.score)
    _check_pair(paths[0], pair, list(pairs))
    return collected.judgements()


def esa_rows(path: Path | str, numbered_from: int = 1) -> Iterator[EsaRow]:
    """Yield the annotations, without those of tutorials and of outputs made to control raters.

    As in the files that WMT publishes, left out are rows of a type other than TGT and documents
    whose name contains `-tutorial` or ends with `#bad`, `#dup` or `#incomplete`.

    Raises:
        DataError: a row has too few cells, a score is not a number from 0 to 100, spans are not
            those of `error_spans.parse_spans`, or as `table_lines.table_lines`.
    """
    reader = csv.reader(table_lines(path))
    for cells in reader:
        line = reader.line_num
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < len(FIELDS.split(",")):
            raise DataError(path, line, f"has {len(cells)} cells; a row of ESA has {FIELDS}")
        rater, system, segment, kind, source, target, score, document, _, spans, *_ = cells
        if kind != "TGT" or document.endswith(_CONTROLS) or "-tutorial" in document:
            continue
        try:
            value, marked = PLAIN.parse(score, "score"), parse_spans(spans)
        except InputError as error:
            raise DataError(path, line, str(error)) from None
        if not 0 <= value <= 100:
            raise DataError(path, line, f"score {score!r} is not from 0 to 100")
        item = renumbered(path, line, segment, numbered_from)
        yield EsaRow(line, item, system, rater, f"{source}-{target}", value, marked)


def _check_pair(path: Path | str, pair: str | None, pairs: Sequence[str]) -> None:
    listed = ", ".join(pairs)
    if pair is not None and pair not in pairs:
        raise DataError(path, None, f"no judgements of {pair}; there are {listed}")
    if pair is None and len(pairs) > 1:
        raise DataError(path, None, f"has the language pairs {listed}; choose one with `pair`")
