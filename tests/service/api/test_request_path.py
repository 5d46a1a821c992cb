"""Which path decides, whatever path the app is served under."""

import pytest

from service.api.request_path import route_path


@pytest.mark.parametrize(
    ("path", "root", "found"),
    [
        ("/v2/check", "", "/v2/check"),
        ("/x/v2/check", "/x", "/v2/check"),
        ("/v2/check", "/x", "/v2/check"),
        ("/xy/v2/check", "/x", "/xy/v2/check"),
        ("/x/livez", "/x/", "/x/livez"),
        ("/x", "/x", ""),
    ],
)
def test_what_is_below_the_root(path: str, root: str, found: str) -> None:
    assert route_path({"path": path, "root_path": root}) == found


def test_a_folder_mounted_in_the_app_changes_nothing() -> None:
    scope = {"path": "/static/v2/x", "root_path": ""}
    route_path(scope)
    scope["root_path"] = "/static"
    assert route_path(scope) == "/static/v2/x"
