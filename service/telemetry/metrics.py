"""Prometheus metrics; each app has its own registry, so that two in a process do not mix."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from service.telemetry.exchange import Combined, Exchange

EVERY = 8
"""Phases and agreement are observed for one combination in `EVERY`: it costs as much as a vote."""

_PHASES = ("queue", "ask", "align", "features", "combine", "judge", "decode")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
_PHASE_SECONDS = (0.00001, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1, 10)
_SHARES = tuple(i / 10 for i in range(1, 11))


class Metrics:
    """Counters and histograms; `in_progress` and `queued` are called when metrics are read."""

    def __init__(self, in_progress: Callable[[], float], queued: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self._gauge("consort_requests_under_way", "Requests being answered.", in_progress)
        queue = "Characters admitted and not yet combined."
        self._gauge("consort_queue_characters", queue, queued)
        about = "Time to answer a request; its _count is the number of requests."
        labels = ["method", "route", "status"]
        self._requests = self._histogram("consort_request_seconds", about, labels)
        self._refused = self._counter("consort_refused", "Refused requests and lines.", ["reason"])
        self._combined = self._counter(
            "consort_combined", "Segments combined.", ["kind", "combiner"]
        )
        about = f"Time in a phase of a combination, for one in {EVERY}."
        phases = self._histogram("consort_phase_seconds", about, ["phase"], _PHASE_SECONDS)
        self._phases = {name: phases.labels(name) for name in _PHASES}
        about = f"Mean share of systems that vote for a candidate, of one combination in {EVERY}."
        self._agreement = self._histogram("consort_agreement", about, [], _SHARES)
        self._add_members()
        self._add_judges()
        self._bound: dict[tuple[str, str, int], Histogram] = {}
        self._bound_combined: dict[tuple[str, str], Counter] = {}
        self._until_next = 0

    def _add_members(self) -> None:
        about = "Time until a system answered."
        self._members = self._histogram("consort_member_seconds", about, ["system"])
        labels = ["system", "status"]
        about = "Requests to a system that gave no answer."
        self._member_failures = self._counter("consort_member_failures", about, labels)
        about = "Combinations that did not wait for a system (late), or did not ask it."
        self._members_spared = self._counter("consort_member_spared", about, labels)
        about = "Tokens of systems, in and out."
        self._member_tokens = self._counter("consort_member_tokens", about, ["system"])
        about = "Cost of systems, by the prices in the roster."
        self._member_cost = self._counter("consort_member_cost", about, ["system"])

    def _add_judges(self) -> None:
        about = "Time until a judge answered or failed."
        self._judges = self._histogram("consort_judge_seconds", about, ["judge", "status"])
        about = "Tokens of judges, in and out."
        self._judge_tokens = self._counter("consort_judge_tokens", about, ["judge"])
        about = "Cost of judges, by the prices in the roster."
        self._judge_cost = self._counter("consort_judge_cost", about, ["judge"])

    def _gauge(self, name: str, about: str, read: Callable[[], float]) -> None:
        Gauge(name, about, registry=self._registry).set_function(read)

    def _counter(self, name: str, about: str, labels: Sequence[str]) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def _histogram(
        self, name: str, about: str, labels: Sequence[str], buckets: Sequence[float] = _SECONDS
    ) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self._registry)

    def exchanged(self, exchange: Exchange) -> None:
        """Count a request."""
        labels = exchange.method, exchange.route or "none", exchange.status
        child = self._bound.get(labels)
        if child is None:
            child = self._bound[labels] = self._requests.labels(*labels)
        child.observe(exchange.seconds)
        for reason, times in exchange.refused.items():
            self._refused.labels(reason).inc(times)

    def combined(self, combined: Combined) -> None:
        """Count a combination."""
        labels = combined.kind, combined.combiner
        child = self._bound_combined.get(labels)
        if child is None:
            child = self._bound_combined[labels] = self._combined.labels(*labels)
        child.inc()
        self._count_members(combined)
        for name, judge in combined.judges.items():
            self._judges.labels(name, judge.status).observe(judge.milliseconds / 1000)
            self._judge_tokens.labels(name).inc(judge.tokens)
            self._judge_cost.labels(name).inc(judge.cost)
        self._until_next -= 1
        if self._until_next < 0:
            self._until_next = EVERY - 1
            self._observe(combined)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _count_members(self, combined: Combined) -> None:
        for name, timing in combined.systems.items():
            if timing.milliseconds is None or timing.status == "late":
                self._members_spared.labels(name, timing.status).inc()
                continue
            self._members.labels(name).observe(timing.milliseconds / 1000)
            if timing.status != "ok":
                self._member_failures.labels(name, timing.status).inc()
            if timing.tokens:
                self._member_tokens.labels(name).inc(timing.tokens)
                self._member_cost.labels(name).inc(timing.cost)

    def _observe(self, combined: Combined) -> None:
        for phase, began, ended in combined.laps:
            self._phases[phase].observe(ended - began)
        if combined.votes and combined.voters:
            share = sum(combined.votes) / len(combined.votes) / combined.voters
            self._agreement.observe(share)
