"""Parts shared by all benchmarks: the place of the data, and the form of a table."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluation.version import VERSION

COMPONENTS = {
    "S7": "CTC-Copy GECToR-2024 EditScorer T5-11B UL2-20B Chat-LLaMa-2-7B-FT Chat-LLaMa-2-13B-FT",
    "S5": "Riken-Tohoku GECToR-Roberta GECToR-XLNet T5-Large UEDIN-MS",
    "S4": "Riken-Tohoku GECToR-2024 T5-11B UEDIN-MS",
}
SETS = {name: names.split() for name, names in COMPONENTS.items()}
SETS["S12"] = SETS["S5"] + SETS["S7"]


def data(*path: str) -> Path:
    """Return a path in the development data; exits with the reason where there is none."""
    root = os.environ.get("CONSORT_DATA")
    if not root:
        sys.exit(print("left out: CONSORT_DATA does not name a folder of development data"))
    return Path(root, *path)


def publish(command: str, rows: Sequence[Mapping[str, object]], note: str = "") -> None:
    """Print `rows` as a Markdown table, with the command and the machine that made it."""
    headings = list(rows[0])
    print("| " + " | ".join(headings) + " |")
    print("|" + " --- |" * len(headings))
    for row in rows:
        print("| " + " | ".join(str(row.get(heading, "")) for heading in headings) + " |")
    made = f"`{command}`, consort {VERSION}, Python {platform.python_version()}"
    print(f"\n{made}, {os.cpu_count()} cores. {note}".rstrip() + "\n", flush=True)
