"""What a lattice says of a metric, in words that follow from its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan

from evaluation.lattice.experiment import Climb, Climbed
from evaluation.reporting.table import Row


@dataclass(frozen=True)
class Finding:
    """A metric in words.

    `punished` has, by source, the types of valid corrections whose 95% interval is below 0,
    worst first; `unseen` is damage whose order the metric does not tell with the first source,
    its interval not above 0.
    """

    metric: str
    verdict: str
    punished: Mapping[str, tuple[str, ...]]
    unseen: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return asdict(self)


def findings(climbed: Climbed, people: Sequence[Row]) -> tuple[Finding, ...]:
    """Return a finding for each metric, best first at corpus level with the first source."""
    first = climbed.climbs[0]
    corpus = {row.name: row.value for row in first.rows if _is(row, "corpus", "spearman")}
    order = sorted(corpus, key=lambda name: (isnan(corpus[name]), -corpus[name]))
    return tuple(_finding(name, climbed, people) for name in order)


def _finding(name: str, climbed: Climbed, people: Sequence[Row]) -> Finding:
    punished: dict[str, tuple[str, ...]] = {
        climb.source: _punished(name, climb) for climb in climbed.climbs
    }
    unseen = tuple(
        row.statistic.partition(":")[0]
        for row in climbed.climbs[0].rows
        if row.name == name and row.level == "damage" and _is_all(row) and not _above(row)
    )
    said = [words for climb in climbed.climbs if (words := _climbs(name, climb, climbed))]
    said += [f"people {figure(row)}" for row in people if row.name == name]
    said += [
        f"punishes {', '.join(types)}{_where(source, climbed)}"
        for source, types in punished.items()
        if types
    ]
    said += [f"does not see {', '.join(unseen)}"] if unseen else []
    return Finding(name, "; ".join(said), punished, unseen)


def _punished(name: str, climb: Climb) -> tuple[str, ...]:
    rows = [row for row in climb.rows if row.name == name and row.level == "type"]
    worst = sorted(rows, key=lambda row: row.value)
    return tuple(row.statistic for row in worst if row.high is not None and row.high < 0)


def _climbs(name: str, climb: Climb, climbed: Climbed) -> str:
    rows = [row for row in climb.rows if row.name == name]
    corpora = [row for row in rows if _is(row, "corpus", "spearman")]
    sentences = [row for row in rows if _is(row, "sentence", "tau, all pairs")]
    if not corpora or not sentences:
        return ""
    where = _where(climb.source, climbed)
    return f"corpora {figure(corpora[0])}, sentences {figure(sentences[0])}{where}"


def _where(source: str, climbed: Climbed) -> str:
    return f" with the {source} source" if len(climbed.climbs) > 1 else ""


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
