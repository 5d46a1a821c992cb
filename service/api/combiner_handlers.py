"""Handlers of the combiner routes."""

import asyncio
import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from ensemble.combiners.base import Combiner
from ensemble.combiners.majority import Majority
from service.api import body
from service.api.combiner_form import FORM, check_same_site, read_form
from service.api.combiner_of_job import files_of, trained_by
from service.api.combiner_types import (
    AliasMove,
    AliasRequest,
    Combiners,
    CombinerState,
    FromJob,
    NotBetter,
    ShadowAgreement,
    Summary,
    Trained,
    VersionState,
)
from service.core import strict_json
from service.core.admission import Gate
from service.core.combiner_table import built_in, options_of_built_in
from service.core.engine import Engine
from service.core.limits import Refused
from service.core.problems import Problem
from service.core.registered import Named
from service.core.serial_executor import SerialExecutor
from service.core.settings import Settings
from service.feedback.vote import LearnedVote
from service.registry import promotion, repository, shadow
from service.registry.registry import RESERVED, Registry, offered
from service.registry.repository import CHAMPION, Move, Version
from service.store.database import Database

_UPLOADS = 2  # received at the same time; each is in memory meanwhile
NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
FIGURE = re.compile(r"[1-9][0-9]{0,8}")
"""The form of a version number in a path."""

Rows = TypeVar("Rows")


class CombinerHandlers:
    """Uploads combiners, lists them, and moves aliases; errors are raised as problems."""

    def __init__(
        self, registry: Registry, engine: Engine, database: Database, settings: Settings
    ) -> None:
        self._trained = engine.trained_combiner
        self._registry = registry
        self._engine = engine
        self._database = database
        self._settings = settings
        self._promotions = SerialExecutor(settings.batch_deadline_s, "promote")
        self._uploads = SerialExecutor(settings.batch_deadline_s, "upload")
        self._arriving = Gate(_UPLOADS)

    async def upload(self, request: Request, name: str, by: str) -> Response:
        """Register the combiner in a form."""
        _plain(name)
        check_same_site(request)
        if name in RESERVED:
            raise Problem("name-reserved", f"{name} is the name of a built-in combiner")
        is_form = body.media_type(request, [FORM, body.JSON]) == FORM
        settings = self._settings
        with self._arriving.enter():
            if is_form:
                parts = await read_form(request, settings.combiner_bytes, settings.read_timeout_s)
            else:
                asked = await body.read_json(request, FromJob, settings)
                parts = await self._of_job(asked.job, by)
        manifest = strict_json.parse(parts[0], ["manifest"])
        if not isinstance(manifest, dict):
            raise Refused("invalid-type", ["manifest"], "should be a JSON object")
        _check_numbers(manifest)
        await self._registry.refresh()  # fails early if the database is unavailable
        uploaded = await self._uploads.run(
            lambda: self._registry.register(name, parts[0], manifest, parts[1], by)
        )
        await self._registry.refresh()
        location = f"/v1/combiners/{name}/{uploaded.version.version}"
        content = to_json(self._state(uploaded.version, await self._aliases(name)))
        headers = {"Location": location}
        return Response(content, 201 if uploaded.new else 200, headers, body.JSON)

    async def overview(self) -> Combiners:
        """List all combiners."""
        versions, aliases = await self._read(
            lambda connection: (repository.versions(connection), repository.current(connection))
        )
        by_name: dict[str, list[Version]] = {}
        for version in versions:
            by_name.setdefault(version.name, []).append(version)
        usual, *others = built_in()
        return Combiners(
            builtin=[usual, LearnedVote.name, *others],
            options=options_of_built_in(),
            kinds={name: list(self._engine.kinds_of(name)) for name in self._engine.combiners()},
            trained=_trained(self._trained) if self._trained else None,
            registered=[
                Summary(
                    name=name,
                    kind=versions_of[0].kind,
                    versions=[version.version for version in versions_of],
                    aliases={alias: v for (n, alias), v in aliases.items() if n == name},
                )
                for name, versions_of in by_name.items()
            ],
        )

    async def combiner(self, name: str) -> CombinerState:
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
        pairs = await self._database.registry.ask(shadow.counts, self._database, name)
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
                    compared=agreement.compared,
                    same_text=agreement.same_text,
                    candidates=agreement.candidates,
                    same_candidates=agreement.same_candidates,
                )
                for champion, other, agreement in pairs
            ],
        )

    async def version(self, name: str, version: str) -> VersionState:
        """Show one version, with its manifest."""
        _plain(name)
        number = _number(version)
        row, aliases, manifest = await self._read(
            lambda connection: (
                repository.find(connection, name, number),
                repository.current(connection, name),
                repository.manifest(connection, name, number),
            )
        )
        return {**self._state(row, aliases), "manifest": manifest}

    async def point(self, request: Request, name: str, alias: str, by: str) -> AliasMove:
        """Move an alias; moving `champion` needs evidence or a reason."""
        _plain(name), _plain(alias, "alias")
        asked = await body.read_json(request, AliasRequest, self._settings)
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
        check_same_site(request)
        return _move(await self._registry.roll_back(name, alias, by))

    async def clear(self, name: str, alias: str, by: str) -> None:
        """Remove an alias."""
        _plain(name), _plain(alias, "alias")
        await self._registry.point(name, alias, repository.NOWHERE, by, {"how": "cleared"})

    async def remove(self, name: str, version: str, by: str) -> None:
        """Remove a version that no alias points to."""
        await self._registry.remove(_plain(name), _number(version), by)

    async def _promote(self, name: str, asked: AliasRequest, by: str) -> Move:
        if (asked.evidence is None) == (asked.force is None):
            detail = "needs exactly one of evidence and force to set a champion"
            raise Refused("conflicting-fields", [], detail)
        if asked.force:
            why: dict[str, Any] = {"how": "forced", "reason": asked.force.reason}
            return await self._registry.point(name, CHAMPION, asked.version, by, why)
        await self._registry.refresh()
        new, old = self._registry.get(name, asked.version), self._registry.champion(name)
        if old is new and not await self._registry.is_untested(name):
            raise Problem("already-champion", f"{name}@{asked.version} is the champion already")
        proof = asked.evidence
        assert proof is not None
        # A first version, which is the champion without a test, is tested as if there were none.
        against: Combiner = Majority() if old is None or old is new else old
        comparison = await self._promotions.run(
            lambda: promotion.compare(
                new, against, new.kinds[0], proof.evidence(), self._registry.may_change_protected
            )
        )
        if not comparison.grants(proof.policy):
            worth = f"{offered(new)} is not shown to be {proof.policy} than {offered(against)}"
            detail = f"{worth.replace('not-worse than', 'no worse than')}: {comparison}"
            raise NotBetter(detail, comparison)
        why = {
            "how": "tested",
            "policy": proof.policy,
            "against": offered(against),
            "over": old.version if old else 0,
            **comparison.fields(),
        }
        return await self._registry.point(name, CHAMPION, asked.version, by, why)

    async def _of_job(self, job: str, owner: str) -> tuple[bytes, bytes]:
        """Return the files of the combiner that a job of `owner` trained."""
        found = await self._database.jobs.ask(trained_by, self._database, job, owner)
        return await asyncio.to_thread(files_of, self._settings, found)

    async def _aliases(self, name: str) -> dict[tuple[str, str], int]:
        return await self._read(lambda connection: repository.current(connection, name))

    async def _read(self, query: Callable[[Any], Rows]) -> Rows:
        def work() -> Rows:
            with self._database.read() as connection:
                return query(connection)

        return await self._database.registry.ask(work)

    def _state(self, version: Version, aliases: dict[tuple[str, str], int]) -> VersionState:
        names = [alias for (_, alias), number in aliases.items() if number == version.version]
        loaded = self._registry.has(version.name, version.version)
        return VersionState(
            name=version.name,
            version=version.version,
            kind=version.kind,
            digest=version.digest,
            signature=version.signature,
            created_at=version.created_at,
            loaded=loaded,
            calibrated=self._registry.get(version.name, version.version).is_calibrated
            if loaded
            else None,
            aliases=names,
        )


