"""What is killed in `test_artefact_saves`: a process that registers one combiner after another."""

import json
from multiprocessing.connection import Connection
from pathlib import Path

from service.core.settings import Settings
from service.registry.registry import Registry
from service.store.database import Database


def save_on_and_on(
    url: str, state: Path, begin: int, manifest: bytes, weights: bytes, said: Connection
) -> None:
    """Register versions that differ in their manifest, and say each that is acknowledged."""
    registry = Registry(Database(url), None, Settings(state=state))  # type: ignore[arg-type]
    content = json.loads(manifest)
    for number in range(begin, begin + 1000):
        changed = {**content, "data": str(number)}
        done = registry.register("mine", json.dumps(changed).encode(), changed, weights)
        said.send((done.version.version, done.version.digest, number))
