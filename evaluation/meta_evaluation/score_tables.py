"""Reads scores of metrics that are known already, and matches them with judged outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.data.judgements import Judgements, read_judgements
from evaluation.data.keyed_rows import ALONE, parts_of
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.meta_evaluation.config import Config, ScoreTable
from evaluation.meta_evaluation.dataset import Dataset, system_column
from evaluation.meta_evaluation.matching import match
from evaluation.meta_evaluation.plain_table import numeric_columns
from evaluation.meta_evaluation.unmatched import EXAMPLES, Unmatched, Words
from evaluation.records import DataError
from evaluation.types import Array


def read_score_tables(config: Config, dataset: Dataset) -> tuple[dict[str, Array], list[str]]:
    """Return the scores of each metric, shape (systems, segments) of the dataset, and notes.

    A score that is missing is NaN; metrics are called as their columns, or as the configuration
    calls them.

    Raises:
        DataError: a table cannot be read, or a score is not a finite number.
        InputError: two metrics have one name; the table has scores of no system or no segment of
            the dataset; or too many scores have no partner (`matching.match`).
    """
    scores: dict[str, Array] = {}
    notes: list[str] = []
    taken = [choice.called for choice in config.choices]
    for table in config.scores:
        path = config.root / table.path
        columns = _columns(path, table)
        _check_turned(path, table, columns)
        if twice := [name for name in columns if name in [*taken, *scores]]:
            fault = f"{path}: a metric is called {twice[0]} already; see `columns`"
            raise InputError("invalid-configuration", fault)
        system = table.system
        if dataset.systems == (ALONE,):  # otherwise, a column of systems is needed
            system = system_column(Columns(path, table.separator), table)
        keys = system, table.segment, None, table.separator, table.numbers
        given = read_judgements(path, list(dict.fromkeys(columns.values())), *keys)
        values, more = _matched(path, given, dataset, config)
        notes += more
        for name, column in columns.items():
            own = values[given.raters.index(column)]
            scores[name] = -own if _is_turned(table, name) else own
    return scores, notes


def _columns(path: Path, table: ScoreTable) -> Mapping[str, str]:
    """Return the columns of scores by the name of the metric."""
    if isinstance(table.columns, dict):
        return table.columns
    names = table.columns or _numeric(path, table)
    return {name: name for name in names}


def _numeric(path: Path, table: ScoreTable) -> list[str]:
    """Return the columns that have numbers only, and at least one."""
    columns = Columns(path, table.separator)
    keys = *parts_of(table.segment), table.system
    names = [name for name in columns.names if name not in keys]
    if found := numeric_columns(columns, names, table.numbers):
        return found
    listed = ", ".join(columns.names)
    raise DataError(path, None, f"no column of numbers beside segment and system: {listed}")


def _matched(
    path: Path, given: Judgements, dataset: Dataset, config: Config
) -> tuple[Array, list[str]]:
    """Return the scores, shape (columns, systems, segments), and notes on what has no partner."""
    partner = "judgement" if config.texts is None else "text"
    known = [name for name in given.systems if name in dataset.systems]
    if not known:
        listed = f"{_few(given.systems)}, and not of {_few(dataset.systems)}"
        raise InputError("invalid-data", f"{path}: the scores are of the systems {listed}")
    notes = []
    if others := [name for name in given.systems if name not in (*known, *config.without)]:
        notes.append(f"{path.name}: scores of systems without a {partner}: {_few(others)}")
    try:
        values, found = match(given, dataset, config.unmatched_tolerance, Words("scores", partner))
    except InputError as error:
        raise InputError(error.code, f"{path}: {error}") from None
    # Judged outputs without a score are noted where metrics and judgements are compared.
    lines = replace(found, outputs=Unmatched()).notes()
    return values, notes + [f"{path.name}: {line}" for line in lines]


def _is_turned(table: ScoreTable, name: str) -> bool:
    turned = table.lower_is_better
    return turned if isinstance(turned, bool) else name in turned


def _check_turned(path: Path, table: ScoreTable, columns: Mapping[str, str]) -> None:
    turned = () if isinstance(table.lower_is_better, bool) else table.lower_is_better
    if unknown := [name for name in turned if name not in columns]:
        fault = f"lower_is_better: no metric {unknown[0]!r}; there are {', '.join(columns)}"
        raise InputError("invalid-configuration", f"{path}: {fault}")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")
