"""The registered metrics as text: for `consort score --help`, and as the table of docs/metrics.md.

`python -m evaluation.metrics.listing` prints that table.
"""

import sys
from collections.abc import Iterator

from evaluation.metrics.base import spell
from evaluation.metrics.registry import Entry, entries
from evaluation.metrics.tokenizers import DESCRIPTIONS


def help_lines() -> Iterator[str]:
    """Yield a line for each metric: its name with its options' defaults, needs and summary."""
    for entry in entries().values():
        needs = f" [needs {_needs(entry)}]" if entry.needs else ""
        yield f"{_spelled(entry)}{needs}: {entry.summary}"


def tokenizer_lines() -> Iterator[str]:
    """Yield a line for each value of the option `tokenize`."""
    yield from (f"{name}: {text}" for name, text in DESCRIPTIONS.items())


def markdown() -> Iterator[str]:
    """Yield the lines of a Markdown table of the metrics."""
    yield "| metric | needs | options and their defaults | what it measures |"
    yield "| --- | --- | --- | --- |"
    for entry in entries().values():
        options = ", ".join(f"`{option.name}={option.default}`" for option in entry.options)
        cells = (f"`{entry.name}`", _needs(entry), options, entry.summary.replace("|", "\\|"))
        yield f"| {' | '.join(cells)} |"


def _spelled(entry: Entry) -> str:
    return spell(entry.name, {option.name: option.default for option in entry.options})


def _needs(entry: Entry) -> str:
    return " and ".join(sorted(entry.needs, reverse=True)) or ""


if __name__ == "__main__":
    sys.stdout.write("\n".join(markdown()) + "\n")
