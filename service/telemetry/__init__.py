"""Metrics, logs and traces for operators; they never contain a text or a key.

`exchange` has the records of requests and combinations that the others receive. `metrics` counts
them, `logs` writes a line of JSON for each, `tracing` makes OpenTelemetry spans if configured.
"""
