"""CPU, memory, descriptors and threads of a process and all that it started, from `/proc`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    """Resources of some processes together.

    `seconds` are those of CPU, also of children that have ended; `resident` is the memory in bytes,
    where pages that processes share count for each.
    """

    seconds: float = 0.0
    resident: int = 0
    descriptors: int = 0
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
        descriptors = len(list((folder / "fd").iterdir()))
    except OSError:
        return None
    seconds = sum(map(int, fields[11:15])) / _TICKS
    return Usage(seconds, int(fields[21]) * _PAGE, descriptors, int(fields[17]), 1)
