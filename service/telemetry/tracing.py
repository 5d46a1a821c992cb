"""Spans by OpenTelemetry, where it is installed (`consort[otel]`) and asked for (`otlp_endpoint`).

They are made when a request is over, from times that were taken anyway: nothing of OpenTelemetry is
in the way of a request, and where it is not asked for nothing of it is imported.
"""

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from service.telemetry.exchange import Combined, Exchange

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

MOST_COMBINATIONS = 20
"""Of one request, those that have spans; of a long batch the first."""

COMBINATIONS: ContextVar[list[Combined] | None] = ContextVar("consort_combinations", default=None)
"""Those of the request under way: set by the door, filled here."""


def exporting(endpoint: str) -> "Tracing":
    """Return what sends spans to an OTLP/HTTP endpoint, in the background.

    Raises:
        ImportError: the extra `otel` is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise ImportError("otlp_endpoint needs the extra: pip install 'consort[otel]'") from error
    return Tracing(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))


class Tracing:
    """Makes a span of each request, and of the phases of its combinations."""

    def __init__(self, processor: "SpanProcessor") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        self._provider = TracerProvider(resource=Resource.create({"service.name": "consort"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("consort")
        self._zero = time.time_ns() - time.perf_counter_ns()

    def combined(self, combined: Combined) -> None:
        """Remember a combination until its request is over."""
        found = COMBINATIONS.get()
        if found is not None and len(found) < MOST_COMBINATIONS:
            found.append(combined)

    def exchanged(self, exchange: Exchange) -> None:
        """Make the spans of a request that is over."""
        from opentelemetry import trace

        span = self._tracer.start_span(
            f"{exchange.method} {exchange.route}".strip(),
            _parent(exchange.parent),
            trace.SpanKind.SERVER,
            {
                "http.request.method": exchange.method,
                "http.route": exchange.route,
                "http.response.status_code": exchange.status,
                "consort.request_id": exchange.id,
            },
            start_time=self._moment(exchange.began),
        )
        inside = trace.set_span_in_context(span)
        for combined in COMBINATIONS.get() or ():
            for phase, began, ended in combined.laps:
                start = self._moment(began)
                child = self._tracer.start_span(phase, inside, start_time=start)
                child.end(self._moment(ended))
        if exchange.status >= 500:
            span.set_status(trace.StatusCode.ERROR)
        span.end(self._moment(exchange.began + exchange.seconds))

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()

    def _moment(self, seconds: float) -> int:
        return self._zero + round(seconds * 1e9)


def _parent(traceparent: str) -> Any:  # noqa: ANN401 - a context of OpenTelemetry
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})
