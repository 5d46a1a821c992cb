"""Spans of requests and phases, as OpenTelemetry's own exporter gets them."""

import builtins
from pathlib import Path

import pytest

from service.api.app import create_app
from service.core.settings import Settings
from tests.local_client import LocalClient

SEGMENT = {"source": "I has", "outputs": {"a": "I have", "b": "I have"}}
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    roster = tmp_path / "roster.yaml"
    roster.write_text('version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n')
    return Settings(roster=roster, state=tmp_path)


def test_a_span_of_the_request_holds_those_of_its_phases(settings: Settings) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="OpenTelemetry is in consort[otel]")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from service.telemetry.tracing import Tracing

    exporter = InMemorySpanExporter()
    with LocalClient(create_app(settings, Tracing(SimpleSpanProcessor(exporter)))) as client:
        parent = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        answer = client.post("/v1/combine", json=SEGMENT, headers=parent)
        *phases, request = exporter.get_finished_spans()
        client.get("/livez")
        alone = exporter.get_finished_spans()[-1]
    assert request.name == "POST /v1/combine"
    assert request.attributes["consort.request_id"] == answer.headers["x-request-id"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert [span.name for span in phases] == ["queue", "align", "combine", "decode"]
    for span in phases:
        assert span.parent.span_id == request.context.span_id
        assert request.start_time <= span.start_time <= span.end_time <= request.end_time
    assert alone.parent is None
    assert "I has" not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_who_asks_for_traces_without_the_extra_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    asked = settings.model_copy(update={"otlp_endpoint": "http://127.0.0.1:1/v1/traces"})
    with pytest.raises(ImportError, match=r"consort\[otel\]"):
        create_app(asked)
