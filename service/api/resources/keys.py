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
from service.api.openapi import json_body, problem_responses
from service.container import Application
from service.core.fields import custom_error
from service.core.problems import Problem
from service.store import keys
from service.store.keys import Scope

EXAMPLE = {"name": "editor plugin", "scopes": ["read", "combine"], "days": 90}

_ID = re.compile(r"[0-9a-f]{16}")


def _printable(name: str) -> str:
    if not name.isprintable():
        raise custom_error("invalid-characters", "has characters that cannot be printed")
    return name


class KeyRequest(BaseModel):
    """A key to create."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_printable)] = Field(
        min_length=1, max_length=64, description="Printable characters, as Unicode defines them"
    )
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


def routes(application: Application) -> APIRouter:
    """Return the routes for keys; none where keys are off."""
    router = APIRouter(tags=["keys"])
    store, database, settings = application.keys, application.database, application.settings
    if store is None:
        return router

    @router.post(
        "/v1/keys",
        status_code=201,
        response_class=Response,
        responses={
            201: {"model": KeyMade},
            **problem_responses(408, 413, 415, 422, 503),
        },
        openapi_extra=json_body(KeyRequest, EXAMPLE),
    )
    async def create_key(request: Request) -> Response:
        """Create a key."""
        asked = await body.read_json(request, KeyRequest, settings)
        key, text = await database.keys.ask(
            keys.create, database, asked.name, asked.scopes, asked.days
        )
        with suppress(SQLAlchemyError):  # an error would lose the text of the new key
            await store.refresh()
        answer = to_json({**key.shown(), "key": text})
        headers = {"Location": f"/v1/keys/{key.id}", "Cache-Control": "no-store"}
        return Response(answer, 201, headers, body.JSON)

    @router.get("/v1/keys", responses=problem_responses(503))
    async def list_keys() -> list[KeyKnown]:
        """List all keys without their texts, including expired and revoked ones."""
        known = await database.keys.ask(keys.every, database)
        return [KeyKnown(**key.shown()) for key in known]  # type: ignore[typeddict-item]

    @router.delete(
        "/v1/keys/{id}",
        status_code=204,
        responses=problem_responses(404, 422, 503),
    )
    async def revoke_key(id: str) -> None:
        """Revoke a key: in this process at once, in others within `poll_s`."""
        if not _ID.fullmatch(id) or not await database.keys.ask(keys.revoke, database, id):
            raise Problem("key-not-found", "no key has this id")
        await store.refresh()

    return router
