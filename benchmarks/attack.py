"""The worst requests within the limits, and what others notice of each.

Each attack is sent to a service of its own on this machine. Meanwhile another process asks for
`/livez` and combines 20 and 5,000 characters, over and over. CPU is that of the service and its
processes: until the attack was answered, and in the second after that, when nothing should be left
of it. Memory is what the service still has more than before, 2 s later.

    python -m benchmarks.attack [attack ...] [--against CHECKOUT]

With `--against`, the same attacks are sent to the service of another checkout of this repository
(`git worktree add CHECKOUT COMMIT`), run with the packages installed here.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import httpx
import numpy as np

from benchmarks.attacks import ATTACKS, Attack
from benchmarks.processes import usage
from benchmarks.table import publish
from tests.serving import serving

ROSTER = 'version: 1\nsystems: [{name: quick, callable: "builtins:str.strip"}]\n'

Figures = Mapping[str, str]
"""The figures of an attack by their headings."""


def watch(url: str, done: Event) -> dict[str, list[float]]:
    """Ask over and over until `done`; return the seconds of the answers by kind.

    A request without an answer counts with the seconds that it was waited for.
    """
    text = "one two three four five six " * 180
    bodies = {
        "short": {"source": "he go home", "outputs": {"a": "he goes home", "b": "he go home"}},
        "long": {"source": text, "outputs": {"a": text + "a", "b": text + "b"}},
    }
    seconds: dict[str, list[float]] = {"livez": [], "short": [], "long": []}
    with httpx.Client(base_url=url, timeout=60) as client:
        while not done.is_set():
            for kind, answers in seconds.items():
                began = time.perf_counter()
                with suppress(httpx.TransportError):
                    if kind == "livez":
                        client.get("/livez")
                    else:
                        client.post("/v1/combine", json=bodies[kind])
                answers.append(time.perf_counter() - began)
            time.sleep(0.005)
    return seconds


def measured(attack: Attack, url: str, process: int) -> Figures:
    """Return the figures of one attack on the service at `url`."""
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(1, context) as watching:
        done = manager.Event()
        time.sleep(2)  # its processes are ready
        watched = watching.submit(watch, url, done)
        time.sleep(2)
        began, before = time.perf_counter(), usage(process)
        with ThreadPoolExecutor(1) as sending:
            status = sending.submit(attack, url).result()
        answered, then = time.perf_counter() - began, usage(process)
        time.sleep(1)
        after = usage(process).seconds - then.seconds
        done.set()
        seconds = watched.result()
        time.sleep(1)
    kept = (usage(process).memory - before.memory) / 2**20
    p99 = {kind: np.percentile(times, 99) for kind, times in seconds.items()}
    return {
        "status": str(status or "none"),
        "s": f"{answered:.1f}",
        "CPU s": f"{then.seconds - before.seconds:.1f}",
        "CPU s in the second after": f"{after:.1f}",
        "MiB kept": f"{kept:.0f}",
        "livez p99, ms": f"{1000 * p99['livez']:.0f}",
        "livez worst, ms": f"{1000 * max(seconds['livez']):.0f}",
        "20 characters p99, ms": f"{1000 * p99['short']:.0f}",
        "5,000 characters p99, ms": f"{1000 * p99['long']:.0f}",
    }


def figures_of(name: str, checkout: Path | None) -> Figures:
    """Return the figures of an attack on a service started for it, here or of a checkout."""
    with (
        TemporaryDirectory() as folder,
        serving(Path(folder), ROSTER, checkout=checkout) as served,
    ):
        figures = measured(ATTACKS[name], served.url, served.process.pid)
    print(name, checkout or "this", figures, file=sys.stderr, flush=True)
    return figures


def row(name: str, against: Path | None) -> dict[str, object]:
    """Return the row of an attack; with another checkout, its figures before those of this one."""
    now = figures_of(name, None)
    if against is None:
        return {"attack": name, **now}
    other = figures_of(name, against)
    return {"attack": name, **{key: f"{other[key]} → **{now[key]}**" for key in now}}


NOTE = "The watching process itself takes a part of both cores, and of the CPU in the second after."


def main() -> None:
    """Print the table; a minute or two, with `--against` as long again or longer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack")
    parser.add_argument("attacks", nargs="*", help="parts of their names; by default all")
    parser.add_argument("--against", type=Path, help="the folder of another checkout")
    given = parser.parse_args()
    chosen = [n for n in ATTACKS if not given.attacks or any(a in n for a in given.attacks)]
    if not chosen:
        parser.error(f"no attack has this in its name; available: {', '.join(ATTACKS)}")
    against = given.against and given.against.absolute()
    note = f"{NOTE} Each cell: the other checkout → this one." if against else NOTE
    publish("python -m benchmarks.attack", [row(name, against) for name in chosen], note)


if __name__ == "__main__":
    main()
