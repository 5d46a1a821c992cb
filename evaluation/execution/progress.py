"""Progress of long work: what shows it is passed in by the caller."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class Step(Generic[Item]):
    """One step of long work: the `item` to work on, its `name`, and the `figures` it results in.

    The loop over the steps sets the figures, by their names; they are shown, and may be logged,
    when the next step begins.
    """

    item: Item
    name: str = ""
    figures: dict[str, float] = field(default_factory=dict)


class Progress(Protocol):
    """Passes items through, and shows how many of the `total` named items are done.

    Of items that are a `Step`, the name and the figures are shown too.
    """

    def __call__(
        self, items: Iterable[Item], what: str, total: int | None = None, /
    ) -> Iterable[Item]:
        """Return `items`; where there is no `total`, as many as `items` says it has."""


def quietly(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return `items`, and show nothing."""
    return items


def as_one_step(work: Callable[[], Item], what: str, progress: Progress) -> Item:
    """Return the result of `work`, which is shown as a stage of one step."""
    (result,) = [work() for _ in progress([None], what)]
    return result


_shown: ContextVar[Progress] = ContextVar("progress", default=quietly)


@contextmanager
def showing(progress: Progress) -> Iterator[None]:
    """Have `progress` show the parts of steps too, which are not handed one."""
    token = _shown.set(progress)
    try:
        yield
    finally:
        _shown.reset(token)


def parts(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return the parts of a step, such as of one training of many; shown within `showing`."""
    return _shown.get()(items, what, total)
