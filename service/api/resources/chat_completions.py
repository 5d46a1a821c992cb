"""`POST /v1/chat/completions` and `GET /v1/models`: the panel as a model, in OpenAI's form."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import to_json
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from service.api import body
from service.api.combine_answer import shown
from service.api.disconnect import while_there
from service.api.openapi import json_body
from service.api.problem_responses import as_problem, count_refusal
from service.api.quota import charge, spend
from service.container import Application
from service.core.panel import Panel
from service.core.query import Conversation
from service.openai import errors
from service.openai.completion import ChatAnswer
from service.openai.openai_types import ChatCompletion, ErrorAnswer, Model, Models
from service.openai.request import ChatRequest

_EXAMPLE = {
    "model": "consort",
    "messages": [{"role": "user", "content": "Which city is the capital of France?"}],
}
_EVENT = {
    "type": "object",
    "properties": {
        "data": {"type": "string", "description": "A chunk or an error as JSON, or `[DONE]`"}
    },
    "required": ["data"],
}
_STREAM = {"text/event-stream": {"schema": _EVENT}}
_PING_S = 5
_CREATED = 0  # the models are as old as the service, which clients do not use


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorAnswer} for status in statuses}


def routes(application: Application) -> APIRouter:
    """Return the routes that clients of OpenAI's API call."""
    router = APIRouter(tags=["openai"])
    panel, settings = application.panel, application.settings

    @router.get("/v1/models")
    async def list_models() -> Models:
        """List the models: the panel as the roster has it, and with each of its combiners."""
        return Models(object="list", data=[_model(name) for name in panel.models()])

    @router.get("/v1/models/{model:path}", responses=_errors(404))
    async def show_model(model: str) -> Model:
        """Show one model."""
        panel.combiner(model)
        return _model(model)

    @router.post(
        "/v1/chat/completions",
        response_class=Response,
        responses={
            200: {"model": ChatCompletion, "content": _STREAM},
            **_errors(400, 404, 408, 413, 415, 503),
        },
        openapi_extra=json_body(ChatRequest, _EXAMPLE),
    )
    async def complete_chat(request: Request) -> Response:
        """Answer a conversation: the members are asked, and their answers combined.

        With `stream`, comments are sent until the members have answered, then the answer in pieces.
        """
        chat = await body.read_json(request, ChatRequest, settings)
        combiner = panel.combiner(chat.model)
        panel.check(_conversation(chat), combiner)
        await spend(request, 1)
        if chat.stream:
            return EventSourceResponse(
                _stream(request, panel, chat, combiner),
                ping=_PING_S,
                ping_message_factory=lambda: ServerSentEvent(comment="keep-alive"),
                send_timeout=settings.read_timeout_s,
                sep="\n",
            )
        answer = await while_there(request, _answer(request, panel, chat, combiner))
        return Response(to_json(answer.whole()), media_type=body.JSON)

    return router


def _conversation(chat: ChatRequest) -> Conversation:
    """Return the conversation in a request."""
    messages = [message.sent_on for message in chat.messages]
    return Conversation(messages, chat.options, chat.question)


async def _answer(
    request: Request, panel: Panel, chat: ChatRequest, combiner: str | None
) -> ChatAnswer:
    answered = await panel.answer(_conversation(chat), combiner)
    outcome = answered.outcome
    charge(request, outcome.spent)
    evidence = {"kind": outcome.kind, **shown(outcome)}
    return ChatAnswer(chat.model, answered.text, answered.finish, outcome.spent, evidence)


async def _stream(
    request: Request, panel: Panel, chat: ChatRequest, combiner: str | None
) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield the events of a stream: a comment at once, and the answer when it is decided.

    An error is an event of its own, since the status has been sent.
    """
    task = asyncio.create_task(_answer(request, panel, chat, combiner))
    try:
        yield ServerSentEvent(comment="asking")
        # Shielded: where the client leaves, anyio cancels again and again, so that the members'
        # connections would not be closed. The task is cancelled once, below.
        answer = await asyncio.shield(task)
    except Exception as error:  # the boundary: a stream must end with an answer or an error
        problem = as_problem(error)
        count_refusal(request.scope, error, problem)
        yield ServerSentEvent(data=errors.dump(problem).decode("ascii"))
        return
    finally:
        task.cancel()
    for data in answer.chunks(chat.wants_usage):
        yield ServerSentEvent(data=data)


def _model(name: str) -> Model:
    return Model(id=name, object="model", created=_CREATED, owned_by="consort")
