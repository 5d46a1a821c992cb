"""Progress bars for scripts and notebooks."""

from collections.abc import Iterable

from evaluation.execution.progress import Item, Progress, quietly


def progress_of(verbose: bool) -> Progress:
    """Return what shows the progress of long work: a bar on standard error, or nothing."""
    return _with_bar if verbose else quietly


def _with_bar(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return `items`, with a bar that a notebook shows as a widget if it can."""
    from tqdm.auto import tqdm  # imported here: in a notebook it looks for widgets

    bar: Iterable[Item] = tqdm(items, desc=what, total=total, leave=False)
    return bar
