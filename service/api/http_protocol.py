"""Reads requests whose head arrives in time, and answers offers of another protocol in HTTP/1.1.

Java's client, which LTeX uses, offers HTTP/2 with every first request (`Upgrade: h2c`). uvicorn's
parser stops after the headers of such a request, so that its body would be lost.
"""

import asyncio
from typing import ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.half_open import HalfOpen

_OFFER = (b"upgrade", b"http2-settings")
"""The headers of an offer, without which a request is read as any other."""


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also reads the body of a request with a declined offer.

    `half_open` ends connections whose client is awaited.
    """

    half_open: ClassVar[HalfOpen]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first request."""
        super().connection_made(transport)
        self.half_open.begin(transport, len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.half_open.end(self.transport)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Await the rest of the head."""
        self.half_open.begin(self.transport, len(self.connections))
        super().on_message_begin()

    def data_received(self, data: bytes) -> None:
        """Read a part of what the client sends."""
        self._unset_keepalive_if_required()
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as stopped:
                if not self._is_declined():
                    if self._should_upgrade():
                        self.handle_websocket_upgrade()
                    return
                data = self._head() + data[stopped.args[0] :]
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
                return

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is to be read again without the offer."""
        if not self._is_declined():
            self.half_open.end(self.transport)
            super().on_headers_complete()
            self._await_client()

    def on_body(self, body: bytes) -> None:
        """Read a part of the body, and await the next."""
        super().on_body(body)
        self._await_client()

    def on_message_complete(self) -> None:
        """End the request, unless its head is to be read again without the offer."""
        if not self._is_declined():
            super().on_message_complete()
            self._await_client()

    def on_response_complete(self) -> None:
        """Await the next request."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._await_client()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self.half_open.end(self.transport)
        super().handle_websocket_upgrade()

    def _await_client(self) -> None:
        """Await the client, unless its request is complete or being answered."""
        if (cycle := self.cycle) is None:  # the connection was handed over
            return
        if cycle.response_complete or (cycle.more_body and not cycle.response_started):
            self.half_open.await_more(self.transport)
        else:
            self.half_open.end(self.transport)

    def _is_declined(self) -> bool:
        if not self.parser.should_upgrade() or self._should_upgrade():
            return False
        # The parser also stops after CONNECT, which makes no offer.
        return any(name == b"upgrade" for name, _ in self.headers)

    def _head(self) -> bytes:
        """Return the head of the request without the offer."""
        version = self.parser.get_http_version().encode("ascii")
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] not in _OFFER]
        return b"\r\n".join([*lines, b"", b""])


def http_protocol(half_open: HalfOpen) -> type[HttpProtocol]:
    """Return the protocol of a server, whose connections `half_open` ends."""
    return type("HttpProtocol", (HttpProtocol,), {"half_open": half_open})
