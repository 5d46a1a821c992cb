"""Workers killed over and over while they do jobs: is one lost, done twice, or torn?

`tests.killing` says how they are killed and counted. Run as `python -m benchmarks.faults [ROUNDS]`;
100 rounds of all campaigns take about an hour on each database.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import publish
from service.store.database import Database
from tests.killing import Campaign, real
from tests.postgres import binaries, server

ROUNDS, SEED = 100, 7

CAMPAIGNS = ("killed", "cancelled too", "clocks set too", "training")
"""Campaigns by name: what else happens to jobs whose workers are killed, or what they do."""


Open = Callable[[str], str]


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Open]]:
    """Yield the kinds of databases that are installed, with functions that make an empty one."""
    made: dict[str, Open] = {"SQLite": lambda name: f"sqlite:///{folder / name}.db"}
    programs = binaries()
    if programs is None:
        yield made
        return
    with server(programs) as running:
        yield made | {"PostgreSQL": running.url}


def run(url: str, state: Path, campaign: str, rounds: int) -> dict[str, object]:
    """Run a campaign on an empty database; return its counts and its minutes."""
    database = Database(url)
    database.migrate()
    began = time.monotonic()
    kills = Campaign(database, state, random.Random(SEED))
    match campaign:
        case "cancelled too":
            kills.cancel = True
        case "clocks set too":
            kills.clocks = True
        case "training":
            kills.choose, kills.longest_s = real(database, state), 5.0
    counts = kills.run(rounds)
    database.close()
    return {**counts._asdict(), "minutes": round((time.monotonic() - began) / 60, 1)}


def main() -> None:
    """Print the counts of each campaign on each database."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    rows: list[dict[str, object]] = []
    with TemporaryDirectory() as name, databases(Path(name)) as made:
        for kind, create in made.items():
            for number, campaign in enumerate(CAMPAIGNS):
                url, state = create(f"faults{number}"), Path(name) / kind / str(number)
                counts = run(url, state, campaign, rounds)
                rows.append({"database": kind, "campaign": campaign, **counts})
    publish("python -m benchmarks.faults", rows)


if __name__ == "__main__":
    main()
