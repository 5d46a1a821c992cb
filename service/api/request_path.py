"""The path of a request, for whoever decides by it."""

from collections.abc import MutableMapping
from typing import Any

_KEPT = "consort.path"


def route_path(scope: MutableMapping[str, Any]) -> str:
    """Return the path as routes have it: without `root_path`, under which the app is served.

    A path that is not under that is taken as it is, as it is to find the route. Kept in the scope,
    for a folder that is mounted in the app moves the `root_path` there.
    """
    if _KEPT not in scope:
        path: str = scope["path"]
        below = path.removeprefix(scope.get("root_path", ""))
        scope[_KEPT] = below if below[:1] in ("", "/") else path
    return str(scope[_KEPT])
