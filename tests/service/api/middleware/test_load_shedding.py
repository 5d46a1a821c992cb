"""The door where the queue is full: who is turned away, and that nothing of it is read."""

import asyncio
from typing import Any

import pytest

from service.api.middleware.load_shedding import LoadShedding
from service.core.admission import Gate


def ask(path: str, length: bytes, root: str = "") -> tuple[bool, int | None]:
    """Whether a request gets through a gate of ten places, four of them free, and its status."""
    gate = Gate(10)
    through, statuses = [], []

    async def app(*_: object) -> None:
        through.append(True)

    async def receive() -> Any:
        raise AssertionError("its body is read")

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    scope = {
        **{"type": "http", "method": "POST", "path": path, "root_path": root},
        **{"headers": [(b"content-length", length)], "request_id": "1"},
    }
    with gate.enter(6):
        asyncio.run(LoadShedding(app, gate.has_room)(scope, receive, send))
    return bool(through), statuses[0] if statuses else None


@pytest.mark.parametrize(
    ("path", "length", "root", "seen"),
    [
        ("/v1/combine", b"4", "", (True, None)),
        ("/v1/combine", b"5", "", (False, 503)),
        ("/behind/v1/combine", b"5", "/behind", (False, 503)),
        ("/v1/combine", b"5", "/behind", (False, 503)),
        ("/v1/combine", b"nonsense", "", (True, None)),  # who reads it will say so
        ("/v1/combine/batch", b"500", "", (True, None)),  # its segments wait for their turn
        ("/v1/jobs", b"500", "", (True, None)),
    ],
)
def test_who_is_turned_away(
    path: str, length: bytes, root: str, seen: tuple[bool, int | None]
) -> None:
    assert ask(path, length, root) == seen
