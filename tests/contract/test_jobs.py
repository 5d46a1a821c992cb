"""`/v1/jobs` as clients see it; of workers, one does a real job of each light kind."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.api.app import create_app
from service.api.resources.jobs import EXAMPLE
from service.core.settings import Settings
from service.jobs.requests import DEEPEST, LONGEST_CONFIGURATION
from tests.local_client import LocalClient

ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
SCRIPT = "<script>alert(1)</script>"


def settings(folder: Path, **more: object) -> Settings:
    roster = folder / "roster.yaml"
    roster.write_text(ROSTER)
    return Settings(roster=roster, state=folder / "state", **more)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that takes jobs, and has nobody who does them."""
    folder = tmp_path_factory.mktemp("idle")
    app = create_app(settings(folder, job_workers=0, job_bytes=20_000, jobs_waiting=8))
    with LocalClient(app) as client:
        yield client


def submit(client: TestClient, body: object, **headers: str):
    return client.post("/v1/jobs", json=body, headers=headers)


def end(client: TestClient, location: str) -> list[tuple[str, dict]]:
    """The id and data of each event, to the last."""
    events, number = [], ""
    with client.stream("GET", f"{location}/events") as stream:
        for line in stream.iter_lines():
            key, _, value = line.partition(": ")
            if key == "id":
                number = value
            elif key == "data":
                events.append((number, json.loads(value)))
    return events


def test_jobs_are_done_and_their_files_given(tmp_path: Path) -> None:
    with LocalClient(create_app(settings(tmp_path))) as client:
        combine = submit(client, EXAMPLE)
        assert combine.status_code == 202
        outputs = {"path": ".", "systems": ["a", "b", SCRIPT], "references": ["target.txt"]}
        files = {name: text for name, text in EXAMPLE["files"].items() if name != "c.txt"}
        files |= {"x.txt": "He go\n", "target.txt": files["b.txt"]}
        config = {"version": 1, "study": "complementarity", "name": SCRIPT}
        config["outputs"] = {**outputs, "systems": ["a", "b"]}
        del files["x.txt"]
        told = {"kind": "diagnose", "config": config, "files": files}
        told["set"] = {"plan.orders": 2, "plan.labelled": 10}
        diagnose = submit(client, told)
        assert diagnose.status_code == 202, diagnose.text
        failing = submit(client, {**EXAMPLE, "systems": ["nobody"]})

        place = combine.headers["location"]
        events = end(client, place)
        assert [state for state in ("queued", "running") if state == events[0][1]["state"]]
        last, job = events[-1]
        assert (job["state"], job["attempts"]) == ("succeeded", 1)
        assert end(client, place)[0] == (last, job), "told again to who comes late"
        seen = client.get(f"{place}/events", headers={"Last-Event-ID": last})
        assert seen.status_code == 204
        combined = client.get(f"{place}/files/combined.txt")
        assert combined.text == "He goes to school .\nI have an apple .\n"
        assert combined.headers["content-disposition"].startswith("attachment")
        names = [file["name"] for file in client.get(f"{place}/files").json()]
        assert names == ["combined.txt", "evidence.jsonl", "table.json"]
        for name in ("../given/a.txt", "%2e%2e/given/a.txt", "/etc/passwd", "nothing", ""):
            assert client.get(f"{place}/files/{name}").status_code == 404

        place = diagnose.headers["location"]
        _, job = end(client, place)[-1]
        assert job["state"] == "succeeded", job
        page = client.get(f"{place}/files/report.html")
        assert page.headers.get_list("content-security-policy") == [
            "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; "
            "img-src data:; frame-ancestors 'none'"
        ]
        assert SCRIPT not in page.text
        assert client.post(f"{place}/cancel").status_code == 409

        place = failing.headers["location"]
        _, job = end(client, place)[-1]
        assert job["state"] == "failed"
        assert "nobody" in job["detail"]
        assert str(tmp_path) not in job["detail"]
        assert client.post(f"{place}/retry").json()["state"] == "queued"


