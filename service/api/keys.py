"""`/v1/keys`: creates, lists and revokes keys, for callers with the scope `admin`."""

import re
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from typing_extensions import TypedDict

from service.api import body
from service.api.openapi import problem_responses, ref, request_body
from service.core import strict_json
from service.core.fields import custom_error
from service.core.problems import Problem
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from service.store.keys import KeyStore, Scope

EXAMPLE = {"name": "editor plugin", "scopes": ["read", "combine"], "days": 90}

_ID = re.compile(r"[0-9a-f]{16}")


def _printable(name: str) -> str:
    if not name.isprintable():
        raise custom_error("invalid-characters", "has characters that cannot be printed")
    return name


class KeyRequest(BaseModel):
    """A key to create."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_printable)] = Field(min_length=1, max_length=64)
    scopes: list[Scope] = Field(min_length=1, max_length=len(keys.SCOPES))
    days: float = Field(default=365, gt=0, le=36500, description="Until the key expires")


class KeyKnown(TypedDict):
    """A key without its secret; times are seconds since 1970."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: float
    expires_at: float | None
    revoked_at: float | None


class KeyMade(KeyKnown):
    """A new key; `key` is its text, which is never shown again."""

    key: str


def routes(store: KeyStore, database: Database, settings: Settings) -> APIRouter:
    """Return the routes for keys."""
    router = APIRouter(tags=["keys"])

    @router.post(
        "/v1/keys",
        status_code=201,
        response_class=Response,
        responses={
            201: {"model": KeyMade},
            **problem_responses(401, 403, 408, 413, 415, 422, 429, 503),
        },
        openapi_extra=request_body({body.JSON: {"schema": ref("KeyRequest"), "example": EXAMPLE}}),
    )
    async def create(request: Request) -> Response:
        """Create a key."""
        body.media_type(request, [body.JSON])
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        asked = strict_json.validate(KeyRequest, strict_json.parse(content))
        key, text = await database.ask(keys.create, database, asked.name, asked.scopes, asked.days)
        with suppress(SQLAlchemyError):  # an error would lose the text of the new key
            await store.refresh()
        answer = to_json({**key.shown(), "key": text})
        headers = {"Location": f"/v1/keys/{key.id}", "Cache-Control": "no-store"}
        return Response(answer, 201, headers, body.JSON)

    @router.get("/v1/keys", responses=problem_responses(401, 403, 429, 503))
    async def listed() -> list[KeyKnown]:
        """List all keys without their texts, including expired and revoked ones."""
        known = await database.ask(keys.every, database)
        return [KeyKnown(**key.shown()) for key in known]  # type: ignore[typeddict-item]

    @router.delete(
        "/v1/keys/{id}",
        status_code=204,
        responses=problem_responses(401, 403, 404, 422, 429, 503),
    )
    async def revoke(id: str) -> None:
        """Revoke a key: in this process at once, in others within `poll_s`."""
        if not _ID.fullmatch(id) or not await database.ask(keys.revoke, database, id):
            raise Problem("key-not-found", "no key has this id")
        await store.refresh()

    return router
