"""Progress of long work: what shows it is passed in by the caller."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Passes items through, and shows how many of the `total` named items are done."""

    def __call__(
        self, items: Iterable[Item], what: str, total: int | None = None, /
    ) -> Iterable[Item]:
        """Return `items`; where there is no `total`, as many as `items` says it has."""


def quietly(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return `items`, and show nothing."""
    return items
