"""`kill -9` while combiners are registered: nothing is torn, and what was acknowledged is there."""

import hashlib
import os
import random
import signal
import time
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path

from service.registry import artefacts, repository
from service.store.database import Database
from tests.faults.saving import save_on_and_on
from tests.trained import files

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))


def test_killed_while_saving(
    database: Database, database_url: str, processes: ForkServerContext, tmp_path: Path
) -> None:
    chance, state = random.Random(1), tmp_path / "state"
    acknowledged: dict[int, str] = {}
    sound: set[str] = set()
    manifest, weights = files()
    for round_ in range(ROUNDS):
        hear, said = processes.Pipe(duplex=False)
        arguments = database_url, state, 1000 * round_, manifest, weights, said
        child = processes.Process(target=save_on_and_on, args=arguments)
        child.start()
        said.close()
        for _ in range(chance.randint(1, 2)):
            version, digest, _ = hear.recv()
            acknowledged[version] = digest
        time.sleep(chance.uniform(0, 0.02))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        with suppress(EOFError):
            while True:
                version, digest, _ = hear.recv()
                acknowledged[version] = digest
        hear.close()
        check(database, state / "combiners", acknowledged, sound)
    torn = len(list((state / "combiners").glob(".incoming-*")))
    registered = len(acknowledged)
    print(f"{database.url.get_backend_name()}: {ROUNDS} kills, {torn} amid files, {registered=}")
    assert registered > ROUNDS


def check(database: Database, folder: Path, acknowledged: dict[int, str], sound: set[str]) -> None:
    with database.read() as connection:
        found = {one.version: one.digest for one in repository.versions(connection, "mine")}
    assert acknowledged.items() <= found.items()
    assert list(found) == list(range(1, len(found) + 1))
    whole = {path.name for path in folder.iterdir() if not path.name.startswith(".incoming-")}
    assert set(found.values()) <= whole
    for digest in whole - sound:  # those seen before do not change
        artefacts.load(folder, digest)
        manifest = (folder / digest / "manifest.json").read_bytes()
        assert hashlib.sha256(manifest).hexdigest() == digest
    sound |= whole
