"""The command line of a checkout of another commit, to be measured beside this one."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.serving import entry_point, importable


class Command(NamedTuple):
    """The words that run `consort` of a commit, and the environment in which they do."""

    words: list[str]
    environment: Mapping[str, str]


@contextmanager
def consort(checkout: str = "") -> Iterator[Command]:
    """Hold the command `consort` of the commit in the folder `checkout`; by default this one."""
    if not checkout:
        yield Command([str(Path(sys.executable).with_name("consort"))], os.environ)
        return
    root = Path(checkout).absolute()
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": importable(root, Path(folder))}
        yield Command([sys.executable, "-P", "-c", entry_point(root)], environment)