def _plain(name: str, what: str = "combiner") -> str:
    """Return a name in a path, after checking its form.

    Raises:
        Problem: it does not have the form of names.
    """
    if not NAME.fullmatch(name):
        form = "up to 64 lower-case letters, digits, '.', '_' and '-', and starts with a letter"
        raise Problem("invalid-value", f"the name of a {what} has {form}")
    return name


def _number(version: str) -> int:
    """Return the number of a version in a path.

    Raises:
        Problem: it is not a number.
    """
    if not FIGURE.fullmatch(version):
        raise Problem("combiner-not-found", "a version is a number from 1")
    return int(version)


def _trained(combiner: Named) -> Trained:
    return Trained(
        name=combiner.name,
        learner=combiner.combiner.name,
        kind=combiner.kinds[0],
        signature=combiner.signature,
        calibrated=combiner.is_calibrated,
    )


def _move(move: Move) -> AliasMove:
    return AliasMove(
        alias=move.alias,
        version=move.version,
        set_at=move.set_at,
        set_by=move.set_by,
        evidence=dict(move.evidence),
    )


def _check_numbers(value: object) -> None:
    """Refuse infinite numbers, which not every database can store (1e400 is read as infinity)."""
    match value:
        case dict():
            for part in value.values():
                _check_numbers(part)
        case list():
            for part in value:
                _check_numbers(part)
        case float() if not math.isfinite(value):
            raise Refused("invalid-value", ["manifest"], "has a number that is not finite")
