"""Each code of a problem is provoked; `/problems` explains all of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from service.core.problem_types import PROBLEM_TYPES, Code
from service.store import keys
from service.store.database import Database
from tests.asked import COMBINE, VALIDATE
from tests.local_client import LocalClient
from tests.trained import evidence, files

Serve = Callable[..., TestClient]

OUTPUTS = {"a": "a", "b": "b"}
SEGMENT = {"source": "a b", "outputs": OUTPUTS}
JSON = {"content-type": "application/json"}
ID = "0" * 32
EDIT = {"start": 0, "end": 1, "replacement": "b", "type": "R:OTHER", "voters": ["a"]}
EDIT |= {"accepted": True}
SCORES = {"a": [1, 2], "b": [2, 1]}

REQUESTS: dict[Code, tuple[str, str, dict[str, Any]]] = {
    "alias-not-found": ("DELETE", "/v1/combiners/mine/aliases/none", {}),
    "artefact-damaged": (
        "POST",
        "/v1/combiners/mine",
        {"files": {"manifest": b"{}", "weights": b""}},
    ),
    "body-too-large": (
        "POST",
        "/v1/combine",
        {"content": b" " * ((1 << 20) + 1), "headers": JSON},
    ),
    "combiner-not-found": ("GET", "/v1/combiners/none", {}),
    "conflicting-fields": ("POST", "/v1/combine", {"json": {**SEGMENT, "label_case": "ignore"}}),
    "cross-site-request": (
        "POST",
        "/v1/combiners/mine",
        {"files": {}, "headers": {"sec-fetch-site": "cross-site"}},
    ),
    "host-not-allowed": ("GET", "/v1/systems", {"headers": {"host": "evil.example"}}),
    "duplicate-key": (
        "POST",
        "/v1/combine",
        {"content": b'{"source": "a", "source": "b"}', "headers": JSON},
    ),
    "duplicate-value": ("POST", "/v1/combine", {"json": {"source": "a", "systems": ["same"] * 2}}),
    "edit-out-of-range": ("POST", "/v1/feedback", {"json": {"source": "a", "edits": [
        {**EDIT, "end": 9}]}}),
    "feedback-not-found": ("DELETE", f"/v1/feedback/{ID}", {}),
    "invalid-characters": ("POST", "/v1/combine", {"json": {**SEGMENT, "source": "\x00"}}),
    "invalid-configuration": ("POST", "/v1/jobs", {"json": {**VALIDATE, "config": {"version": 2}}}),
    "invalid-evidence": (
        "POST",
        "/v1/combiners/mine/aliases/champion",
        {"json": {"version": 1, "evidence": {"segments": evidence(1)}}},
    ),
    "invalid-json": ("POST", "/v1/combine", {"content": b"{", "headers": JSON}),
    "invalid-m2": ("POST", "/v1/validations", {"json": {"m2": "A 0 1", "metrics": ["chrf"]}}),
    "invalid-metric": (
        "POST",
        "/v1/validations",
        {"json": {"m2": "S a", "metrics": ["sari:order=2"]}},
    ),
    "invalid-parameter": ("GET", "/v2/check", {"headers": {"accept": "application/json"}}),
    "invalid-probabilities": (
        "POST",
        "/v1/combine",
        {"json": {**SEGMENT, "outputs": {"a": "a", "b": {"a": 2}}, "kind": "labels"}},
    ),
    "invalid-type": ("POST", "/v1/combine", {"json": {**SEGMENT, "source": 1}}),
    "invalid-upload": ("POST", "/v1/combiners/mine", {"files": {"manifest": b"{}"}}),
    "invalid-value": ("POST", "/v1/combine", {"json": {**SEGMENT, "kind": "poems"}}),
    "job-not-found": ("GET", f"/v1/jobs/{ID}", {}),
    "method-not-allowed": ("PUT", "/v1/combine", {}),
    "missing-field": ("POST", "/v1/combine", {"json": {}}),
    "name-reserved": ("POST", "/v1/combiners/vote", {"files": {}}),
    "no-previous-version": ("POST", "/v1/combiners/mine/aliases/champion/rollback", {}),
    "not-computable": (
        "POST",
        "/v1/evaluations",
        {
            "json": {
                "judgements": SCORES,
                "texts": {"outputs": {"a": ["a", "b"], "b": ["a", "b"]}},
                "metrics": ["chrf"],
            }
        },
    ),
    "not-found": ("GET", "/nothing", {}),
    "path-not-allowed": ("POST", "/v1/jobs", {"json": {**VALIDATE, "set": {"data": "/"}}}),
    "segment-mismatch": (
        "POST",
        "/v1/evaluations",
        {"json": {"judgements": SCORES, "scores": {"x": {"a": [1], "b": [1]}}}},
    ),
    "text-empty": ("POST", "/v1/combine", {"json": {**SEGMENT, "source": " "}}),
    "text-too-long": ("POST", "/v1/combine", {"json": {**SEGMENT, "source": "a " * 5000}}),
    "too-few": ("POST", "/v1/feedback", {"json": {"source": "a", "edits": []}}),
    "too-few-systems": ("POST", "/v1/combine", {"json": {"source": "a", "systems": ["same"]}}),
    "too-many": ("POST", "/v1/feedback", {"json": {"source": "a", "edits": [EDIT] * 201}}),
    "too-many-systems": (
        "POST",
        "/v1/combine",
        {"json": {**SEGMENT, "outputs": {str(i): "a" for i in range(33)}}},
    ),
    "unknown-combiner": ("POST", "/v1/combine", {"json": {**SEGMENT, "combiner": "nonsense"}}),
    "unknown-configuration": ("POST", "/v1/jobs", {"json": {**VALIDATE, "config": "nonsense"}}),
    "unknown-field": ("POST", "/v1/combine", {"json": {**SEGMENT, "sauce": 1}}),
    "unknown-language": (
        "GET",
        "/v2/check",
        {"params": {"language": "xx", "text": "a"}, "headers": {"accept": "application/json"}},
    ),
    "unknown-system": ("POST", "/v1/combine", {"json": {"source": "a", "systems": ["x", "y"]}}),
    "unsupported-kind": (
        "POST",
        "/v1/combine",
        {"json": {**SEGMENT, "combiner": "mbr", "kind": "edits"}},
    ),
    "unsupported-media-type": ("POST", "/v1/combine", {"content": b"a"}),
}  # fmt: skip
"""A request that is answered with this code, of a service with one version of `mine`."""

IN_SEQUENCE: set[Code] = {
    "already-champion", "disk-quota-exceeded", "feedback-limited", "idempotency-key-reused",
    "job-ended", "job-not-retryable", "key-invalid", "key-missing", "key-not-found", "not-better",
    "not-ready", "queue-full", "rate-limited", "result-not-found", "scope-missing",
    "version-in-use",
}  # fmt: skip
"""Codes that need more than one request, or other settings: the tests below."""

ELSEWHERE: dict[Code, str] = {
    "alias-moved": "tests/service/registry/test_registry.py",
    "artefact-unsuitable": "tests/security/test_artefacts.py",
    "body-timeout": "tests/service/api/test_body.py",
    "combiner-busy": "tests/service/registry/test_registry.py",
    "combiner-failed": "tests/security/test_artefacts.py",
    "connection-closed": "tests/service/api/test_body.py",
    "database-unavailable": "tests/faults/test_database_away.py",
    "deadline-exceeded": "tests/contract/test_evaluations.py",
    "disk-full": "tests/faults/test_full_disk.py",
    "internal-error": "tests/service/api/test_problems.py",
    "kind-mismatch": "tests/contract/test_combiners.py",
    "no-system-answered": "tests/contract/test_check.py",
    "registry-full": "tests/service/registry/test_registry.py",
    "stopping": "tests/service/api/test_serving.py",
    "unknown-model": "tests/contract/test_chat_refusals.py",
    "unsupported-parameter": "tests/contract/test_chat_refusals.py",
}
"""Codes that need a fault, a race or a broken file, or are those of other forms: tested there."""


def code_of(response: Response) -> str:
    """The code of a problem document that is as its type says."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    prefix, _, code = problem["type"].rpartition("/")
    kind = PROBLEM_TYPES[code]
    assert prefix == "/problems"
    assert (response.status_code, problem["title"]) == (kind.status, kind.title)
    assert [fault["code"] for fault in problem.get("errors", [])][:1] in ([], [code])
    return str(code)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from service.api.app import create_app
    from service.core.settings import Settings
    from tests.contract.conftest import ROSTER

    folder = tmp_path_factory.mktemp("problems")
    (folder / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=folder / "roster.yaml", state=folder / "state", job_workers=0)
    with LocalClient(create_app(settings)) as client:
        assert client.post("/v1/combiners/mine", files=files("able").form).is_success
        yield client