def test_the_same_key_is_the_same_job(idle: TestClient) -> None:
    first = submit(idle, EXAMPLE, **{"Idempotency-Key": "one"})
    again = submit(idle, EXAMPLE, **{"Idempotency-Key": "one"})
    assert again.headers["location"] == first.headers["location"]
    other = submit(idle, {**EXAMPLE, "combiner": "mbr"}, **{"Idempotency-Key": "one"})
    assert other.status_code == 422
    assert submit(idle, EXAMPLE, **{"Idempotency-Key": "a b"}).status_code == 422


def test_pages_cancel_and_room(idle: TestClient) -> None:
    while (taken := submit(idle, EXAMPLE)).status_code == 202:
        place = taken.headers["location"]
    assert taken.status_code == 503
    assert taken.headers["retry-after"]
    first = idle.get("/v1/jobs", params={"limit": 5}).json()
    rest = idle.get("/v1/jobs", params={"limit": 5, "after": first["next"]}).json()
    ids = [job["id"] for job in first["jobs"] + rest["jobs"]]
    assert len(set(ids)) == len(ids) == idle.get("/v1/limits").json()["jobs_waiting"]
    assert rest["next"] is None
    assert idle.post(f"{place}/cancel").json()["state"] == "cancelled"
    assert end(idle, place)[-1][1]["state"] == "cancelled"
    assert idle.get(f"{place}/files").json() == []
    assert idle.post(f"{place}/retry").json()["state"] == "queued"
    for path in ("", "/events", "/files", "/files/a"):
        assert idle.get(f"/v1/jobs/nothing{path}").status_code == 404
    assert idle.get("/v1/jobs?limit=0").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("job", ["%00", "nothing", "0" * 31, "0" * 32, "0" * 33, "F" * 32])
def test_what_is_no_id_is_no_job(
    serve: Callable[..., TestClient], database_url: str, job: str
) -> None:
    client = serve(database=database_url, job_workers=0)
    for path in ("", "/events", "/files", "/files/a"):
        assert client.get(f"/v1/jobs/{job}{path}").status_code == 404
    for path in ("/cancel", "/retry"):
        assert client.post(f"/v1/jobs/{job}{path}").status_code == 404


OPERATORS = ("data", "humans", "functions", "functions.0.callable", "data.x", "a=b", "nokey")
RUN = {"kind": "validate", "config": "conll14", "files": {"a.m2": "S a b\n"}}
OWN = {"version": 1, "name": "n", "gold": ["a.m2"], "metrics": ["chrf"]}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"kind": "format-disk", "files": {}},
        {**EXAMPLE, "files": {}},
        {**EXAMPLE, "data": "/etc"},
        {**EXAMPLE, "combiner": "/etc"},
        {**EXAMPLE, "combiner": "vote:k=0"},
        {**EXAMPLE, "combiner": "fuse:width=1"},
        {"kind": "train", "files": {"a.txt": "", "t.txt": ""}, "references": ["t.txt"],
         "loss": "mse"},
        *({**EXAMPLE, "files": {name: ""}} for name in ("../a", "/a", "a/../b", "a\\b", ".a")),
        {"kind": "train", "files": {"a.txt": ""}},
        {"kind": "train", "files": {"a.txt": ""}, "gold": "gold.m2"},
        {**RUN, "config": "nothing"},
        {**RUN, "config": "../validate/conll14"},
        *({**RUN, "set": {key: "x"}} for key in OPERATORS),
        *({**RUN, "config": {**OWN, "gold": [path]}} for path in ("/etc/x", "a/../../b", "~/a")),
        *({**RUN, "config": {**OWN, key: "x"}} for key in (*OPERATORS[:3], "unknown")),
        {**RUN, "config": {**OWN, "metrics": [{"name": "bertscore", "model": "http://x/y"}]}},
        {**RUN, "set": {"metrics": ["chrf", "chrf"]}},
        {**RUN, "seeds": 0},
        {"kind": "train-metric", "name": "f", "files": {"t.csv": ""}, "train": "t.csv",
         "encoder": "/models/x"},
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_at_once(idle: TestClient, body: object) -> None:
    response = submit(idle, body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {**RUN, "config": {**OWN, "name": "n" * LONGEST_CONFIGURATION}},
        {**RUN, "config": {**OWN, "metrics": ["chrf-source"] * 20_000}},
        {**RUN, "set": {"metrics": ["chrf"] * 20_000}},
    ],
    ids=["name", "metrics", "set"],
)
def test_a_configuration_that_would_take_long_to_check_is_refused(
    tmp_path: Path, body: object
) -> None:
    roomy = settings(tmp_path, job_workers=0, job_bytes=1 << 20)
    with LocalClient(create_app(roomy)) as client:
        response = submit(client, body)
    assert response.status_code == 422
    assert "the limit is 65536" in response.json()["detail"]


