"""Ranks systems by a table of preferences: the figures of each system, and of the comparisons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.data.preference_tables import PreferenceColumns, read_preferences
from evaluation.data.preferences import Preferences
from evaluation.reporting.table import Row, Table, sign
from evaluation.statistics.preference_ranking import Effect, Ranking, by_bradley_terry
from evaluation.statistics.significance import RESAMPLES, SEED


@dataclass(frozen=True, eq=False)
class Ranked:
    """A table of preferences, the ranking by it, notes, and all figures."""

    name: str
    preferences: Preferences
    ranking: Ranking
    notes: tuple[str, ...]
    table: Table

    @property
    def order(self) -> list[int]:
        """The indices of the systems from the best."""
        return [int(i) for i in np.argsort(-self.ranking.standings.score, kind="stable")]


def rank(
    path: Path,
    columns: PreferenceColumns | None = None,
    rater: str | None = None,
    without: Sequence[str] = (),
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Ranked:
    """Rank the systems of a table of preferences.

    Args:
        path: a file for `preference_tables.read_preferences`.
        columns: the headings, where they are others than usual.
        rater: the rater or judge, where only one is wanted.
        without: systems left out.
        resamples: the number of resamples of the segments.
        seed: the seed of the resamples.

    Raises:
        DataError: the table cannot be read.
        InputError: no comparisons are left, or none connect some systems with the others.
    """
    preferences = read_preferences(path, columns, rater)
    names = [name for name in preferences.systems if name not in without]
    chosen = preferences.among(names) if without else preferences
    ranking = by_bradley_terry(chosen, resamples, seed)
    table = Table(
        list(_rows(chosen, ranking)), sign(f"rank {path.stem}", _parameters(ranking, seed))
    )
    return Ranked(path.stem, chosen, ranking, tuple(_notes(chosen, ranking)), table)


def _parameters(ranking: Ranking, seed: int) -> dict[str, object]:
    effects = [name for name in ("position", "length") if getattr(ranking, name) is not None]
    model = "+".join(["bradley-terry", *effects])
    return {"model": model, "resamples": ranking.resamples, "seed": seed}


def _rows(preferences: Preferences, ranking: Ranking) -> Iterator[Row]:
    standings, n = ranking.standings, preferences.points().sum(axis=1)
    order = np.argsort(-standings.score, kind="stable")
    for i in map(int, order):
        bounds = standings.score[i], standings.low[i], standings.high[i]
        yield _row(preferences.systems[i], "Elo", bounds, int(n[i]))
    for i in map(int, order):
        bounds = ranking.shares[i], ranking.shares_low[i], ranking.shares_high[i]
        yield _row(preferences.systems[i], "share of wins", bounds, int(n[i]))
    ties = float((preferences.preferred == 0).mean())
    yield Row("comparisons", "preferences", "share of ties", ties, n=len(preferences))
    if preferences.has_positions:
        decided = preferences.preferred[preferences.preferred != 0]
        if len(decided):
            first = float((decided > 0).mean())
            yield Row("comparisons", "preferences", "first preferred", first, n=len(decided))
    for statistic, effect in (
        ("Elo, of the first position", ranking.position),
        ("Elo, of twice the length", ranking.length),
    ):
        if effect is not None:
            yield _row("comparisons", statistic, effect, len(preferences), "preferences")


def _row(
    name: str,
    statistic: str,
    figures: Effect | tuple[float, float, float],
    n: int,
    level: str = "system",
) -> Row:
    value, low, high = map(float, figures)
    if np.isnan(low):
        return Row(name, level, statistic, value, n=n)
    return Row(name, level, statistic, value, low, high, n)


def _notes(preferences: Preferences, ranking: Ranking) -> Iterator[str]:
    yield from ranking.notes
    if preferences.unanswered:
        yield f"{preferences.unanswered} comparisons without a winner are left out"
    if preferences.lengths is not None and (n := int(np.isnan(preferences.lengths).any(1).sum())):
        yield f"{n} comparisons without a length count as of equal length"
    if len(preferences.raters) > 1:
        yield f"{len(preferences.raters)} raters are taken together; `--rater` selects one"
