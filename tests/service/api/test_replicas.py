"""The service on Ray Serve, for real: two replicas that answer as one service does."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.api.replicas import deployment
from service.core.settings import Settings

pytest.importorskip("ray", reason="a Ray cluster is in consort[ray]")
pytest.importorskip("ray.serve", reason="Ray Serve is in ray[serve]", exc_type=ImportError)

ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
BODY = {"source": "I has a apple.", "outputs": {"a": "I have an apple.", "b": "I have an apple."}}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    import ray
    from ray import serve

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    (tmp_path / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=tmp_path / "roster.yaml", state=tmp_path / "state", job_workers=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"include_dashboard": False, "log_to_driver": False}
    ray.init("local", num_cpus=2, object_store_memory=80 << 20, **quiet)
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    try:
        serve.run(deployment(settings, num_replicas=2, ray_actor_options={"num_cpus": 0.5}))
        yield f"http://127.0.0.1:{port}"
    finally:
        serve.shutdown()
        ray.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_replicas_answer_as_the_service_does(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as client:
        while client.get("/readyz").status_code != 200:
            time.sleep(0.1)
        answer = client.post("/v1/combine", json=BODY)
        assert answer.json()["text"] == "I have an apple."
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        wrong = client.post("/v1/combine", json={**BODY, "outputs": {"a": "one"}})
        assert wrong.status_code == 422
        assert wrong.headers["content-type"] == "application/problem+json"
        assert client.get("/v1/systems").json()[0]["name"] == "same"