@pytest.mark.parametrize("code", REQUESTS)
def test_a_code_is_provoked(client: TestClient, code: Code) -> None:
    method, path, request = REQUESTS[code]
    assert code_of(client.request(method, path, **request)) == code


def test_every_code_is_tested() -> None:
    assert {*REQUESTS, *IN_SEQUENCE, *ELSEWHERE} == set(PROBLEM_TYPES)
    root = Path(__file__).parents[2]
    assert [path for path in ELSEWHERE.values() if not (root / path).is_file()] == []


def test_codes_of_combiners(client: TestClient) -> None:
    champion = "/v1/combiners/mine/aliases/champion"
    poor = client.post("/v1/combiners/mine", files=files("bad").form).json()["version"]
    forced = {"version": 1, "force": {"reason": "a test"}}
    assert client.post(champion, json=forced).is_success
    proof = {"segments": evidence()}
    again = client.post(champion, json={"version": 1, "evidence": proof})
    assert code_of(again) == "already-champion"
    worse = client.post(champion, json={"version": poor, "evidence": proof})
    assert code_of(worse) == "not-better"
    assert code_of(client.delete("/v1/combiners/mine/1")) == "version-in-use"


def test_codes_of_jobs(client: TestClient) -> None:
    key = {"Idempotency-Key": "one"}
    job = client.post("/v1/jobs", json=COMBINE, headers=key).headers["location"]
    reused = client.post("/v1/jobs", json={**COMBINE, "evidence": False}, headers=key)
    assert code_of(reused) == "idempotency-key-reused"
    assert code_of(client.get(f"{job}/files/none.txt")) == "result-not-found"
    assert code_of(client.post(f"{job}/retry")) == "job-not-retryable"


