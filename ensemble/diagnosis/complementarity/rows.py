"""What a study of complementarity found, as rows of figures and in words."""

from collections.abc import Iterator

import numpy as np

from ensemble.diagnosis.complementarity.forecast import Forecast
from ensemble.diagnosis.complementarity.page import Found
from ensemble.diagnosis.complementarity.pairs import Pairs
from ensemble.diagnosis.complementarity.pool import COMBINERS, Pool
from evaluation.reporting.table import Row
from evaluation.statistics.significance import Difference, bootstrap, paired_difference


def together(pool: Pool) -> Iterator[Row]:
    """Yield the scores of the oracle and of the combination, and what lies between."""
    everybody = range(len(pool.systems))
    name, statistic = pool.yardstick
    combiner, n = COMBINERS[pool.kind], len(pool.ballots)
    best, vote = pool.oracle(everybody), pool.combined(everybody)
    for who, counts in (("oracle", best), (combiner, vote)):
        low, high = map(float, bootstrap(counts, statistic))
        yield Row(who, "ensemble", name, pool.score(counts), low, high, n)
    gap = paired_difference(best, vote, statistic)
    yield _difference("oracle", "ensemble", f"above the {combiner}", gap, n)
    singles = [pool.alone(i) for i in everybody]
    top = max(everybody, key=lambda i: pool.score(singles[i]))
    gain = paired_difference(vote, singles[top], statistic)
    what = f"above the best system, {pool.systems[top]}"
    yield _difference(combiner, "ensemble", what, gain, n)


def _difference(name: str, level: str, statistic: str, found: Difference, n: int) -> Row:
    delta, low, high = float(found.delta), float(found.low), float(found.high)
    return Row(name, level, statistic, delta, low, high, n)


def each(pool: Pool, found: Found) -> Iterator[Row]:
    """Yield the score of each system, what is lost without it, and its Shapley values."""
    name, statistic = pool.yardstick
    n = len(pool.ballots)
    for i, system in enumerate(pool.systems):
        counts = pool.alone(i)
        low, high = map(float, bootstrap(counts, statistic))
        yield Row(system, "system", name, pool.score(counts), low, high, n)
        for of, lost in found.lost.items():
            yield _difference(system, "system", f"lost by the {of} without it", lost[i], n)
        for of, worth in found.worths.items():
            value, half = float(worth.value[i]), float(worth.half[i])
            yield Row(system, "system", f"Shapley value, {of}", value, value - half, value + half)


def foretold(found: Forecast | None) -> Iterator[Row]:
    """Yield how far each forecast of the gain of adding a system correlates with that gain."""
    if found is None:
        return
    forecasts = {
        "forecast": found.foretold,
        "measured on the same labels": found.measured,
        "the score of the system alone": found.alone,
    }
    for name, values in forecasts.items():
        r = found.r(values)
        low, high = map(float, np.percentile(r, (2.5, 97.5)))
        statistic = f"r with the gain of the one held out, {len(r)} draws of {found.n} labelled"
        yield Row(name, "forecast", statistic, float(r.mean()), low, high, len(found.systems))
    for i, system in enumerate(found.systems):
        for what, of in (("foretold", found.foretold), ("gained", found.gained)):
            own = of[:, i]
            low, high = map(float, np.percentile(own, (2.5, 97.5)))
            yield Row(system, "forecast", f"{what} by adding it", float(own.mean()), low, high)


def agreement(pool: Pool, pairs: Pairs) -> Iterator[Row]:
    """Yield the mean of each measure over all pairs of systems that it is defined for."""
    one, other = np.triu_indices(len(pool.systems), 1)
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
        known = values[one, other][np.isfinite(values[one, other])]
        if len(known):
            yield Row("mean of pairs", "pairs", name, float(known.mean()), n=len(known))


def verdicts(pool: Pool, found: Found) -> Iterator[str]:
    """Yield in words what was found."""
    everybody = range(len(pool.systems))
    one, other = np.triu_indices(len(pool.systems), 1)
    alike = found.pairs.jaccard[one, other]
    k = int(np.argmax(alike))
    yield (
        f"two systems share {alike.mean():.0%} of what either says; most alike are "
        f"{pool.systems[one[k]]} and {pool.systems[other[k]]} ({alike[k]:.0%})"
    )
    if not pool.labelled:
        return
    combiner = COMBINERS[pool.kind]
    oracle, vote = pool.score(pool.oracle(everybody)), pool.score(pool.combined(everybody))
    best = max(pool.score(pool.alone(i)) for i in everybody)
    yield (
        f"the oracle reaches {oracle:.1f} {pool.yardstick.name}, the {combiner} {vote:.1f}, the "
        f"best system {best:.1f}: of what the oracle has over the best system, the {combiner} "
        f"realises {(vote - best) / max(oracle - best, 1e-9):.0%}"
    )
    for name, worth in found.worths.items():
        ranked = ", ".join(pool.systems[i] for i in np.argsort(-worth.value))
        yield f"to the {name} contribute, from the most: {ranked}"
    lost = found.lost[combiner]
    idle = [pool.systems[i] for i in everybody if lost[i].low <= 0]
    if idle:
        yield f"the {combiner} is not shown to need {', '.join(idle)}"
    if found.forecast is not None:
        yield found.forecast.in_words()
