"""OpenTelemetry spans, if it is installed (`consort[otel]`) and `otlp_endpoint` is set.

Spans are made after a request has been answered, from times that are measured anyway, so that
OpenTelemetry does not slow requests down. Without `otlp_endpoint` it is not imported.
"""

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from service.telemetry.exchange import Combined, Exchange

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

MOST_COMBINATIONS = 20
"""The most combinations of one request that get spans; in a long batch the first ones."""

COMBINATIONS: ContextVar[list[Combined] | None] = ContextVar("consort_combinations", default=None)
"""Combinations of the current request: reset by the middleware, filled by `Tracing`."""


def exporting(endpoint: str) -> "Tracing":
    """Return a tracing that exports spans to an OTLP/HTTP endpoint in the background.

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
    """Makes a span for each request, and one for each phase of its combinations."""

    def __init__(self, processor: "SpanProcessor") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        self._provider = TracerProvider(resource=Resource.create({"service.name": "consort"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("consort")
        self._zero = time.time_ns() - time.perf_counter_ns()

    def combined(self, combined: Combined) -> None:
        """Keep a combination until its request has been answered."""
        combinations = COMBINATIONS.get()
        if combinations is not None and len(combinations) < MOST_COMBINATIONS:
            combinations.append(combined)

    def exchanged(self, exchange: Exchange) -> None:
        """Make the spans of an answered request."""
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
        """Send the spans that have not been sent."""
        self._provider.shutdown()

    def _moment(self, seconds: float) -> int:
        return self._zero + round(seconds * 1e9)


def _parent(traceparent: str) -> Any:  # noqa: ANN401 - a context of OpenTelemetry
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})
