"""A client of an application in this process, which asks for the host that services serve."""

from starlette.testclient import TestClient
from starlette.types import ASGIApp


class LocalClient(TestClient):
    """Starlette's test client, for `http://127.0.0.1:8000` instead of `http://testserver`."""

    def __init__(self, app: ASGIApp, root_path: str = "") -> None:
        super().__init__(app, base_url="http://127.0.0.1:8000", root_path=root_path)
