"""What the routes of combiners do: they ask the registry, its database and its folder."""

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from ensemble.combiners.base import Combiner
from ensemble.combiners.baselines import Majority
from service.api import body
from service.api.combiner_form import FORM, from_here, read_form
from service.api.combiner_types import (
    AliasMove,
    AliasRequest,
    Combiners,
    CombinerState,
    NotBetter,
    ShadowAgreement,
    Summary,
    VersionState,
)
from service.core import strict_json
from service.core.limits import Gate, Refused
from service.core.problems import Problem
from service.core.serial_executor import SerialExecutor
from service.core.settings import Settings
from service.registry import promotion, repository, shadow
from service.registry.registry import RESERVED, Registry, offered
from service.registry.repository import CHAMPION, Move, Version
from service.store.database import Database

_UPLOADS = 2  # at once: each is held in memory as it arrives
_BUILT_IN = ["vote", "learned-vote", "mbr"]
NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
FIGURE = re.compile(r"[1-9][0-9]{0,8}")
"""What the number of a version looks like in a path."""

Found = TypeVar("Found")


class CombinerDesk:
    """Takes combiners in, says what there is, moves aliases; what it raises is what is answered."""

    def __init__(self, registry: Registry, database: Database, settings: Settings) -> None:
        self._registry = registry
        self._database = database
        self._settings = settings
        self._desk = SerialExecutor(settings.batch_deadline_s, "promote")
        self._uploads = SerialExecutor(settings.batch_deadline_s, "upload")
        self._arriving = Gate(_UPLOADS)

    async def upload(self, request: Request, name: str) -> Response:
        """Register what a form holds."""
        _plain(name)
        from_here(request)
        if name in RESERVED:
            raise Problem("name-reserved", f"{name} is the name of a built-in combiner")
        body.media_type(request, [FORM])
        settings = self._settings
        with self._arriving.enter():
            parts = await read_form(request, settings.combiner_bytes, settings.read_timeout_s)
        said = strict_json.parse(parts[0], ["manifest"])
        if not isinstance(said, dict):
            raise Refused("invalid-type", ["manifest"], "should be a JSON object")
        _check_numbers(said)
        await self._registry.refresh()  # where the database is away, no file is kept for nothing
        found = await self._uploads.run(
            lambda: self._registry.register(name, parts[0], said, parts[1])
        )
        await self._registry.refresh()
        place = f"/v1/combiners/{name}/{found.version.version}"
        content = to_json(self._state(found.version, {}))
        headers = {"Location": place}
        return Response(content, 201 if found.new else 200, headers, body.JSON)

    async def everything(self) -> Combiners:
        """List what there is."""
        versions, aliases = await self._read(
            lambda connection: (repository.versions(connection), repository.current(connection))
        )
        by_name: dict[str, list[Version]] = {}
        for version in versions:
            by_name.setdefault(version.name, []).append(version)
        return Combiners(
            builtin=_BUILT_IN,
            registered=[
                Summary(
                    name=name,
                    kind=some[0].kind,
                    versions=[one.version for one in some],
                    aliases={alias: v for (n, alias), v in aliases.items() if n == name},
                )
                for name, some in by_name.items()
            ],
        )

    async def one(self, name: str) -> CombinerState:
        """Show a combiner."""
        _plain(name)
        versions, aliases, moves = await self._read(
            lambda connection: (
                repository.versions(connection, name),
                repository.current(connection, name),
                repository.history(connection, name),
            )
        )
        if not versions:
            raise Problem("combiner-not-found", f"no combiner {name} is registered")
        pairs = await self._database.ask(shadow.counts, self._database, name)
        return CombinerState(
            name=name,
            kind=versions[0].kind,
            versions=[self._state(version, aliases) for version in versions],
            aliases={alias: version for (_, alias), version in aliases.items()},
            history=list(map(_move, moves)),
            shadows=[
                ShadowAgreement(
                    champion=champion,
                    shadow=other,
                    compared=seen.compared,
                    same_text=seen.same_text,
                    candidates=seen.candidates,
                    same_candidates=seen.same_candidates,
                )
                for champion, other, seen in pairs
            ],
        )

    async def version(self, name: str, version: str) -> VersionState:
        """Show one version, with its manifest."""
        _plain(name)
        number = _number(version)
        found, aliases, said = await self._read(
            lambda connection: (
                repository.find(connection, name, number),
                repository.current(connection, name),
                repository.manifest(connection, name, number),
            )
        )
        return {**self._state(found, aliases), "manifest": said}

    async def point(self, request: Request, name: str, alias: str, by: str) -> AliasMove:
        """Move an alias; the champion's only for a reason."""
        _plain(name), _plain(alias, "alias")
        body.media_type(request, [body.JSON])
        settings = self._settings
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        asked = strict_json.validate(AliasRequest, strict_json.parse(content))
        if alias != CHAMPION:
            if asked.evidence or asked.force:
                field = "evidence" if asked.evidence else "force"
                raise Refused("conflicting-fields", [field], "applies to the champion only")
            move = await self._registry.point(name, alias, asked.version, by, {"how": "set"})
            return _move(move)
        return _move(await self._promote(name, asked, by))

    async def roll_back(self, request: Request, name: str, alias: str, by: str) -> AliasMove:
        """Point an alias at the version that it had before."""
        _plain(name), _plain(alias, "alias")
        from_here(request)
        return _move(await self._registry.roll_back(name, alias, by))

    async def clear(self, name: str, alias: str, by: str) -> None:
        """Take an alias away."""
        _plain(name), _plain(alias, "alias")
        await self._registry.point(name, alias, repository.NOWHERE, by, {"how": "cleared"})

    async def remove(self, name: str, version: str) -> None:
        """Forget a version that no alias points to."""
        await self._registry.remove(_plain(name), _number(version))

    async def _promote(self, name: str, asked: AliasRequest, by: str) -> Move:
        if (asked.evidence is None) == (asked.force is None):
            detail = "needs exactly one of evidence and force to set a champion"
            raise Refused("conflicting-fields", [], detail)
        if asked.force:
            why: dict[str, Any] = {"how": "forced", "reason": asked.force.reason}
            return await self._registry.point(name, CHAMPION, asked.version, by, why)
        await self._registry.refresh()
        new, old = self._registry.get(name, asked.version), self._registry.champion(name)
        if old is new:
            raise Problem("already-champion", f"{name}@{asked.version} is the champion already")
        proof = asked.evidence
        assert proof is not None
        against: Combiner = old or Majority()
        found = await self._desk.run(
            lambda: promotion.compare(
                new, against, new.kinds[0], proof.evidence(), self._registry.may_change_protected
            )
        )
        if not found.grants(proof.policy):
            worth = f"{offered(new)} is not shown to be {proof.policy} than {offered(against)}"
            raise NotBetter(f"{worth.replace('not-worse than', 'no worse than')}: {found}", found)
        why = {
            "how": "tested",
            "policy": proof.policy,
            "against": offered(against),
            "over": old.version if old else 0,
            **found.fields(),
        }
        return await self._registry.point(name, CHAMPION, asked.version, by, why)

    async def _read(self, query: Callable[[Any], Found]) -> Found:
        def work() -> Found:
            with self._database.read() as connection:
                return query(connection)

        return await self._database.ask(work)

    def _state(self, version: Version, aliases: dict[tuple[str, str], int]) -> VersionState:
        names = [alias for (_, alias), number in aliases.items() if number == version.version]
        return VersionState(
            name=version.name,
            version=version.version,
            kind=version.kind,
            digest=version.digest,
            signature=version.signature,
            created_at=version.created_at,
            loaded=self._registry.has(version.name, version.version),
            aliases=names,
        )


def _plain(name: str, what: str = "combiner") -> str:
    """Return a name as it stands in a path.

    Raises:
        Problem: nothing can be called that.
    """
    if not NAME.fullmatch(name):
        form = "up to 64 lower-case letters, digits, '.', '_' and '-', and starts with a letter"
        raise Problem("invalid-value", f"the name of a {what} has {form}")
    return name


def _number(version: str) -> int:
    """Return the number of a version as it stands in a path.

    Raises:
        Problem: it is none.
    """
    if not FIGURE.fullmatch(version):
        raise Problem("combiner-not-found", "a version is a number from 1")
    return int(version)


def _move(move: Move) -> AliasMove:
    return AliasMove(
        alias=move.alias,
        version=move.version,
        set_at=move.set_at,
        set_by=move.set_by,
        evidence=dict(move.evidence),
    )


def _check_numbers(value: object) -> None:
    """Refuse a number beyond those that every database keeps (1e400 is read as infinity)."""
    match value:
        case dict():
            for part in value.values():
                _check_numbers(part)
        case list():
            for part in value:
                _check_numbers(part)
        case float() if not math.isfinite(value):
            raise Refused("invalid-value", ["manifest"], "has a number that is not finite")
