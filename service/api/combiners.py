"""`/v1/combiners`: trained combiners, uploaded, named, held against each other, put in charge."""

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Request
from pydantic_core import to_json
from starlette.responses import Response

from ensemble.baselines import Majority
from ensemble.combiner import Combiner
from service.api import body
from service.api.combiner_form import FORM, UPLOAD, from_here, read_form
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
from service.api.openapi import problem_responses, ref, request_body
from service.desk import Desk
from service.limits import Gate, Refused
from service.problems import Problem
from service.registry import catalogue, promotion, shadow
from service.registry.catalogue import CHAMPION, Move, Version
from service.registry.registry import RESERVED, Registry, offered
from service.settings import Settings
from service.store.database import Database

_UPLOADS = 2  # at once: each is held in memory as it arrives
_BUILT_IN = ["vote", "learned-vote", "mbr"]
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_FIGURE = re.compile(r"[1-9][0-9]{0,8}")
_Plain = Annotated[str, Path(json_schema_extra={"pattern": f"^{_PLAIN_NAME.pattern}$"})]
_Figure = Annotated[str, Path(json_schema_extra={"pattern": f"^{_FIGURE.pattern}$"})]

_EXAMPLE = {"version": 2, "force": {"reason": "version 1 was trained on the wrong data"}}

Found = TypeVar("Found")


def plain(name: str, what: str = "combiner") -> str:
    """Return a name as it stands in a path.

    Raises:
        Problem: nothing can be called that.
    """
    if not _PLAIN_NAME.fullmatch(name):
        words = "lower-case letters, digits, '.', '_' and '-', a letter first, at most 64"
        raise Problem(422, f"the name of a {what} is of {words}")
    return name


def number(version: str) -> int:
    """Return the number of a version as it stands in a path.

    Raises:
        Problem: it is none.
    """
    if not _FIGURE.fullmatch(version):
        raise Problem(404, "a version is a number from 1")
    return int(version)


