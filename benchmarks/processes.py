"""CPU, memory, descriptors and threads of a process and all that it started, from `/proc`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """Resources of some processes together.

    `seconds` are those of CPU, also of children that have ended; `memory` is in bytes, where each
    process has its part of the pages that it shares with others. `sockets`, of which each client
    that is connected has one, are among the `descriptors`.
    """

    seconds: float = 0.0
    memory: int = 0
    descriptors: int = 0
    sockets: int = 0
    threads: int = 0
    processes: int = 0


def tree(process: int) -> list[int]:
    """Return the ids of a process and of all processes that it started."""
    members = [process]
    for parent in members:
        members += _children(parent)
    return members


def _children(process: int) -> Iterator[int]:
    """Yield the children of all threads of a process."""
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            yield from map(int, listed.read_text().split())
        except OSError:
            continue  # the thread has ended


def usage(process: int) -> Usage:
    """Return the resources of a process and of those that it started."""
    members = [used for member in tree(process) if (used := _usage(member))]
    return Usage(*map(sum, zip(*members, strict=True))) if members else Usage()


def _usage(process: int) -> Usage | None:
    """Return the resources of one process, `None` if it has ended."""
    folder = Path(f"/proc/{process}")
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        sockets = [_is_socket(descriptor) for descriptor in (folder / "fd").iterdir()]
        pages = (folder / "smaps_rollup").read_text()
    except OSError:
        return None
    seconds = sum(map(int, fields[11:15])) / _TICKS
    memory = int(pages.partition("\nPss:")[2].split()[0]) * 1024
    return Usage(seconds, memory, len(sockets), sum(sockets), int(fields[17]), 1)


def _is_socket(descriptor: Path) -> bool:
    """Return whether an open descriptor is a socket; one that was closed meanwhile is not."""
    try:
        return os.readlink(descriptor).startswith("socket:")
    except FileNotFoundError:
        return False
