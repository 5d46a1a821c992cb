"""The results of a study of complementarity, as rows of figures and in words."""

from collections.abc import Iterator

import numpy as np

from ensemble.diagnosis.complementarity.forecast import Forecast
from ensemble.diagnosis.complementarity.page import Results
from ensemble.diagnosis.complementarity.pairs import Pairs
from ensemble.diagnosis.complementarity.pool import COMBINERS, Pool
from evaluation.reporting.table import Row
from evaluation.statistics.significance import Difference, bootstrap, paired_difference


def ensemble_rows(pool: Pool) -> Iterator[Row]:
    """Yield the scores of the oracle and of the combination, and their differences."""
    everyone = range(len(pool.systems))
    name, statistic = pool.yardstick
    combiner, n = COMBINERS[pool.kind], len(pool.ballots)
    best, vote = pool.oracle(everyone), pool.combined(everyone)
    for output, counts in (("oracle", best), (combiner, vote)):
        low, high = map(float, bootstrap(counts, statistic))
        yield Row(output, "ensemble", name, pool.score(counts), low, high, n)
    gap = paired_difference(best, vote, statistic)
    yield _difference("oracle", "ensemble", f"above the {combiner}", gap, n)
    singles = [pool.alone(i) for i in everyone]
    top = max(everyone, key=lambda i: pool.score(singles[i]))
    gain = paired_difference(vote, singles[top], statistic)
    what = f"above the best system, {pool.systems[top]}"
    yield _difference(combiner, "ensemble", what, gain, n)


def _difference(name: str, level: str, statistic: str, difference: Difference, n: int) -> Row:
    delta, low, high = float(difference.delta), float(difference.low), float(difference.high)
    return Row(name, level, statistic, delta, low, high, n)


def system_rows(pool: Pool, results: Results) -> Iterator[Row]:
    """Yield the score of each system, the loss without it, and its Shapley values."""
    name, statistic = pool.yardstick
    n = len(pool.ballots)
    for i, system in enumerate(pool.systems):
        counts = pool.alone(i)
        low, high = map(float, bootstrap(counts, statistic))
        yield Row(system, "system", name, pool.score(counts), low, high, n)
        for of, lost in results.lost.items():
            yield _difference(system, "system", f"lost by the {of} without it", lost[i], n)
        for of, shapley in results.shapley_values.items():
            value, half = float(shapley.value[i]), float(shapley.half[i])
            yield Row(system, "system", f"Shapley value, {of}", value, value - half, value + half)


def forecast_rows(forecast: Forecast | None) -> Iterator[Row]:
    """Yield the correlation of each forecast with the gain of adding a system."""
    if forecast is None:
        return
    forecasts = {
        "forecast": forecast.foretold,
        "measured on the same labels": forecast.measured,
        "the score of the system alone": forecast.alone,
    }
    for name, values in forecasts.items():
        r = forecast.r(values)
        low, high = map(float, np.percentile(r, (2.5, 97.5)))
        statistic = f"r with the gain of the one held out, {len(r)} draws of {forecast.n} labelled"
        yield Row(name, "forecast", statistic, float(r.mean()), low, high, len(forecast.systems))
    for i, system in enumerate(forecast.systems):
        for what, of in (("foretold", forecast.foretold), ("gained", forecast.gained)):
            values = of[:, i]
            low, high = map(float, np.percentile(values, (2.5, 97.5)))
            yield Row(system, "forecast", f"{what} by adding it", float(values.mean()), low, high)


def pair_rows(pool: Pool, pairs: Pairs) -> Iterator[Row]:
    """Yield the mean of each measure over all pairs of systems for which it is defined."""
    first, second = np.triu_indices(len(pool.systems), 1)
    measures = {
        "Jaccard of what they say": pairs.jaccard,
        "share of items where they do not do the same": pairs.differ,
        "kappa of doing the same": pairs.kappa,
        "share of items one gets right, the other wrong": pairs.disagreement,
        "Yule's Q": pairs.q,
        "double fault": pairs.double_fault,
        "kappa of being right": pairs.kappa_right,
    }
    for name, values in measures.items():
        known = values[first, second][np.isfinite(values[first, second])]
        if len(known):
            yield Row("mean of pairs", "pairs", name, float(known.mean()), n=len(known))


def verdicts(pool: Pool, results: Results) -> Iterator[str]:
    """Yield sentences on the results."""
    everyone = range(len(pool.systems))
    first, second = np.triu_indices(len(pool.systems), 1)
    alike = results.pairs.jaccard[first, second]
    k = int(np.argmax(alike))
    yield (
        f"two systems share {alike.mean():.0%} of what either says; most alike are "
        f"{pool.systems[first[k]]} and {pool.systems[second[k]]} ({alike[k]:.0%})"
    )
    if not pool.labelled:
        return
    combiner = COMBINERS[pool.kind]
    oracle, vote = pool.score(pool.oracle(everyone)), pool.score(pool.combined(everyone))
    best = max(pool.score(pool.alone(i)) for i in everyone)
    yield (
        f"the oracle reaches {oracle:.1f} {pool.yardstick.name}, the {combiner} {vote:.1f}, the "
        f"best system {best:.1f}: of what the oracle has over the best system, the {combiner} "
        f"realises {(vote - best) / max(oracle - best, 1e-9):.0%}"
    )
    for name, shapley in results.shapley_values.items():
        ranked = ", ".join(pool.systems[i] for i in np.argsort(-shapley.value))
        yield f"to the {name} contribute, from the most: {ranked}"
    lost = results.lost[combiner]
    not_needed = [pool.systems[i] for i in everyone if lost[i].low <= 0]
    if not_needed:
        yield f"the {combiner} is not shown to need {', '.join(not_needed)}"
    if results.forecast is not None:
        yield results.forecast.in_words()