def test_the_code_of_too_much_feedback(serve: Serve, tmp_path: Path) -> None:
    client = serve(state=tmp_path / "state", feedback_stored_per_day=1)
    assert client.get("/v1/limits").json()["feedback_verdicts_per_day"] == 1
    body = {"source": "a", "edits": [EDIT]}
    assert client.post("/v1/feedback", json=body).is_success
    refused = client.post("/v1/feedback", json=body)
    assert code_of(refused) == "feedback-limited"
    assert 0 < int(refused.headers["retry-after"]) <= 86_401


def test_a_job_that_has_ended_cannot_be_cancelled(serve: Serve, tmp_path: Path) -> None:
    client = serve(state=tmp_path / "state")
    job = client.post("/v1/jobs", json=COMBINE).headers["location"]
    with client.stream("GET", f"{job}/events") as stream:
        assert list(stream.iter_lines())
    assert code_of(client.post(f"{job}/cancel")) == "job-ended"


def test_codes_of_keys_and_rates(serve: Serve, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    database = Database(f"sqlite:///{state / 'consort.db'}")
    database.migrate()
    read = keys.create(database, "read", ["read"], 1)[1]
    admin = keys.create(database, "admin", ["admin"], 1)[1]
    database.close()
    client = serve(state=state, require_keys=True, requests_per_minute=2, poll_s=0.05)
    while client.get("/v1/limits", headers={"x-api-key": "x"}).status_code == 503:
        pass
    assert code_of(client.get("/v1/limits")) == "key-missing"
    assert code_of(client.get("/v1/limits", headers={"x-api-key": "x"})) == "key-invalid"
    assert code_of(client.get("/v1/keys", headers={"x-api-key": read})) == "scope-missing"
    absent = client.delete("/v1/keys/none", headers={"x-api-key": admin})
    assert code_of(absent) == "key-not-found"
    answers = [client.get("/v1/limits", headers={"x-api-key": read}) for _ in range(3)]
    assert code_of(answers[-1]) == "rate-limited"


def test_codes_of_capacity(serve: Serve) -> None:
    roster = 'version: 1\nsystems: [{name: absent, callable: "no.such.module:function"}]\n'
    client = serve(roster)
    assert code_of(client.get("/readyz")) == "not-ready"
    waiting = serve(jobs_waiting=1, job_workers=0)
    assert waiting.post("/v1/jobs", json=COMBINE).is_success
    assert code_of(waiting.post("/v1/jobs", json=COMBINE)) == "queue-full"
    small = serve(jobs_disk_bytes=100, job_workers=0)
    assert code_of(small.post("/v1/jobs", json=COMBINE)) == "disk-quota-exceeded"


def test_every_type_is_explained(client: TestClient) -> None:
    listed = client.get("/problems").json()
    assert len(listed) == len(PROBLEM_TYPES)
    for described in listed:
        assert client.get(described["type"]).json() == described
    assert code_of(client.get("/problems/nonsense")) == "not-found"


def test_the_schema_lists_every_type(client: TestClient) -> None:
    document = json.loads(client.get("/openapi.json").content)
    schemas = document["components"]["schemas"]
    types = [f"/problems/{code}" for code in PROBLEM_TYPES]
    assert schemas["Problem"]["properties"]["type"]["enum"] == types
    assert schemas["NotBetterDocument"]["properties"]["type"]["enum"] == types
    faults = {code for code, kind in PROBLEM_TYPES.items() if kind.status == 422}
    assert set(schemas["Fault"]["properties"]["code"]["enum"]) == faults