class Resource:
    """What the routes do; `promote` is the one that weighs evidence."""

    def __init__(self, registry: Registry, database: Database, settings: Settings) -> None:
        self._registry = registry
        self._database = database
        self._settings = settings
        self._desk = Desk(settings.batch_deadline_s, "promote")
        self._uploads = Desk(settings.batch_deadline_s, "upload")
        self._arriving = Gate(_UPLOADS)

    async def upload(self, request: Request, name: str) -> Response:
        """Register what a form holds."""
        plain(name)
        from_here(request)
        if name in RESERVED:
            raise Problem(409, f"{name} is what requests call another combiner")
        body.media_type(request, [FORM])
        settings = self._settings
        with self._arriving.enter():
            parts = await read_form(request, settings.combiner_bytes, settings.read_timeout_s)
        said = body.parse(parts[0], ["manifest"])
        if not isinstance(said, dict):
            raise Refused(["manifest"], "should be a JSON object")
        _check_numbers(said)
        await self._registry.refresh()  # where the database is away, no file is kept for nothing
        found = await self._uploads.answer(
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
            lambda connection: (catalogue.versions(connection), catalogue.current(connection))
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
        plain(name)
        versions, aliases, moves = await self._read(
            lambda connection: (
                catalogue.versions(connection, name),
                catalogue.current(connection, name),
                catalogue.history(connection, name),
            )
        )
        if not versions:
            raise Problem(404, f"no combiner {name} is registered")
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

    async def version(self, name: str, version: int) -> VersionState:
        """Show one version, with its manifest."""
        plain(name)
        found, aliases, said = await self._read(
            lambda connection: (
                catalogue.find(connection, name, version),
                catalogue.current(connection, name),
                catalogue.manifest(connection, name, version),
            )
        )
        return {**self._state(found, aliases), "manifest": said}

    async def point(self, request: Request, name: str, alias: str, by: str) -> AliasMove:
        """Move an alias; the champion's only for a reason."""
        plain(name), plain(alias, "alias")
        body.media_type(request, [body.JSON])
        settings = self._settings
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        asked = body.validate(AliasRequest, body.parse(content))
        if alias != CHAMPION:
            if asked.evidence or asked.force:
                raise Refused(["evidence" if asked.evidence else "force"], "is for the champion")
            move = await self._registry.point(name, alias, asked.version, by, {"how": "set"})
            return _move(move)
        return _move(await self._promote(name, asked, by))

    async def _promote(self, name: str, asked: AliasRequest, by: str) -> Move:
        if (asked.evidence is None) == (asked.force is None):
            raise Refused([], "a champion takes either evidence, or force with a reason")
        if asked.force:
            why: dict[str, Any] = {"how": "forced", "reason": asked.force.reason}
            return await self._registry.point(name, CHAMPION, asked.version, by, why)
        await self._registry.refresh()
        new, old = self._registry.get(name, asked.version), self._registry.champion(name)
        if old is new:
            raise Problem(409, f"{name}@{asked.version} is the champion already")
        proof = asked.evidence
        assert proof is not None
        against: Combiner = old or Majority()
        found = await self._desk.answer(
            lambda: promotion.compare(new, against, new.kinds[0], proof.evidence())
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
            raise Refused(["manifest"], "has a number that is not finite")


def routes(registry: Registry, database: Database, settings: Settings) -> APIRouter:
    """Return the routes of the registry."""
    router = APIRouter(tags=["combiners"])
    resource = Resource(registry, database, settings)

    def owner(request: Request) -> str:
        return str(request.scope.get("key_id", ""))

    @router.get("/v1/combiners", responses=problem_responses(503))
    async def combiners() -> Combiners:
        """List the combiners that requests can name."""
        return await resource.everything()

    @router.get("/v1/combiners/{name}", responses=problem_responses(404, 422, 503))
    async def combiner(name: _Plain) -> CombinerState:
        """Show a combiner's versions and aliases, how they moved, and how its shadows agree."""
        return await resource.one(name)

    @router.get("/v1/combiners/{name}/{version}", responses=problem_responses(404, 422, 503))
    async def version(name: _Plain, version: _Figure) -> VersionState:
        """Show one version of a combiner, with its manifest."""
        return await resource.version(name, number(version))

    @router.post(
        "/v1/combiners/{name}",
        response_class=Response,
        responses={
            200: {"model": VersionState, "description": "It is there already"},
            201: {"model": VersionState, "description": "It is the next version"},
            **problem_responses(400, 403, 408, 409, 413, 415, 422, 503),
        },
        openapi_extra=request_body({FORM: {"schema": UPLOAD}}),
    )
    async def upload(request: Request, name: _Plain) -> Response:
        """Register the next version of a combiner: the two files that `consort train` writes."""
        return await resource.upload(request, name)

    @router.delete(
        "/v1/combiners/{name}/{version}",
        status_code=204,
        responses=problem_responses(404, 409, 422, 503),
    )
    async def remove(name: _Plain, version: _Figure) -> None:
        """Forget a version that no alias points to."""
        await registry.remove(plain(name), number(version))

    @router.post(
        "/v1/combiners/{name}/aliases/{alias}",
        responses={
            **problem_responses(400, 404, 408, 413, 415, 422, 503),
            409: {
                "description": "Conflict",
                "content": {"application/problem+json": {"schema": ref("NotBetterDocument")}},
            },
        },
        openapi_extra=request_body(
            {body.JSON: {"schema": ref("AliasRequest"), "example": _EXAMPLE}}
        ),
    )
    async def point(request: Request, name: _Plain, alias: _Plain) -> AliasMove:
        """Point an alias at a version; the champion's takes a test that it wins, or a reason."""
        return await resource.point(request, name, alias, owner(request))

    @router.post(
        "/v1/combiners/{name}/aliases/{alias}/rollback",
        responses=problem_responses(403, 404, 409, 422, 503),
    )
    async def roll_back(request: Request, name: _Plain, alias: _Plain) -> AliasMove:
        """Point an alias at the version that it had before."""
        plain(name), plain(alias, "alias")
        from_here(request)
        return _move(await registry.roll_back(name, alias, owner(request)))

    @router.delete(
        "/v1/combiners/{name}/aliases/{alias}",
        status_code=204,
        responses=problem_responses(404, 409, 422, 503),
    )
    async def clear(request: Request, name: _Plain, alias: _Plain) -> None:
        """Take an alias away; the shadow's ends its run. The champion's is only moved."""
        plain(name), plain(alias, "alias")
        if alias == CHAMPION:
            raise Problem(409, "a champion gives way to another: promote one, or roll back")
        await registry.point(name, alias, catalogue.NOWHERE, owner(request), {"how": "cleared"})

    return router
