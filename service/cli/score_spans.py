"""`consort score-spans`: scores predicted error spans against those that people marked."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from evaluation.data.error_spans import SpanRow, pair_of, read_span_table
from evaluation.errors import DataError
from evaluation.metrics.error_spans import CREDIT, score_spans
from evaluation.reporting.table import Row, Table, sign
from evaluation.statistics.significance import RESAMPLES, SEED
from service.cli.console import AsJson, clear_errors, show

Rows = Mapping[tuple[str, ...], SpanRow]


def score_spans_of_files(
    predicted: Annotated[
        Path, typer.Argument(help="TSV with start_indices, end_indices, error_types (WMT25).")
    ],
    gold: Annotated[Path, typer.Option(help="TSV of the spans that people marked.")],
    credit: Annotated[
        float, typer.Option(min=0, max=1, help="Credit where only the severity is wrong.")
    ] = CREDIT,
    as_json: AsJson = False,
) -> None:
    """Score predicted error spans by overlap of characters and by exact match.

    Figures are by pair of languages; with several, the last rows are the means of pairs.
    """
    with clear_errors():
        rows = _scored(predicted, read_span_table(predicted), gold, read_span_table(gold), credit)
        parameters = {"credit": credit, "resamples": RESAMPLES, "seed": SEED}
        show(Table(rows, sign("error spans", parameters)), as_json)


def _scored(path: Path, found: Rows, gold_path: Path, gold: Rows, credit: float) -> list[Row]:
    if odd := found.keys() ^ gold.keys():
        key = min(odd)
        row, given, other = found.get(key), path, gold_path
        if row is None:
            row, given, other = gold[key], gold_path, path
        raise DataError(given, row.line, f"output {'/'.join(key)} is not in {other}")
    by_pair: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for key in gold:
        by_pair[pair_of(key)].append(key)
    scored = [
        score_spans(
            [found[key].spans for key in keys],
            [gold[key].spans for key in keys],
            [gold[key].length for key in keys],
            pair,
            credit,
        )
        for pair, keys in by_pair.items()
    ]
    rows = [row for part in scored for row in part]
    return rows if len(scored) == 1 else [*rows, *map(_mean, zip(*scored, strict=True))]


def _mean(rows: tuple[Row, ...]) -> Row:
    value = float(np.mean([row.value for row in rows]))
    return replace(rows[0], name="mean of pairs", value=value, low=None, high=None, n=len(rows))
