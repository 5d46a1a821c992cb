"""`consort doctor`: does everything that the promises rest on really run here?"""

import asyncio
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ensemble.systems import Answer, System, ask
from ensemble.systems.roster import read_roster
from service.cli.console import AsJson, clear_errors
from service.core.settings import Settings, load_settings

_SENTENCE = "She go to scool every day and eats a apple ."
_PATIENCE_S = 60.0

# What an extra is known by: one package that only it brings.
_EXTRAS = {
    "demo": "harper",
    "rl": "stable_baselines3",
    "ray": "ray",
    "postgres": "psycopg",
    "errant": "errant",
    "dev": "pytest",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and whether it has to be well."""

    what: str
    well: bool
    seen: str
    required: bool = True


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is found, the quick things first; the systems are started and asked for real."""
    yield Finding("Python", True, platform.python_version())
    for package in ("consort", "torch", "transformers", "fastapi", "rapidfuzz", "fastchrf"):
        yield _package(package)
    for extra, module in _EXTRAS.items():
        there = find_spec(module) is not None
        seen = "installed" if there else f"not installed: pip install 'consort[{extra}]'"
        yield Finding(f"extra {extra}", there, seen, required=False)
    yield _data()
    yield from _systems(settings.roster)


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "not installed")


def _data() -> Finding:
    root = os.environ.get("CONSORT_DATA")
    seen = root or "CONSORT_DATA is not set: tests and benchmarks on shared data are left out"
    return Finding("development data", bool(root) and Path(root or "").is_dir(), seen, False)


def _systems(roster: Path) -> Iterator[Finding]:
    systems = read_roster(roster).systems()
    for name, answer in asyncio.run(_ask(systems)).items():
        seen = answer.text or answer.reason or "an empty answer"
        yield Finding(f"system {name}", answer.text is not None, seen)


async def _ask(systems: list[System]) -> dict[str, Answer]:
    try:
        await asyncio.gather(*(system.start() for system in systems))
        return await ask(systems, _SENTENCE, _PATIENCE_S)
    finally:
        await asyncio.gather(*(system.stop() for system in systems))


def doctor(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Systems.", show_default="the five embedded correctors")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that everything needed is here and that the systems really answer."""
    with clear_errors():
        findings = []
        settings = load_settings(config, **({"roster": roster} if roster else {}))
        for finding in examine(settings):
            findings.append(finding)
            if not as_json:
                mark = "ok  " if finding.well else "FAIL" if finding.required else "-   "
                typer.echo(f"{mark} {finding.what:24} {finding.seen}")
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    if any(finding.required and not finding.well for finding in findings):
        raise typer.Exit(1)
