"""Drift: tests the acceptance of a system's latest judged edits against all earlier ones."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

WINDOW = 50
"""Judged edits in a window; a system is tested once for each full window."""

FALSE_ALARMS = 0.01
"""Limit on the probability of any false warning among all systems tested."""


class Block(NamedTuple):
    """A window of consecutive judged edits of a system, and the number of accepted ones."""

    judged: int
    accepted: int


class Drift(NamedTuple):
    """Shares of accepted edits in the last window and before it, and the p-value of their test.

    `warning` is whether `p`, times the number of systems tested, is at most `FALSE_ALARMS`.
    """

    recent: float
    before: float
    p: float
    warning: bool


def look(blocks: Mapping[str, Sequence[Block]]) -> dict[str, Drift]:
    """Return the test of the last window against all earlier ones, for systems with two full ones.

    Fisher's exact test, two-sided, with Bonferroni correction: at any rates, the probability of a
    false alarm is at most `FALSE_ALARMS` each time that windows fill up. Repeated calls within a
    window do not add to it, since only full windows count, in the order of arrival.
    """
    full = {name: [b for b in windows if b.judged == WINDOW] for name, windows in blocks.items()}
    tested = {name: windows for name, windows in full.items() if len(windows) >= 2}
    level = FALSE_ALARMS / len(tested) if tested else FALSE_ALARMS
    return {name: _drift(windows, level) for name, windows in tested.items()}


def _drift(blocks: Sequence[Block], level: float) -> Drift:
    recent = blocks[-1].accepted
    n, before = WINDOW * (len(blocks) - 1), sum(block.accepted for block in blocks[:-1])
    p = _p_value(recent, before, n)
    return Drift(recent / WINDOW, before / n, p, p <= level)


@lru_cache(maxsize=4096)
def _p_value(recent: int, before: int, n: int) -> float:
    """Return the p-value, kept until windows fill up: a test takes about a millisecond."""
    from scipy.stats import fisher_exact  # half a second, which a service without feedback saves

    table = [[recent, WINDOW - recent], [before, n - before]]
    return float(fisher_exact(table).pvalue)
