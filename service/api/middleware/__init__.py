"""ASGI middleware: request context, authentication, load shedding."""
