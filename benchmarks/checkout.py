"""The command line of a checkout of another commit, to be measured beside this one."""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple


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
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"]["consort"].partition(":")
    with TemporaryDirectory() as folder:
        # As the wheel has them.
        Path(folder, "consort_configs").symlink_to(root / "configs")
        environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{folder}"}
        yield Command(
            [sys.executable, "-P", "-c", f"from {module} import {name}; {name}()"], environment
        )
