"""`POST /v1/combine/batch`: combines many segments of one batch.

Each is combined as in a request of its own, but that a source without punctuation is spaced as most
sources of the batch that have been read by then. Systems are asked about several segments at the
same time, each about as many as its `concurrency` in the roster; the answers keep their order.
Judges are asked first about those segments of a JSON list whose outcome they most likely change,
and about NDJSON in the order of the lines.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from math import inf
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from evaluation.edits.batch_style import StyleTally
from service.api import body
from service.api.combine_answer import CombineAnswer
from service.api.disconnect import while_there
from service.api.ndjson import Arrival, LinesResponse, split
from service.api.openapi import problem_responses, ref, request_body
from service.api.problem_responses import as_problem, count_refusal
from service.api.quota import spend
from service.api.resources.combine import (
    EXAMPLE,
    CombineRequest,
    answered,
    check_count,
    combined,
)
from service.api.side_by_side import side_by_side
from service.container import Application
from service.core import strict_json
from service.core.admission import Gate
from service.core.drafts import Draft
from service.core.engine import Engine, Query
from service.core.judging import Budget
from service.core.limits import Refused
from service.core.problems import MOST_FAULTS, Fault, dump, fault, faults_of, invalid
from service.core.settings import Settings

_LOG = logging.getLogger(__name__)

_AT_ONCE = 16
"""Segments of one batch in work at the same time: twice the usual `concurrency` of endpoints, which
are so always busy."""


class Batch:
    """One request of many segments; `as_list`, `as_lines` and `lines_to_lines` answer it."""

    def __init__(self, engine: Engine, settings: Settings, request: Request) -> None:
        self._engine = engine
        self._settings = settings
        self._request = request
        self._tally = StyleTally()
        self._budget: Budget | None = None
        self._lines = 0

    async def queries(self, media_type: str) -> list[Query]:
        """Return the queries in a whole body.

        Raises:
            Problem: some are not valid; with a pointer to every fault.
        """
        settings = self._settings
        content = await body.read(self._request, settings.body_bytes, settings.read_timeout_s)
        if media_type == body.NDJSON:
            lines = filter(bytes.strip, content.split(b"\n"))
            values = [strict_json.parse(line, [i]) for i, line in enumerate(lines)]
            queries = _queries(values, settings)
        else:
            queries = _queries(strict_json.parse(content), settings)
        for query in queries:
            self._tally.add(query.source)
        return queries

    async def as_list(self, queries: Sequence[Query]) -> bytes:
        """Return the answers as a JSON list.

        Raises:
            Refused: one cannot be granted; the path begins with its index.
            TimeoutError: they were not done by the deadline of a batch.
        """
        await spend(self._request, len(queries))
        return await while_there(self._request, self._all(queries))

    async def _all(self, queries: Sequence[Query]) -> bytes:
        make = self._judged if self._engine.judges.by_name else self._each
        async with asyncio.timeout(self._settings.batch_deadline_s):
            return b"[%b]" % b",".join([part async for part in make(queries)])

    async def _each(self, queries: Sequence[Query]) -> AsyncGenerator[bytes, None]:
        """Yield the answer to each query, in their order."""
        async with aclosing(side_by_side(_counted(queries), self._one, _AT_ONCE)) as answers:
            async for part in answers:
                yield part

    async def _one(self, item: tuple[int, Query]) -> bytes:
        number, query = item
        await asyncio.sleep(0)  # let other requests run
        with _numbered(number):
            return await combined(self._request, self._engine, self._part(query), self._budget)

    async def _judged(self, queries: Sequence[Query]) -> AsyncGenerator[bytes, None]:
        """Yield the answers once judges were asked about those that these most likely change."""
        made = side_by_side(_counted(queries), self._draft, _AT_ONCE)
        async with aclosing(made) as arriving:
            drafts = [draft async for draft in arriving]
        # What they are not asked by then is left to the votes.
        budget = self._engine.judges.budget(self._settings.batch_deadline_s / 2)
        await self._engine.judge(drafts, budget)
        for draft in drafts:
            yield await answered(self._request, self._engine.finish(draft))
            await asyncio.sleep(0)

    async def _draft(self, item: tuple[int, Query]) -> Draft:
        number, query = item
        await asyncio.sleep(0)
        with _numbered(number):
            part = self._part(query)
            check_count(part)
            return await self._engine.draft(part)

    async def as_lines(self, queries: Sequence[Query]) -> AsyncGenerator[bytes, None]:
        """Yield an answer or a problem for each query, a line each."""
        self._budget = self._engine.judges.budget(inf)
        read = ((number + 1, self._part(query)) async for number, query in _counted(queries))
        async with aclosing(side_by_side(read, self._line, _AT_ONCE)) as answers:
            async for line in answers:
                yield line

    async def lines_to_lines(self) -> AsyncGenerator[bytes, None]:
        """Yield an answer or a problem for each line of the body, as the lines arrive."""
        settings = self._settings
        self._budget = self._engine.judges.budget(inf)
        arrival = Arrival(self._request.receive, settings.stream_bytes, settings.read_timeout_s)
        try:
            async with (
                arrival,
                aclosing(side_by_side(self._read(arrival), self._line, _AT_ONCE)) as answers,
            ):
                async for line in answers:
                    yield line
        except ClientDisconnect:
            return
        except Exception as error:
            yield self._problem(self._lines + 1, error)

    async def _read(self, arrival: Arrival) -> AsyncGenerator[tuple[int, Query | Exception], None]:
        """Yield the number of each line that is not blank, and its query, or the error in it."""
        limit = self._settings.body_bytes
        async for line in split(arrival.blocks(), limit):
            self._lines += 1
            if line is None or line.strip():
                try:
                    query: Query | Exception = self._part(self._read_line(line))
                except Exception as error:
                    query = error
                yield self._lines, query

    async def _line(self, item: tuple[int, Query | Exception]) -> bytes:
        number, query = item
        await asyncio.sleep(0)  # let other requests run
        try:
            if isinstance(query, Exception):
                raise query
            await spend(self._request, 1)
            return await combined(self._request, self._engine, query, self._budget) + b"\n"
        except Exception as error:
            return self._problem(number, error)

    def _part(self, query: Query) -> Query:
        return replace(query, queue_if_busy=True, style=self._tally.style)

    def _read_line(self, line: bytes | None) -> Query:
        if line is None:
            raise body.too_large(self._settings.body_bytes)
        query = strict_json.validate(CombineRequest, strict_json.parse(line)).query()
        self._tally.add(query.source)
        return query

    def _problem(self, number: int, error: Exception) -> bytes:
        problem = as_problem(error)
        count_refusal(self._request.scope, error, problem)
        request_id = self._request.scope["request_id"]
        if problem.status == 500:
            _LOG.error("request %s, line %d", request_id, number, exc_info=error)
        return dump({**problem.document(request_id), "line": number}) + b"\n"


async def _counted(queries: Sequence[Query]) -> AsyncGenerator[tuple[int, Query], None]:
    """Yield each query with its index."""
    for item in enumerate(queries):
        yield item


@contextmanager
def _numbered(i: int) -> Iterator[None]:
    """Have the path of a refusal begin with the index of the query."""
    try:
        yield
    except Refused as refusal:
        raise Refused(refusal.code, [i, *refusal.path], refusal.detail) from None


def _queries(values: object, settings: Settings) -> list[Query]:
    if not isinstance(values, list):
        raise invalid([fault("invalid-type", [], "should be a list")])
    if len(values) > settings.batch_segments:
        most = settings.batch_segments
        detail = f"has {len(values)} elements; the limit is {most}"
        raise invalid([fault("too-many", [], detail)])
    queries: list[Query] = []
    faults: list[Fault] = []
    for i, value in enumerate(values):
        try:
            queries.append(CombineRequest.model_validate(value).query())
        except ValidationError as error:
            faults += faults_of(error, [i])
        if len(faults) > MOST_FAULTS:
            break
    if faults:
        raise invalid(faults)
    return queries


def routes(application: Application) -> APIRouter:
    """Return the route for many segments."""
    router = APIRouter(tags=["combine"])
    engine, settings = application.engine, application.settings
    streams = Gate(settings.streams_at_once)
    request_schema = ref(CombineRequest)
    content: dict[str, dict[str, Any]] = {
        body.JSON: {"schema": {"type": "array", "items": request_schema}, "example": [EXAMPLE]},
        body.NDJSON: {"schema": request_schema, "example": EXAMPLE},
    }

    @router.post(
        "/v1/combine/batch",
        response_class=Response,
        responses={
            200: {"model": list[CombineAnswer]},
            **problem_responses(408, 413, 415, 422, 503),
        },
        openapi_extra=request_body(content),
    )
    async def combine_batch(request: Request) -> Response:
        """Combine the outputs of many segments; answers are NDJSON if `Accept` names it, else JSON.

        A source without punctuation is spaced as most sources of the batch. An NDJSON body with an
        NDJSON answer is answered line by line as the lines arrive, so there only those up to the
        line count. A faulty line is answered with a problem that has its number, and the others are
        combined.
        """
        media_type = body.media_type(request, [body.JSON, body.NDJSON])
        batch = Batch(engine, settings, request)
        if body.NDJSON not in request.headers.get("accept", "").lower():
            answers = await batch.as_list(await batch.queries(media_type))
            return Response(answers, media_type=body.JSON)
        if media_type == body.NDJSON:
            lines = batch.lines_to_lines()
        else:
            lines = batch.as_lines(await batch.queries(media_type))
        return LinesResponse(lines, settings.read_timeout_s, streams.enter())

    return router
