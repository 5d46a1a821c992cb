"""The path of a request without the mount prefix."""

from collections.abc import MutableMapping
from typing import Any

_CACHED = "consort.path"


def route_path(scope: MutableMapping[str, Any]) -> str:
    """Return the path as in route templates: without `root_path`, under which the app is served.

    A path outside `root_path` is returned unchanged, as when routes are matched. The result is
    cached in the scope, because a mounted folder changes `root_path`.
    """
    if _CACHED not in scope:
        path: str = scope["path"]
        below = path.removeprefix(scope.get("root_path", ""))
        scope[_CACHED] = below if below[:1] in ("", "/") else path
    return str(scope[_CACHED])
