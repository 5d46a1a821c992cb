"""The worst requests within the limits, and what others notice of each.

Each attack is sent once, or a few times at once, to a service of its own on this machine. Meanwhile
another process asks for `/livez` and combines 20 and 5,000 characters, over and over. CPU is that
of the service and its processes: until the attack was answered, and in the second after that, when
nothing should be left of it. Memory is what the service still has more than before, 2 s later.

    python -m benchmarks.attack [attack ...]
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import httpx
import numpy as np

from benchmarks.table import publish
from tests.serving import serving

ROSTER = 'version: 1\nsystems: [{name: quick, callable: "builtins:str.strip"}]\n'
SEED = 5
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

Attack = Callable[[str], int]
"""Sends its requests to the service at a URL, and returns the last status."""


def post(path: str, body: Mapping[str, object]) -> Attack:
    """Return the attack of one JSON body."""
    content = json.dumps(body)
    headers = {"content-type": "application/json"}

    def send(url: str) -> int:
        answer = httpx.post(url + path, content=content, headers=headers, timeout=300)
        return answer.status_code

    return send


def rewritten() -> dict[str, object]:
    """Seven long stretches of one script, each rewritten as one letter, by 31 systems."""
    letters = iter(map(chr, range(0x4E00, 0x9000)))
    source = output = ""
    for _ in range(7):
        source += "".join(next(letters) for _ in range(400))
        output += next(letters)
        anchor = "".join(next(letters) for _ in range(3))
        source, output = source + anchor, output + anchor
    return {"source": source, "outputs": {f"s{i}": output + next(letters) for i in range(31)}}


def respaced() -> dict[str, object]:
    """Words that are cut elsewhere, 4,095 to a text, by 31 systems."""
    source = " ".join(["ab cd ef"] * 1365)
    outputs = {f"s{i}": " ".join(["abc d gh"] * 1365) + f" {i}" for i in range(31)}
    return {"source": source, "outputs": outputs}


def whole_texts() -> dict[str, object]:
    """Thirty-two random texts, which are all compared with each other."""
    draw = random.Random(SEED)
    texts = ["".join(draw.choices("abcdefgh ", k=30_000)) for _ in range(32)]
    outputs = {f"s{i}": text for i, text in enumerate(texts)}
    return {"source": "a", "outputs": outputs, "kind": "texts", "combiner": "mbr"}


def gold_edits() -> dict[str, object]:
    """Sentences of seven words over and over, changed in places by 16 annotators."""
    lines = []
    for _ in range(4):
        words = [f"w{i % 7}" for i in range(100)]
        lines.append("S " + " ".join(words))
        for annotator in range(16):
            for start in range(annotator % 3, 87, 13):
                changed = " ".join(f"w{(start + annotator + k) % 7}" for k in range(10))
                edit = f"A {start} {start + 10}|||X|||{changed}|||REQUIRED|||-NONE-|||{annotator}"
                lines.append(edit)
        lines.append("")
    return {"m2": "\n".join(lines), "metrics": ["maxmatch"]}


def configured() -> dict[str, object]:
    """A job with as many metrics as its configuration has room for."""
    config = {
        "version": 1,
        "name": "n",
        "texts": {"form": "files", "path": ".", "outputs": "{system}.txt", "source": "s.txt"},
        "judgements": {"form": "labels", "dimensions": {"d": {"a": 1}}},
        "metrics": ["chrf-source"] * 4500,
    }
    return {"kind": "benchmark", "config": config, "files": {"s.txt": "a", "a.txt": "b"}}


def repeated(url: str) -> int:
    """Check a text of one sentence with a mistake in every third word."""
    form = {"text": "and they recieve " * 1900, "language": "en-US"}
    return httpx.post(url + "/v2/check", data=form, timeout=300).status_code


def faulty_scores() -> dict[str, object]:
    """Scores of eight metrics for 32 systems, all of them texts instead of numbers."""
    scores = {f"s{i}": ["x"] * 800 for i in range(32)}
    return {"judgements": {"s0": [1]}, "scores": {f"m{i}": scores for i in range(8)}}


ATTACKS: Mapping[str, Attack] = {
    "rewritten stretches, 11 KB": post("/v1/combine", rewritten()),
    "respaced words, 400 KB": post("/v1/combine", respaced()),
    "32 texts by mbr, 960 KB": post("/v1/combine", whole_texts()),
    "validation by MaxMatch, 16 KB": post("/v1/validations", gold_edits()),
    "job with 4,500 metrics, 63 KB": post("/v1/jobs", configured()),
    "check of one long sentence": repeated,
    "evaluation with 200,000 faults, 840 KB": post("/v1/evaluations", faulty_scores()),
}


def watch(url: str, done: Event) -> dict[str, list[float]]:
    """Ask over and over until `done`; return the seconds of the answers by kind."""
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
                if kind == "livez":
                    client.get("/livez")
                else:
                    client.post("/v1/combine", json=bodies[kind])
                answers.append(time.perf_counter() - began)
            time.sleep(0.005)
    return seconds


def tree(process: int) -> list[int]:
    """Return the ids of a process and of all processes that it started."""
    found = [process]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        if children.exists():
            found += map(int, children.read_text().split())
    return found


def used(process: int) -> tuple[float, int]:
    """Return the CPU seconds and the bytes of memory of a process and those that it started."""
    seconds, size = 0.0, 0
    for member in tree(process):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        seconds += sum(map(int, fields[11:15])) / _TICKS
        size += int(fields[21]) * _PAGE
    return seconds, size


def row(name: str, attack: Attack, url: str, process: int) -> dict[str, object]:
    """Return the figures of one attack."""
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(1, context) as watching:
        done = manager.Event()
        time.sleep(2)  # its processes are ready
        watched = watching.submit(watch, url, done)
        time.sleep(2)
        began, (busy, size) = time.perf_counter(), used(process)
        with ThreadPoolExecutor(1) as sending:
            status = sending.submit(attack, url).result()
        answered, (busy_then, _) = time.perf_counter() - began, used(process)
        time.sleep(1)
        after = used(process)[0] - busy_then
        done.set()
        seconds = watched.result()
        time.sleep(1)
    kept = (used(process)[1] - size) / 2**20
    p99 = {kind: np.percentile(times, 99) for kind, times in seconds.items()}
    return {
        "attack": name,
        "status": status,
        "s": f"{answered:.1f}",
        "CPU s": f"{busy_then - busy:.1f}",
        "CPU s in the second after": f"{after:.1f}",
        "MiB kept": f"{kept:.0f}",
        "livez p99, ms": f"{1000 * p99['livez']:.0f}",
        "livez worst, ms": f"{1000 * max(seconds['livez']):.0f}",
        "20 characters p99, ms": f"{1000 * p99['short']:.0f}",
        "5,000 characters p99, ms": f"{1000 * p99['long']:.0f}",
    }


NOTE = "The watching process itself takes a part of both cores, and of the CPU in the second after."


def main(names: list[str]) -> None:
    """Print the table; a minute or two."""
    rows = []
    for name, attack in ATTACKS.items():
        if not names or any(part in name for part in names):
            with TemporaryDirectory() as folder, serving(Path(folder), ROSTER) as served:
                rows.append(row(name, attack, served.url, served.process.pid))
                print(rows[-1], file=sys.stderr, flush=True)
    publish("python -m benchmarks.attack", rows, NOTE)


if __name__ == "__main__":
    main(sys.argv[1:])
