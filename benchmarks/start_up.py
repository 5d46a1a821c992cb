"""How long commands take that do little: Python's start, imports, and the reading of options.

python -m benchmarks.start_up [checkout of another commit ...]
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.checkout import Command, consort
from benchmarks.clock import quantile
from benchmarks.table import publish

RUNS = 10
SEGMENTS, TOKENS, SYSTEMS, CHANGES = 200, 20, "abcde", 3
SEED = 3
WORDS = "she goes to school every day and likes the apple that a teacher gave her friend".split()
PYTHON = ("pass", "import ensemble", "import evaluation", "from ensemble import combine")
CONSORT = ("--help", "combine OUTPUTS -o TEXT", "score TEXT --reference SOURCE")


class Took(NamedTuple):
    """The seconds of a process: those that passed, and those of processors."""

    wall: float
    processor: float


def main(checkouts: Sequence[str]) -> None:
    """Print the table; two minutes, and as much for each other commit."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        write_outputs(folder)
        commits = {path: stack.enter_context(consort(path)) for path in ("", *checkouts)}
        rows = [row for words in (*PYTHON, *CONSORT) for row in measured(words, folder, commits)]
    note = f"Median of {RUNS} runs, 95% bootstrap, seed {SEED}; {SEGMENTS} segments of"
    note += f" {TOKENS} tokens and {len(SYSTEMS)} systems."
    publish("python -m benchmarks.start_up", rows, note)


def write_outputs(folder: Path) -> None:
    """Write a system folder in which each system changed up to `CHANGES` words of a sentence."""
    draw = np.random.default_rng(SEED)
    sources = draw.choice(WORDS, (SEGMENTS, TOKENS))
    write(folder / "source.txt", sources)
    for name in SYSTEMS:
        changed = sources.copy()
        places = draw.integers(0, TOKENS, (SEGMENTS, CHANGES))
        changed[np.arange(SEGMENTS)[:, None], places] = draw.choice(WORDS, places.shape)
        write(folder / f"{name}.txt", changed)


def write(path: Path, texts: np.typing.NDArray[np.str_]) -> None:
    """Write a text a line; `texts` has shape (texts, words)."""
    path.write_text("".join(" ".join(words) + "\n" for words in texts))


def measured(
    words: str, folder: Path, commits: Mapping[str, Command]
) -> Iterator[dict[str, object]]:
    """Yield the row of a command for each commit; they are run in turns."""
    times: dict[str, list[Took]] = {path: [] for path in commits}
    for _ in range(RUNS):
        for path, command in commits.items():
            times[path].append(took(line(words, folder, command), command.environment))
    for path, runs in times.items():
        yield {
            "commit": path or "this",
            "command": f"`{'consort' if words in CONSORT else 'python -c'} {words}`",
            "wall s": quantile([run.wall for run in runs], 50, SEED, digits=2),
            "processor s": quantile([run.processor for run in runs], 50, SEED, digits=2),
        }


def line(words: str, folder: Path, command: Command) -> list[str]:
    """Return the command line: of `consort`, or of Python as it runs the commit's packages."""
    if words in PYTHON:
        return [sys.executable, "-P", "-c", words]
    paths = {"OUTPUTS": folder, "TEXT": folder / "_text.txt", "SOURCE": folder / "source.txt"}
    return [*command.words, *(str(paths.get(word, word)) for word in words.split())]


def took(command: Sequence[str], environment: Mapping[str, str]) -> Took:
    """Return the seconds that a command takes, which must succeed."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    wall, after = time.perf_counter() - began, os.times()
    user = after.children_user - before.children_user
    return Took(wall, user + after.children_system - before.children_system)


if __name__ == "__main__":
    main(sys.argv[1:])
