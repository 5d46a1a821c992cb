"""Whether a system has changed: its last edits that were judged, against all before them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scipy.stats import fisher_exact

WINDOW = 50
"""Judged edits in a window; a system is looked at once, whenever another window is full."""

FALSE_ALARMS = 0.01
"""At most so often is a system warned of that has not changed, among all that are looked at."""


class Block(NamedTuple):
    """Of a system's judged edits in order, so many that stand together: how many were accepted."""

    judged: int
    accepted: int


class Drift(NamedTuple):
    """What a look at a system found: the shares accepted, and how likely if nothing changed.

    `warning` is whether `p`, times the number of systems looked at, is at most `FALSE_ALARMS`.
    """

    recent: float
    before: float
    p: float
    warning: bool


def look(blocks: Mapping[str, Sequence[Block]]) -> dict[str, Drift]:
    """Return what is found of each system with two full windows: the last one, and all before.

    Fisher's exact test, two-sided, after Bonferroni: whatever the rates, the chance of any
    false alarm is at most `FALSE_ALARMS` each time that windows fill up. Looks do not add up
    within a window, since only full ones count, in the order of arrival.
    """
    full = {name: [b for b in some if b.judged == WINDOW] for name, some in blocks.items()}
    looked = {name: some for name, some in full.items() if len(some) >= 2}
    return {name: _drift(some, FALSE_ALARMS / len(looked)) for name, some in looked.items()}


def _drift(blocks: Sequence[Block], level: float) -> Drift:
    recent = blocks[-1].accepted
    n, before = WINDOW * (len(blocks) - 1), sum(block.accepted for block in blocks[:-1])
    table = [[recent, WINDOW - recent], [before, n - before]]
    p = float(fisher_exact(table).pvalue)
    return Drift(recent / WINDOW, before / n, p, p <= level)
