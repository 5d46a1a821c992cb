"""Words the figures of a lattice as a summary of each metric."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan

from evaluation.lattice.experiment import LatticeResult, LatticeScores
from evaluation.reporting.table import Row


@dataclass(frozen=True)
class MetricSummary:
    """A metric's results in words.

    `punished` has, by source, the types of valid corrections that lower the score (the 95%
    interval is below 0), worst first; `unseen` has the kinds of damage that do not lower it
    with the first source (the interval is not above 0).
    """

    metric: str
    verdict: str
    punished: Mapping[str, tuple[str, ...]]
    unseen: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        """Return the JSON object."""
        return asdict(self)


def summarise(result: LatticeResult, people: Sequence[Row]) -> tuple[MetricSummary, ...]:
    """Return a summary of each metric, best first at corpus level with the first source."""
    first = result.by_source[0]
    corpus = {row.name: row.value for row in first.rows if _is(row, "corpus", "spearman")}
    order = sorted(corpus, key=lambda name: (isnan(corpus[name]), -corpus[name]))
    return tuple(_summary(name, result, people) for name in order)


def _summary(name: str, result: LatticeResult, people: Sequence[Row]) -> MetricSummary:
    punished: dict[str, tuple[str, ...]] = {
        scores.source: _punished(name, scores) for scores in result.by_source
    }
    unseen = tuple(
        row.statistic.partition(":")[0]
        for row in result.by_source[0].rows
        if row.name == name and row.level == "damage" and _is_all(row) and not _above(row)
    )
    parts = [words for scores in result.by_source if (words := _levels(name, scores, result))]
    parts += [f"people {figure(row)}" for row in people if row.name == name]
    parts += [
        f"punishes {', '.join(types)}{_with_source(source, result)}"
        for source, types in punished.items()
        if types
    ]
    parts += [f"does not see {', '.join(unseen)}"] if unseen else []
    return MetricSummary(name, "; ".join(parts), punished, unseen)


def _punished(name: str, scores: LatticeScores) -> tuple[str, ...]:
    rows = [row for row in scores.rows if row.name == name and row.level == "type"]
    worst = sorted(rows, key=lambda row: row.value)
    return tuple(row.statistic for row in worst if row.high is not None and row.high < 0)


def _levels(name: str, scores: LatticeScores, result: LatticeResult) -> str:
    rows = [row for row in scores.rows if row.name == name]
    corpora = [row for row in rows if _is(row, "corpus", "spearman")]
    sentences = [row for row in rows if _is(row, "sentence", "tau, all pairs")]
    if not corpora or not sentences:
        return ""
    where = _with_source(scores.source, result)
    return f"corpora {figure(corpora[0])}, sentences {figure(sentences[0])}{where}"


def _with_source(source: str, result: LatticeResult) -> str:
    return f" with the {source} source" if len(result.by_source) > 1 else ""


def figure(row: Row) -> str:
    """Return a row's value with its interval."""
    if isnan(row.value):
        return "undefined"
    if row.low is None or row.high is None:
        return f"{row.value:.3f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def _is_all(row: Row) -> bool:
    return row.statistic.endswith("all pairs")


def _above(row: Row) -> bool:
    return row.low is not None and row.low > 0


def _is(row: Row, level: str, statistic: str) -> bool:
    return (row.level, row.statistic) == (level, statistic)
