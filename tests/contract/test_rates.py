"""Rates: one too many is told when to come back, and callers do not share."""

import asyncio
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from service.core.limits import Refused
from service.core.problems import Problem
from service.core.rates import Rates
from tests.raising import raises_code

SEGMENT = {"source": "I has", "outputs": {"a": "I have", "b": "I have"}}
NDJSON = {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"}


async def _one_too_many() -> None:
    rates = Rates(3, 10)
    left = [dict(await rates.request("a"))[b"ratelimit-remaining"] for _ in range(3)]
    assert left == [b"2", b"1", b"0"]
    with pytest.raises(Problem) as caught:
        await rates.request("a")
    assert caught.value.status == 429
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
    assert caught.value.headers["RateLimit-Limit"] == "3"
    await rates.request("b")


def test_one_too_many() -> None:
    asyncio.run(_one_too_many())


async def _many_segments() -> None:
    rates = Rates(3, 10)
    await rates.segments("a", 9)
    await rates.segments("a", 1)
    with raises_code("rate-limited", Problem):
        await rates.segments("a", 1)
    with raises_code("too-many", Refused):
        await rates.segments("b", 11)


def test_segments_count_by_their_number() -> None:
    asyncio.run(_many_segments())


def test_addresses_are_counted_where_it_is_asked(serve: Callable[..., TestClient]) -> None:
    client = serve(limit_addresses=True, requests_per_minute=2)
    assert [client.get("/v1/limits").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/v1/limits")
    assert refused.json()["type"] == "/problems/rate-limited"
    assert refused.json()["detail"] == "more than 2 requests in a minute"
    assert int(refused.headers["retry-after"]) >= 1
    assert client.get("/livez").is_success


def test_nobody_is_counted_unless_asked(serve: Callable[..., TestClient]) -> None:
    client = serve(requests_per_minute=1, segments_per_minute=1)
    for _ in range(3):
        answer = client.post("/v1/combine/batch", json=[SEGMENT, SEGMENT])
        assert answer.is_success
        assert "ratelimit-limit" not in answer.headers


def test_segments_of_batches_and_lines_count(serve: Callable[..., TestClient]) -> None:
    client = serve(limit_addresses=True, segments_per_minute=3)
    assert client.post("/v1/combine/batch", json=[SEGMENT] * 2).is_success
    assert client.post("/v1/combine", json=SEGMENT).is_success
    refused = client.post("/v1/combine", json=SEGMENT)
    assert refused.status_code == 429
    assert refused.headers.get_list("ratelimit-limit") == ["3"]
    assert client.post("/v1/combine/batch", json=[SEGMENT] * 4).status_code == 422
    line = client.post("/v1/combine/batch", json=[SEGMENT], headers={"Accept": NDJSON["Accept"]})
    assert line.json()["status"] == 429
