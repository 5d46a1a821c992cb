"""Workers killed over and over while they do jobs: is one lost, done twice, or torn?

`tests.killing` says how they are killed and counted. Run as `python -m benchmarks.faults [ROUNDS]`;
100 take about six minutes on each database.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import publish
from service.store.database import Database
from tests.killing import kill
from tests.postgres import binaries, server

ROUNDS, SEED = 100, 7


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Hold an empty database of each kind that there is here, by its kind."""
    urls = {"SQLite": f"sqlite:///{folder / 'consort.db'}"}
    programs = binaries()
    if programs is None:
        yield urls
        return
    with server(programs) as running:
        yield urls | {"PostgreSQL": running.url("faults")}


def main() -> None:
    """Print what came of it on each database."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with TemporaryDirectory() as name, databases(Path(name)) as urls:
        rows: list[dict[str, object]] = []
        for kind, url in urls.items():
            database = Database(url)
            database.migrate()
            began = time.monotonic()
            found = kill(database, Path(name) / kind, rounds, random.Random(SEED))
            minutes = round((time.monotonic() - began) / 60, 1)
            rows.append({"database": kind, **found._asdict(), "minutes": minutes})
            database.close()
    publish("python -m benchmarks.faults", rows)


if __name__ == "__main__":
    main()
