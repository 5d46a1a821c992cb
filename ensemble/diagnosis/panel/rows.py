"""The results of the study of a panel, as rows of figures, as one table, and in words."""

from collections.abc import Iterable, Iterator, Sequence

from ensemble.diagnosis.panel.costs import CALLS, READ, WRITTEN
from ensemble.diagnosis.panel.figures import Estimate, Figures
from ensemble.diagnosis.panel.results import BEST
from evaluation.reporting.table import Row

NOT_SHOWN = "not shown to be worth it"

_ABSENT = "–"


def rows_of(every: Iterable[Figures], measure: str) -> Iterator[Row]:
    """Yield the figures of each way to answer, one a row."""
    for figures in every:
        name, level, n = figures.name, figures.level, figures.n
        estimates = {
            measure: figures.score,
            f"gain over the {BEST}": figures.gain,
            "gain over the votes for the same outputs": figures.added,
        }
        for statistic, estimate in estimates.items():
            if estimate is not None:
                yield Row(name, level, statistic, *estimate, n)
        costs = {
            "calls a prompt": float(figures.cost[CALLS]),
            "tokens in a prompt": float(figures.cost[READ]),
            "tokens out a prompt": float(figures.cost[WRITTEN]),
            "price of 1000 prompts": figures.price,
            f"calls, times those of the {BEST}": float(figures.ratio[CALLS]),
            f"price, times that of the {BEST}": figures.price_ratio,
            "more calls a prompt for each point": figures.calls_per_point,
            "more price of 1000 prompts for each point": figures.price_per_point,
            "prompts needed to show this gain": figures.needed,
        }
        for statistic, value in costs.items():
            if value is not None:
                yield Row(name, level, statistic, value)


def table_of(every: Sequence[Figures]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the lines of one table; columns in which nothing is known are absent.

    Calls and tokens are of a prompt, prices of a thousand prompts.
    """
    columns: dict[str, list[str]] = {
        "way to answer": [f"{place}. {f.name}" for place, f in enumerate(every, start=1)],
        "score": [f"{f.score.value:.2f} ({_bounds(f.score, '.2f')})" for f in every],
        "gain over the best single model": [_gain(f.gain) for f in every],
        "gain over votes alone": [_gain(f.added) for f in every],
        "calls": [f"{f.cost[CALLS]:.1f}" for f in every],
        "tokens in + out": [f"{f.cost[READ]:,.0f} + {f.cost[WRITTEN]:,.0f}" for f in every],
        "price": [_short(f.price) for f in every],
        "calls a point": [_short(f.calls_per_point) for f in every],
        "price a point": [_short(f.price_per_point) for f in every],
        "prompts needed": [_ABSENT if f.needed is None else f"about {f.needed:,}" for f in every],
        "worth it": [_worth(f) for f in every],
    }
    known = {head: cells for head, cells in columns.items() if set(cells) != {_ABSENT}}
    return list(known), [list(cells) for cells in zip(*known.values(), strict=True)]


def signed(gain: Estimate) -> str:
    """Return a difference with its interval: `+1.25 (-0.50 to +3.00)`."""
    return f"{gain.value:+.2f} ({_bounds(gain, '+.2f')})"


def _bounds(estimate: Estimate, form: str) -> str:
    return f"{estimate.low:{form}} to {estimate.high:{form}}"


def _gain(gain: Estimate | None) -> str:
    return _ABSENT if gain is None else signed(gain)


def _short(number: float | None) -> str:
    return _ABSENT if number is None else f"{number:.3g}"


def _worth(figures: Figures) -> str:
    if figures.level == "single":
        return _ABSENT
    return "no" if figures.is_loss else "a gain is shown" if figures.is_gain else NOT_SHOWN


def sentence(figures: Figures) -> str:
    """Return the conclusion on the panel (or on a model's samples) in one sentence."""
    gain = figures.gain
    if gain is None:
        raise ValueError(f"{figures.name} is not compared with the {BEST}")
    points = signed(gain).replace(" ", " points ", 1)
    price = f" and {figures.price_ratio:.1f} times the price" if figures.price_ratio else ""
    times = f"for {figures.ratio[CALLS]:.1f} times the calls{price}"
    what = f"The {figures.name}" if figures.level == "panel" else figures.name
    return f"{what} gains {points} over the {BEST} {times}: {_judgement(figures)}"


def _judgement(figures: Figures) -> str:
    if figures.is_loss:
        return f"not worth it on {figures.n} prompts"
    if not figures.is_gain:
        return f"{NOT_SHOWN} on {figures.n} prompts"
    if figures.price_per_point is not None:
        more = f"for {figures.price_per_point:.3g} more per 1000 prompts"
    else:
        more = f"for {figures.calls_per_point:.2g} more calls a prompt"
    return f"shown on {figures.n} prompts, each point {more}"


def main_of(every: Sequence[Figures]) -> Figures:
    """Return the figures that the first sentence is about: the panel, or a model's samples."""
    return next(f for level in ("panel", "samples") for f in every if f.level == level)
