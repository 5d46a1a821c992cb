"""Reads requests that offer to change the protocol, and answers them in HTTP/1.1.

Java's client, which LTeX uses, offers HTTP/2 with every first request (`Upgrade: h2c`). uvicorn's
parser stops after the headers of such a request, so that its body would be lost.
"""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFER = (b"upgrade", b"http2-settings")
"""The headers of an offer, without which a request is read as any other."""


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also reads the body of a request with a declined offer."""

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
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request, unless its head is to be read again without the offer."""
        if not self._is_declined():
            super().on_message_complete()

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
