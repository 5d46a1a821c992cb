"""The scope that each route needs, in one table; the first rule that matches counts.

A route without a rule needs `admin`, so that a forgotten route is closed; a test compares the table
with all routes.
"""

from functools import lru_cache
from typing import Literal

from service.store.keys import Scope

OPEN: Literal["open"] = "open"
"""Needs no key: loaded by browsers, orchestrators or readers of errors before they have one."""

RULES: tuple[tuple[str, str, Scope | Literal["open"]], ...] = (
    ("GET", "/livez", OPEN),
    ("GET", "/readyz", OPEN),
    ("GET", "/docs", OPEN),
    ("GET", "/openapi.json", OPEN),
    ("GET", "/problems", OPEN),
    ("GET", "/static", OPEN),
    ("GET", "/jobs", OPEN),
    ("GET", "/systems", OPEN),
    ("GET", "/combiners", OPEN),
    ("GET", "/metrics", "read"),
    ("*", "/v1/keys", "admin"),
    ("GET", "/v1", "read"),
    ("*", "/v2/check", "combine"),
    ("GET", "/v2", "read"),
    ("POST", "/v1/combine", "combine"),
    ("POST", "/v1/chat/completions", "combine"),
    ("POST", "/v1/evaluations", "combine"),
    ("POST", "/v1/validations", "combine"),
    ("*", "/v1/feedback", "combine"),
    ("*", "/v1/jobs", "train"),
    ("*", "/v1/combiners", "train"),
)
"""Method, path (with all paths below it), scope; the page at `/` is open too.

Pages are open, but their data is not: they request it from the routes of `/v1`.
"""


def rule(method: str, path: str) -> Scope | Literal["open"] | None:
    """Return the scope in the table, `None` if no rule matches."""
    method = "GET" if method == "HEAD" else method
    if (method, path) == ("GET", "/"):
        return OPEN
    for allowed, prefix, scope in RULES:
        if allowed in ("*", method) and (path == prefix or path.startswith(f"{prefix}/")):
            return scope
    return None


@lru_cache(maxsize=1024)
def scope_for(method: str, path: str) -> Scope | Literal["open"]:
    """Return the scope that a request needs."""
    return rule(method, path) or "admin"
