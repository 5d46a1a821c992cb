"""`consort doctor`: checks that all packages are installed and that the systems answer."""

import asyncio
import json
import os
import platform
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Annotated

import typer

from ensemble.combiners.registry import COMBINERS
from ensemble.judges.ask import JudgeClient, Rating
from ensemble.judges.base import Judge
from ensemble.judges.registry import JUDGES
from ensemble.systems import Answer, System, ask
from ensemble.systems.registry import KINDS
from ensemble.systems.roster import Roster, create_judge, read_roster
from evaluation.metrics.registry import broken
from service.cli.console import AsJson, clear_errors
from service.core.settings import Settings, load_settings

_SENTENCE = "She go to scool every day and eats a apple ."
_TIMEOUT_S = 60.0

_REQUIREMENT = re.compile(
    r"""(?P<package>[\w.-]+)(\[(?P<parts>[\w,-]+)\])?.*\bextra *== *["'](?P<extra>[\w-]+)["']"""
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its result, a detail, and whether it has to pass."""

    what: str
    well: bool
    seen: str
    required: bool = True


def examine(settings: Settings) -> Iterator[Check]:
    """Yield the results of all checks, quick ones first; the systems are started and asked."""
    yield Check("Python", True, platform.python_version())
    for package in ("consort", "torch", "transformers", "fastapi", "rapidfuzz", "fastchrf"):
        yield _package(package)
    for extra, packages in extras().items():
        installed = all(_package(package).well for package in packages)
        seen = "installed" if installed else f"not installed: pip install 'consort[{extra}]'"
        yield Check(f"extra {extra}", installed, seen, required=False)
    yield from _broken_plugins()
    yield _data()
    roster = read_roster(settings.roster)
    yield from _systems(roster)
    yield from _judges(roster)


def extras(package: str = "consort") -> Mapping[str, list[str]]:
    """Return the packages of each optional part of a package, by its metadata.

    Where a part needs parts of another package, as `sacrebleu[ja]`, their packages are among them.
    """
    packages: dict[str, list[str]] = defaultdict(list)
    for match in filter(None, map(_REQUIREMENT.match, requires(package) or ())):
        packages[match["extra"]].append(match["package"])
        if match["parts"] and match["package"] != package and _package(match["package"]).well:
            parts = extras(match["package"])
            for part in match["parts"].split(","):
                packages[match["extra"]] += parts.get(part, [])
    return packages


def _broken_plugins() -> Iterator[Check]:
    # Rewards need torch, whose import takes seconds.
    from ensemble.diversity.training.rewards.registry import REWARDS

    faulty = [COMBINERS.broken(), KINDS.broken(), JUDGES.broken(), REWARDS.broken(), broken()]
    for name, fault in (plugin for faults in faulty for plugin in faults.items()):
        yield Check(f"plugin {name}", False, fault)


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed")


def _data() -> Check:
    root = os.environ.get("CONSORT_DATA")
    seen = root or "CONSORT_DATA is not set: tests and benchmarks on shared data are skipped"
    return Check("development data", bool(root) and Path(root or "").is_dir(), seen, False)


def _systems(roster: Roster) -> Iterator[Check]:
    for name, answer in asyncio.run(_ask(roster.systems())).items():
        seen = answer.text or answer.reason or "an empty answer"
        yield Check(f"system {name}", answer.text is not None, seen)


async def _ask(systems: list[System]) -> dict[str, Answer]:
    try:
        await asyncio.gather(*(system.start() for system in systems))
        return await ask(systems, _SENTENCE, _TIMEOUT_S)
    finally:
        await asyncio.gather(*(system.stop() for system in systems))


def _judges(roster: Roster) -> Iterator[Check]:
    """Ask each judge a question; where one fails, outcomes are left to the votes."""
    for judge in map(create_judge, roster.judges):
        rating = asyncio.run(_rated(judge))
        seen = rating.reason or ", ".join(f"{score:g}" for score in rating.scores)
        yield Check(f"judge {judge.name}", rating.status == "ok", seen, required=False)


async def _rated(judge: Judge) -> Rating:
    try:
        await judge.start()
        return await JudgeClient(judge).ask(_SENTENCE, (_SENTENCE, _SENTENCE.upper()), _TIMEOUT_S)
    finally:
        await judge.stop()


def doctor(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; see configs/service.yaml.")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="Roster of systems.", show_default="the five embedded correctors"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that all required packages are installed and that systems and judges answer."""
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
