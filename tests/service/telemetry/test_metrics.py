"""What Prometheus, the log and traces get to see of real requests."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from service.api.app import create_app
from service.core.settings import Settings
from service.telemetry.metrics import EVERY
from tests.local_client import LocalClient

ROSTER = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
  - {name: broken, callable: "builtins:int"}
"""
SEGMENT = {"source": "I has", "outputs": {"a": "I have", "b": "I have", "c": "I has"}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    return Settings(roster=tmp_path / "roster.yaml", state=tmp_path)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with LocalClient(create_app(settings)) as client:
        yield client


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """All samples by name and the values of their labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *(v for k, v in sorted(sample.labels.items()) if k != "le")): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


def test_requests_by_route_and_status(client: TestClient) -> None:
    client.post("/v1/combine", json=SEGMENT)
    client.post("/v1/combine", json={})
    client.get("/v1/nowhere/else")
    client.get("/static/consort.css")
    found = samples(client)
    assert found["consort_request_seconds_count", "POST", "/v1/combine", "200"] == 1
    assert found["consort_request_seconds_count", "POST", "/v1/combine", "422"] == 1
    assert found["consort_request_seconds_count", "GET", "none", "404"] == 1
    assert found["consort_refused_total", "invalid"] == 1
    assert found["consort_requests_under_way",] == 1
    assert found["consort_queue_characters",] == 0
    assert "nowhere" not in client.get("/metrics").text


def test_lines_that_are_refused_are_counted_each(client: TestClient) -> None:
    lines = [json.dumps(SEGMENT), "{}", "nonsense", json.dumps(SEGMENT)]
    form = {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"}
    answer = client.post("/v1/combine/batch", content="\n".join(lines), headers=form)
    assert len(answer.text.splitlines()) == 4
    found = samples(client)
    assert found["consort_refused_total", "invalid"] == 2
    assert found["consort_combined_total", "vote", "edits"] == 2


def test_combinations_by_phase(client: TestClient) -> None:
    for _ in range(EVERY + 1):
        client.post("/v1/combine", json=SEGMENT)
    found = samples(client)
    for phase in ("queue", "align", "combine", "decode"):
        assert found["consort_phase_seconds_count", phase] == 2
    assert found["consort_phase_seconds_count", "features"] == 0
    assert found["consort_combined_total", "vote", "edits"] == EVERY + 1
    assert found["consort_agreement_sum",] == pytest.approx(2 * 2 / 3)


def test_members(client: TestClient) -> None:
    answer = client.post("/v1/combine", json={"source": "a b", "systems": ["upper", "broken"]})
    assert answer.json()["degraded"]
    found = samples(client)
    assert found["consort_member_seconds_count", "upper"] == 1
    assert found["consort_member_failures_total", "failed", "broken"] == 1
    assert ("consort_member_failures_total", "ok", "upper") not in found


def test_two_apps_do_not_mix(settings: Settings) -> None:
    with LocalClient(create_app(settings)) as one, LocalClient(create_app(settings)) as two:
        one.post("/v1/combine", json=SEGMENT)
        assert ("consort_combined_total", "vote", "edits") not in samples(two)


def test_a_line_of_json_for_each_request(
    client: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    sent = "5A0D6D5B-7F5C-4D4C-9A3B-3F0F0D5B7F5C"
    answer = client.post("/v1/combine", json=SEGMENT, headers={"X-Request-ID": sent})
    assert answer.headers["x-request-id"] == sent.lower()
    [line] = map(json.loads, capfd.readouterr().err.splitlines())
    assert line["id"] == sent.lower()
    assert (line["route"], line["status"], line["key"]) == ("/v1/combine", 200, "")
    assert line["received"] == int(answer.request.headers["content-length"])
    assert line["sent"] == len(answer.content)


@pytest.mark.parametrize("sent", ["", "x" * 36, "\u00e9" * 16, "a b", "{" + "0" * 34 + "}"])
def test_an_id_that_is_none_is_not_taken_up(client: TestClient, sent: str) -> None:
    answer = client.get("/livez", headers={"X-Request-ID": sent.encode("utf-8")})
    assert len(answer.headers["x-request-id"]) == 36
    assert answer.headers["x-request-id"] not in sent


def test_quiet_where_no_log_is_wanted(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    quiet: Callable[..., Settings] = settings.model_copy
    with LocalClient(create_app(quiet(update={"log_requests": False}))) as client:
        client.get("/livez")
    assert capfd.readouterr().err == ""
