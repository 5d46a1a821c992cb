"""The cost of asking a system or a judge: calls, tokens, and money by the prices of a roster."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

MILLION = 1_000_000
"""Prices are for this many tokens, as providers state them."""

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""The price of a million tokens, in any currency; a roster has the same for all its entries."""


@dataclass(slots=True)
class Spent:
    """The cost of some calls, which adds up as they are made, also where they fail.

    `tokens_in`, `tokens_out` and `cost` are `None` where nothing reported them; `cost` is in the
    currency of the prices in the roster. `remembered` counts answers from a cache, which are free.
    """

    calls: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    remembered: int = 0

    def __bool__(self) -> bool:
        """Return whether there is anything to report."""
        counted = self.calls or self.remembered
        return bool(counted) or (self.tokens_in, self.tokens_out, self.cost) != (None, None, None)

    @property
    def tokens(self) -> int:
        """Tokens in and out; 0 where nothing reported them."""
        return (self.tokens_in or 0) + (self.tokens_out or 0)

    def add_tokens(self, tokens_in: int, tokens_out: int, cost: float | None) -> None:
        """Add the tokens of one call and, where there are prices, its cost."""
        self.tokens_in = (self.tokens_in or 0) + tokens_in
        self.tokens_out = (self.tokens_out or 0) + tokens_out
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost

    def add(self, other: "Spent") -> None:
        """Add what other calls cost."""
        self.calls += other.calls
        self.remembered += other.remembered
        if other.tokens_in is not None or other.tokens_out is not None:
            self.add_tokens(other.tokens_in or 0, other.tokens_out or 0, None)
        if other.cost is not None:
            self.cost = (self.cost or 0.0) + other.cost


def total(costs: Iterable[Spent]) -> Spent:
    """Return the sum of `costs`."""
    together = Spent()
    for spent in costs:
        together.add(spent)
    return together