@pytest.mark.parametrize("system", ["..", ".", "./.", "a/b", "a\\b", ""])
def test_a_system_does_not_lead_out_of_the_data(idle: TestClient, system: str) -> None:
    texts = {"form": "files", "path": ".", "outputs": ".{system}./a.txt", "systems": [system]}
    judged = {"form": "labels", "dimensions": {"formal": {system: 1}}}
    config = {"version": 1, "name": "n", "texts": texts, "judgements": judged, "metrics": ["chrf"]}
    response = submit(idle, {"kind": "benchmark", "config": config, "files": {"a.txt": "x"}})
    assert response.status_code == 422, response.text


@pytest.mark.parametrize("field", ["config", "set"])
@pytest.mark.parametrize("levels", [DEEPEST, 400])
@pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: {"key": one}])
def test_what_is_nested_too_deeply_is_refused(
    idle: TestClient, field: str, levels: int, wrap: Callable[[object], object]
) -> None:
    deep: object = "x"
    for _ in range(levels):
        deep = wrap(deep)
    response = submit(idle, {**RUN, field: {"plan": deep}})
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/invalid-configuration"
    assert f"{field} is nested more than {DEEPEST} levels deep" in response.json()["detail"]


@pytest.mark.parametrize("own", [{"gold": ["\ud800.m2"]}, {"name": "n", "\ud800": {"a": 1}}])
def test_what_no_answer_could_repeat_is_refused(idle: TestClient, own: dict[str, object]) -> None:
    content = json.dumps({**RUN, "config": {**OWN, **own}})
    response = idle.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/invalid-characters"
    assert idle.get("/v1/jobs").is_success


def test_bodies_are_bounded_and_typed(idle: TestClient) -> None:
    assert submit(idle, {**EXAMPLE, "files": {"a.txt": "a" * 20_000}}).status_code == 413
    assert idle.post("/v1/jobs", content=b"kind=combine").status_code == 415


def test_without_a_database_combining_goes_on(serve: Callable[..., TestClient]) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL is in consort[postgres]")
    client = serve(database="postgresql://nobody@/none?host=/nowhere")
    response = submit(client, EXAMPLE)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    outputs = {"a": "ab", "b": "ab"}
    assert client.post("/v1/combine", json={"source": "a", "outputs": outputs}).is_success


def test_the_openapi_example_is_of_every_kind(idle: TestClient) -> None:
    document = idle.get("/openapi.json").json()
    mapping = document["components"]["schemas"]["JobRequest"]["discriminator"]["mapping"]
    assert set(mapping) == {
        "combine", "train", "train-metric", "benchmark", "validate", "diversify", "diagnose"
    }  # fmt: skip


def workers() -> list[int]:
    """The processes of workers that this one started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if (
                parent == os.getpid()
                and b"service.jobs.worker" in (folder / "cmdline").read_bytes()
            ):
                found.append(int(folder.name))
    return found


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with LocalClient(create_app(settings(tmp_path, job_lease_s=2))) as client:
        place = submit(client, EXAMPLE).headers["location"]
        while client.get(place).json()["state"] == "queued":
            time.sleep(0.05)
        for worker in workers():
            os.kill(worker, signal.SIGKILL)
        job = end(client, place)[-1][1]
        assert (job["state"], job["attempts"]) == ("succeeded", 2)
    assert workers() == []


def test_old_jobs_go_though_nothing_waits(tmp_path: Path) -> None:
    with LocalClient(create_app(settings(tmp_path, job_workers=0))) as client:
        place = submit(client, EXAMPLE).headers["location"]
        assert client.post(f"{place}/cancel").json()["state"] == "cancelled"
    with LocalClient(create_app(settings(tmp_path, job_days=1e-6))) as client:
        assert client.get("/v1/limits").json()["job_days"] == 1e-6
        while client.get(place).status_code != 404:
            time.sleep(0.05)
        assert client.get("/v1/jobs").json() == {"jobs": [], "next": None}
