"""What an operator sees of the service: metrics, a log, traces; never a text, never a key.

`exchange` is all they get to see of a request. `metrics` counts, `journal` writes a line of JSON,
`tracing` makes spans of it where OpenTelemetry is installed and asked for.
"""
