"""A chat endpoint for the tests of judges."""

from collections.abc import Iterator

import pytest

from tests.ensemble.judges.chat_server import ChatServer, chat_server


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running
