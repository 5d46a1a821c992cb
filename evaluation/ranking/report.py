"""The report of a ranking: the verdict, a table of systems, and plots of their strengths."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluation.ranking.run import Ranked
from evaluation.reporting.markdown import markdown_rows, markdown_table
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport
from evaluation.statistics.bradley_terry import win_chance
from evaluation.statistics.preference_ranking import LEVEL, Effect

_MOST_NAMED = 8  # systems in a sentence
_MOST_IN_MATRIX = 30  # systems, above which a matrix of all pairs is illegible


def report(ranked: Ranked) -> RunReport:
    """Return the report of a ranking."""
    return RunReport(
        subject="Systems by preferences",
        name=ranked.name,
        verdicts=list(verdicts(ranked)),
        notes=ranked.notes,
        table=ranked.table,
        content={"systems": systems_of(ranked), "effects": _effects(ranked)},
        details=lambda: _details(ranked),
        sections=lambda: _sections(ranked),
    )


def verdicts(ranked: Ranked) -> Iterator[str]:
    """Yield the conclusions: which system is ahead, the clusters, and the effects."""
    standings, names = ranked.ranking.standings, ranked.preferences.systems
    ahead = _ahead(ranked)
    if not ranked.ranking.has_ranks:
        yield f"{ahead}; how certain that is cannot be said of so few segments"
    else:
        clusters = int(standings.cluster.max())
        yield f"{ahead}{_compared(ranked)}"
        yield f"{len(names)} systems in {clusters} {'cluster' if clusters == 1 else 'clusters'}"
    yield from _on_effect(ranked.ranking.position, "the first position")
    yield from _on_effect(ranked.ranking.length, "an output twice as long")


def _level(ranked: Ranked) -> list[int]:
    """Return the systems whose strength is the best one's, up to rounding."""
    score = ranked.ranking.standings.score
    return [i for i in ranked.order if score[i] >= score[ranked.order[0]] - LEVEL]


def _ahead(ranked: Ranked) -> str:
    best, level = ranked.order[0], _level(ranked)
    names = _listed([ranked.preferences.systems[i] for i in level])
    verb = "is ahead" if len(level) == 1 else "are level"
    return f"{names} {verb} ({ranked.ranking.standings.score[best]:.0f} Elo{_bounds(ranked, best)})"


def _compared(ranked: Ranked) -> str:
    level, cluster = _level(ranked), ranked.ranking.standings.cluster
    others = [i for i in ranked.order if i not in level]
    alike = [ranked.preferences.systems[i] for i in others if cluster[i] == 1]
    if alike:
        them = "it" if len(level) == 1 else "them"
        return f", but the data cannot tell {them} from {_listed(alike)}"
    if not others:
        return ""
    return f", clear of {'the other' if len(others) == 1 else f'all {len(others)} others'}"


def systems_of(ranked: Ranked) -> list[dict[str, Any]]:
    """Return the figures of each system, from the best, as JSON objects."""
    ranking, points = ranked.ranking, ranked.preferences.points()
    standings = ranking.standings
    return [
        {
            "system": ranked.preferences.systems[i],
            "cluster": int(standings.cluster[i]),
            "elo": standings.score[i],
            "low": standings.low[i],
            "high": standings.high[i],
            "best_rank": int(standings.best[i]),
            "worst_rank": int(standings.worst[i]),
            "share_of_wins": ranking.shares[i],
            **dict(zip(("wins", "ties", "losses"), map(int, points[i]), strict=True)),
        }
        for i in ranked.order
    ]


def _effects(ranked: Ranked) -> dict[str, Any]:
    named = {"position": ranked.ranking.position, "length": ranked.ranking.length}
    return {name: effect._asdict() for name, effect in named.items() if effect is not None}


def _bounds(ranked: Ranked, i: int) -> str:
    low, high = ranked.ranking.standings.low[i], ranked.ranking.standings.high[i]
    return "" if np.isnan(low) else f", 95% {low:.0f} to {high:.0f}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _on_effect(effect: Effect | None, cause: str) -> Iterator[str]:
    if effect is None:
        return
    figure = f"{effect.value:+.0f} Elo"
    if np.isnan(effect.low):
        yield f"{cause} is worth {figure}; how certain that is cannot be said"
        return
    bounds = f"95% {effect.low:+.0f} to {effect.high:+.0f}"
    doubt = "" if effect.low * effect.high > 0 else ", which may be chance"
    yield f"{cause} is worth {figure} ({bounds}){doubt}"


def _details(ranked: Ranked) -> Iterator[str]:
    heads = ("cluster", "system", "Elo", "95%", "ranks", "share of wins", "wins", "ties", "losses")
    cells = [_cells(system, ranked.ranking.has_ranks) for system in systems_of(ranked)]
    yield from ("", *markdown_table(heads, cells), "")
    rows = [row for row in ranked.table.rows if row.level != "system"]
    yield from ("", *markdown_rows(rows))


def _cells(system: dict[str, Any], has_ranks: bool) -> list[str]:
    known = not np.isnan(system["low"])
    return [
        str(system["cluster"]) if has_ranks else "–",
        system["system"],
        f"{system['elo']:.0f}",
        f"{system['low']:.0f} to {system['high']:.0f}" if known else "–",
        f"{system['best_rank']}–{system['worst_rank']}" if has_ranks else "–",
        f"{system['share_of_wins']:.3f}",
        *(str(system[key]) for key in ("wins", "ties", "losses")),
    ]


def _sections(ranked: Ranked) -> Iterator[Section]:
    from evaluation.reporting.plots import heat_map, rank_plot

    standings, order = ranked.ranking.standings, ranked.order
    names = [f"{standings.cluster[i]}  {ranked.preferences.systems[i]}" for i in order]
    score, low, high = (array[order] for array in (standings.score, standings.low, standings.high))
    caption = "Elo points with 95% intervals; the number is the cluster, within which the data do"
    drawing = rank_plot(names, score, low, high, "Elo points")
    yield Section("Ranking", (), drawing, f"{caption} not tell systems apart.")
    if len(order) <= _MOST_IN_MATRIX:
        strengths = ranked.ranking.estimates.systems[order]
        chances = win_chance(strengths[:, None] - strengths[None])
        np.fill_diagonal(chances, np.nan)
        label = "chance that the row is preferred to the column, if one is"
        systems = [ranked.preferences.systems[i] for i in order]
        drawing = heat_map(chances, systems, systems, label, 0.5)
        yield Section("Chances of winning", (), drawing, "By the model, effects left out.")
    yield Section("All figures", table=ranked.table)
