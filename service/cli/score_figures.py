"""The figures of `consort score`: of all texts, or of each segment."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import chain

from evaluation.execution.workers import BLOCK, current_workers
from evaluation.metrics.base import (
    Texts,
    in_blocks,
    lacking_note,
    require,
    scorable,
    score_corpus,
    score_segments,
)
from evaluation.metrics.correction import EditsF
from evaluation.metrics.registry import full_name, load_metric
from evaluation.metrics.tokenizers import unspaced_note
from evaluation.reporting.table import Row, Table
from evaluation.types import Array
from service.cli.console import progress, say


def of_corpus(wanted: list[str], model: str | None, texts: Texts, by_type: bool) -> Table:
    """Return the score of the texts by each of the wanted metrics, and by type of edit if asked."""
    metrics = {full_name(name): load_metric(name, model) for name in wanted}
    rows: list[Row] = []
    signatures = []
    for called, metric in progress(list(metrics.items()), "Scoring"):
        require(texts, metric.needs, called)
        result = score_corpus(metric, texts)
        say_note(lacking_note(metric, texts))
        # A model is named in the row where it is an option: there may be several.
        rows += [
            replace(row, name=called if row.name == metric.name else row.name)
            for row in result.rows
        ]
        signatures.append(result.signature)
    say_note(unspaced_note(metrics, texts.hypotheses))
    if by_type:
        edits = [metric for metric in metrics.values() if isinstance(metric, EditsF)]
        rows += (edits or [EditsF()])[0].type_rows(texts.at(scorable(texts, {"gold"})))
    return Table(rows, " ".join(signatures))


def by_segment(name: str, model: str | None, texts: Texts) -> list[float]:
    """Return the score of each segment by a metric."""
    metric = load_metric(name, model)
    require(texts, metric.needs, name)
    say_note(lacking_note(metric, texts))
    say_note(unspaced_note({name: metric}, texts.hypotheses))
    scored = current_workers().map(partial(_segment_scores, name, model), in_blocks(texts, BLOCK))
    return list(chain.from_iterable(scored))


def say_note(note: str) -> None:
    """Print a note, if there is one."""
    if note:
        say(f"note: {note}")


def _segment_scores(name: str, model: str | None) -> Callable[[Texts], Array]:
    return partial(score_segments, load_metric(name, model))
