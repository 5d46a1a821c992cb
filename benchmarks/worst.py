"""A search for the requests that cost the most: by their estimate, and by their characters.

Hypothesis varies recipes for requests (`benchmarks.worst_requests`) towards a higher ratio of CPU
time to units of work, and to characters. The same seed tries the same recipes; those that turn out
worst depend a little on the machine. What is found is kept in `tests/costs/worst.json`, where a
test counts that the cost grows no faster than the texts.

    python -m benchmarks.worst [--seconds 60] [--seed 1] [--words 1000] [--save FILE] [route ...]
"""

import argparse
import json
import time
from collections.abc import Callable
from contextlib import suppress
from math import log
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings, target

from benchmarks.costs import timed
from benchmarks.table import publish
from benchmarks.worst_requests import RECIPES, ROUTES, Recipe
from service.core.limits import Refused

_MOST = 100_000  # examples; the time ends the search before
_LEAST_MS = 2.0  # shorter work is not timed well


class Found(NamedTuple):
    """A recipe with its CPU milliseconds, units and characters."""

    recipe: Recipe
    milliseconds: float
    units: int
    characters: int

    @property
    def by_estimate(self) -> float:
        """CPU microseconds a unit."""
        return 1000 * self.milliseconds / max(self.units, 1)

    @property
    def by_character(self) -> float:
        """CPU microseconds a character."""
        return 1000 * self.milliseconds / self.characters


class _OutOfTime(BaseException):
    pass


def search(route: str, words: int, seconds: float, number: int) -> list[Found]:
    """Return the recipes that were tried, until the time is over."""
    found: list[Found] = []
    until = time.monotonic() + seconds

    @seed(number)
    @settings(
        max_examples=_MOST, deadline=None, database=None, phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(RECIPES)
    def trying(recipe: Recipe) -> None:
        if time.monotonic() > until:
            raise _OutOfTime
        one = measured(route, recipe, words)
        if one is not None:
            found.append(one)
            target(log(one.by_estimate), label="by estimate")
            target(log(one.by_character), label="by character")

    with suppress(_OutOfTime):
        trying()
    return found


def measured(route: str, recipe: Recipe, words: int) -> Found | None:
    """Return the cost of a recipe; `None` where it is refused or too little to time."""
    try:
        work, units, characters = ROUTES[route](recipe, words)
        milliseconds = 1000 * timed(work)
    except (Refused, ValueError):
        return None
    if milliseconds < _LEAST_MS:
        return None
    return Found(recipe, 1000 * min(timed(work), milliseconds / 1000), units, characters)


def main() -> None:
    """Print the worst of each route, and save them if asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("routes", nargs="*", default=list(ROUTES))
    options.add_argument("--seconds", type=float, default=60, help="for each route")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--words", type=int, default=1000)
    options.add_argument("--save", type=Path)
    chosen = options.parse_args()
    rows: list[dict[str, object]] = []
    kept: list[dict[str, object]] = []
    for route in chosen.routes:
        found = search(route, chosen.words, chosen.seconds, chosen.seed)
        for what, worst in _WORST.items():
            if found:
                one = max(found, key=worst)
                rows.append(_row(route, what, one, len(found)))
                kept.append({"route": route, **one.recipe.fields()})
    publish(f"python -m benchmarks.worst --seed {chosen.seed} --words {chosen.words}", rows)
    for row in kept:
        print(json.dumps(row, ensure_ascii=False))
    if chosen.save:
        chosen.save.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


_WORST: dict[str, Callable[[Found], float]] = {
    "by estimate": lambda one: one.by_estimate,
    "by character": lambda one: one.by_character,
}


def _row(route: str, what: str, one: Found, tried: int) -> dict[str, object]:
    return {
        "route": route,
        "worst": what,
        "tried": tried,
        "characters": f"{one.characters:,}",
        "CPU ms": f"{one.milliseconds:.1f}",
        "units": f"{one.units:,}",
        "µs a unit": f"{one.by_estimate:.2f}",
        "µs a character": f"{one.by_character:.2f}",
    }


if __name__ == "__main__":
    main()
