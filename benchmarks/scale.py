"""A large file combined by this machine's cores, and by a Ray cluster of which a node is killed.

BEA-dev's sentences with the outputs of seven systems, over and over, the edits and their
evidence written. The cluster is two nodes of one core on this machine, which the driver and
Ray's own processes share. Its speed is up to where one is killed: half way.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.table import SETS, data, publish

SEGMENTS = 100_000
CORES = 2
OBJECTS = 128 << 20
_EVERY_S = 0.1
_STEADY = 0.1  # of the file: what comes before is starting


@dataclass
class Watched:
    """The course of a run: how much was written when; of each process, memory and work.

    `peaks` are MiB; `worked` is the processor time, in seconds, at the first and the last look.
    """

    written: list[tuple[float, int]] = field(default_factory=list)
    peaks: dict[tuple[int, str], float] = field(default_factory=dict)
    worked: dict[int, tuple[float, float]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def processor_s(self) -> float:
        """The processor time that all processes took together, this one left out."""
        return sum(last - first for first, last in self.worked.values())

    def speed(self, segments: int, size: int, until: float = 1.0) -> float:
        """Return segments a second and core, from a tenth of the file up to a part of it."""
        steady = [(t, n) for t, n in self.written if _STEADY * size <= n <= until * size]
        (began, some), (ended, most) = steady[0], steady[-1]
        return (most - some) / size * segments / (ended - began) / CORES

    def peak(self, name: str) -> str:
        """Return the largest memory of a process called so, and how many of them there were."""
        # By process, the largest last: one changes its title as it works.
        known = sorted(self.peaks.items(), key=lambda one: one[1])
        found = {process: mib for (process, called), mib in known if name in called}
        return f"{max(found.values()):,.0f} ({len(found)})" if found else "-"


def main() -> None:
    """Print the table; about three minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=SEGMENTS)
    segments = parser.parse_args().segments
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, segments)
        local = _run(folder, "local", [])
        size = (folder / "_local.jsonl").stat().st_size
        with _cluster() as (address, kill):
            whole = _run(folder, "ray", ["--engine", "ray", "--ray-address", address])
            options = ["--engine", "ray", "--ray-address", address]
            killed = _run(folder, "killed", options, size // 2, kill)
        rows = [_row("local", local, segments, size)]
        for name, watched in (("ray", whole), ("killed", killed)):
            until = 0.5 if name == "killed" else 1.0
            row = _row(name, watched, segments, size, until)
            alike = all(
                (folder / f"_{name}.{kind}").read_bytes()
                == (folder / f"_local.{kind}").read_bytes()
                for kind in ("txt", "jsonl")
            )
            rows.append({**row, "same bytes": "yes" if alike else "NO"})
    note = f"{segments:,} segments, 7 systems, {size / 2**20:,.0f} MiB of evidence."
    publish("python -m benchmarks.scale", rows, note)


def _row(
    name: str, watched: Watched, segments: int, size: int, until: float = 1.0
) -> dict[str, object]:
    what = {"local": "local", "ray": "ray", "killed": "ray, a node killed half way"}[name]
    worker = "spawn_main" if name == "local" else "ray::_Worker"
    return {
        "engine": what,
        "s": f"{watched.seconds:.1f}",
        "segments/s and core": f"**{watched.speed(segments, size, until):,.0f}**",
        "segments a processor second, all in": f"**{segments / watched.processor_s:,.0f}**",
        "peak MiB: driver": watched.peak("consort combine"),
        "a worker (how many)": watched.peak(worker),
        "a node's daemon": watched.peak("raylet/raylet"),
        "same bytes": "",
    }


def _write(folder: Path, segments: int) -> None:
    for name in ("source", *SETS["S7"]):
        lines = data("gec", "bea_dev", f"{name}.txt").read_text(encoding="utf-8").splitlines()
        with (folder / f"{name}.txt").open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in islice(cycle(lines), segments))


def _run(
    folder: Path,
    name: str,
    options: list[str],
    kill_at: int = sys.maxsize,
    kill: Callable[[], None] = lambda: None,
) -> Watched:
    """Combine the folder in its own process, and `kill` it once these bytes are written."""
    watched, began = Watched(), time.perf_counter()
    files = [f"{folder}/_{name}.txt", "--evidence", f"{folder}/_{name}.jsonl"]
    command = [str(Path(sys.executable).with_name("consort")), "combine", str(folder), "-o", *files]
    before = set(folder.iterdir())
    none = subprocess.DEVNULL
    with subprocess.Popen([*command, *options], stdout=none, stderr=none) as process:
        while process.poll() is None:
            sizes = [_size(file) for file in set(folder.iterdir()) - before]
            watched.written.append((time.perf_counter() - began, max(sizes, default=0)))
            _look(watched)
            if watched.written[-1][1] >= kill_at:
                kill()
                kill_at = sys.maxsize
            time.sleep(_EVERY_S)
    watched.seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{name}: consort combine ended with status {process.returncode}")
    return watched


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _look(watched: Watched) -> None:
    """Note what memory each process begun from this one has had so far, and its work."""
    parents: dict[int, int] = {}
    work: dict[int, float] = {}
    seen: dict[tuple[int, str], float] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            called = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            status = (place / "status").read_text()
            ticks = (place / "stat").read_text().rpartition(")")[2].split()[11:13]
        except OSError:
            continue
        parents[int(place.name)] = int(status.partition("PPid:")[2].split()[0])
        work[int(place.name)] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        if "VmHWM:" in status:
            peak = float(status.partition("VmHWM:")[2].split()[0]) / 1024
            seen[int(place.name), called[:200]] = peak
    for (process, called), peak in seen.items():
        if _is_ours(process, parents):
            watched.peaks[process, called] = max(peak, watched.peaks.get((process, called), 0.0))
            first, _ = watched.worked.get(process, (work[process], 0.0))
            watched.worked[process] = first, work[process]


def _is_ours(process: int, parents: dict[int, int]) -> bool:
    while process in parents:
        process = parents[process]
        if process == os.getpid():
            return True
    return False


@contextmanager
def _cluster() -> Iterator[tuple[str, Callable[[], None]]]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    sizes: dict[str, Any] = {"num_cpus": 1, "object_store_memory": OBJECTS}
    cluster = Cluster(initialize_head=True, head_node_args={**sizes, "include_dashboard": False})
    node = cluster.add_node(**sizes)
    try:
        yield cluster.address, lambda: cluster.remove_node(node, allow_graceful=False)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
