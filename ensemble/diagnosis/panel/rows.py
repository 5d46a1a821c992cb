"""The results of the study of a panel, as rows of figures, as one table, and in words."""

from collections.abc import Iterable, Iterator, Sequence

from ensemble.diagnosis.panel.results import BEST, Figures
from evaluation.reporting.table import Row
from evaluation.statistics.significance import Difference

NOT_SHOWN = "not shown to be worth it"

_ABSENT = "–"


def rows_of(every: Iterable[Figures], measure: str) -> Iterator[Row]:
    """Yield the figures of each way to answer, one a row."""
    for figures in every:
        name, level, n = figures.name, figures.level, figures.n
        low, high = map(float, figures.interval)
        yield Row(name, level, measure, figures.score, low, high, n)
        if figures.gain is not None:
            bounds = map(float, (figures.gain.delta, figures.gain.low, figures.gain.high))
            yield Row(name, level, f"gain over the {BEST}", *bounds, n)
        if figures.added is not None:
            bounds = map(float, (figures.added.delta, figures.added.low, figures.added.high))
            yield Row(name, level, "gain over the votes for the same outputs", *bounds, n)
        costs = {
            "calls a prompt": figures.calls,
            "tokens in a prompt": figures.tokens_in,
            "tokens out a prompt": figures.tokens_out,
            "price of 1000 prompts": figures.price,
            f"calls, times those of the {BEST}": figures.calls_ratio,
            f"price, times that of the {BEST}": figures.price_ratio,
            "more calls a prompt for each point": figures.calls_per_point,
            "more price of 1000 prompts for each point": figures.price_per_point,
            "prompts needed to show this difference": figures.needed,
        }
        for statistic, value in costs.items():
            if value is not None:
                yield Row(name, level, statistic, value)


def table_of(every: Sequence[Figures]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the lines of one table; prices only where one is known.

    Calls and tokens are of a prompt, prices of a thousand prompts.
    """
    columns: dict[str, list[str]] = {
        "way to answer": [f"{place}. {f.name}" for place, f in enumerate(every, start=1)],
        "score": [f"{f.score:.2f} ({f.interval.low:.2f} to {f.interval.high:.2f})" for f in every],
        "gain over the best single model": [_gain(f.gain) for f in every],
        "gain over votes alone": [_gain(f.added) for f in every],
        "calls": [f"{f.calls:.1f}" for f in every],
        "tokens in + out": [f"{f.tokens_in:,.0f} + {f.tokens_out:,.0f}" for f in every],
        "calls a point": [_a_point(f, f.calls_per_point) for f in every],
        "price": [_ABSENT if f.price is None else f"{f.price:.3g}" for f in every],
        "price a point": [_a_point(f, f.price_per_point) for f in every],
        "prompts needed": [_ABSENT if f.needed is None else f"about {f.needed:,}" for f in every],
    }
    if all(figures.price is None for figures in every):
        del columns["price"], columns["price a point"]
    return list(columns), [list(cells) for cells in zip(*columns.values(), strict=True)]


def _gain(gain: Difference | None) -> str:
    return _ABSENT if gain is None else signed(gain)


def signed(gain: Difference) -> str:
    """Return a difference with its interval: `+1.25 (-0.50 to +3.00)`."""
    return f"{gain.delta:+.2f} ({gain.low:+.2f} to {gain.high:+.2f})"


def _a_point(figures: Figures, cost: float | None) -> str:
    """Return the cost of a point; in brackets where the gain may be chance."""
    if cost is None:
        return _ABSENT
    return f"{cost:.2f}" if figures.is_gain else f"({cost:.2f}: {NOT_SHOWN})"


def sentence(figures: Figures) -> str:
    """Return the conclusion on the panel (or on a model's samples) in one sentence."""
    gain = figures.gain
    if gain is None:
        raise ValueError(f"{figures.name} is not compared with the {BEST}")
    what = f"the {figures.name}" if figures.level == "panel" else figures.name
    price = f" and {figures.price_ratio:.1f} times the price" if figures.price_ratio else ""
    times = f"for {figures.calls_ratio:.1f} times the calls{price}"
    start = f"{what} gains {signed(gain).replace(' ', ' points ', 1)} over the {BEST} {times}"
    return f"{start[0].upper()}{start[1:]}: {_judgement(figures)}"


def _judgement(figures: Figures) -> str:
    if figures.is_loss:
        return f"not worth it on {figures.n} prompts"
    if not figures.is_gain:
        return f"{NOT_SHOWN} on {figures.n} prompts"
    more = f"{figures.calls_per_point:.1f} more calls a prompt for each point"
    if figures.price_per_point is not None:
        more = f"a price of {figures.price_per_point:.3g} more for 1000 prompts and each point"
    return f"shown on {figures.n} prompts, at {more}"


def main_of(every: Sequence[Figures]) -> Figures:
    """Return the figures that the first sentence is about: the panel, or a model's samples."""
    return next(f for level in ("panel", "samples") for f in every if f.level == level)
