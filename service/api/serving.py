"""The server behind `consort serve`; it stops without losing a request."""

import asyncio
import gc
from contextlib import ExitStack
from socket import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from evaluation.execution.temporary import temporary_files
from service.api.half_open import BACKLOG, HalfOpen, most_connections
from service.api.http_protocol import http_protocol
from service.api.middleware.known_host import is_loopback
from service.core.garbage import shorten_collections
from service.core.settings import Settings, SettingsError, temporary
from service.core.worker_process import prepare
from service.telemetry.logs import logging_config


def check_exposure(settings: Settings) -> None:
    """Refuse to serve other machines without keys, unless the settings allow it.

    Raises:
        SettingsError: they do not allow it.
    """
    if settings.require_keys or settings.insecure or is_loopback(settings.host):
        return
    raise SettingsError(
        f"host {settings.host} serves other machines without keys: set require_keys, "
        "or insecure if a proxy in front of it authenticates clients"
    )


class Server(uvicorn.Server):
    """A server that drains: on SIGTERM or SIGINT it is not ready and refuses new requests.

    After `drain_s` it closes its sockets, waits for requests in progress, and ends. A second signal
    ends the wait.
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=http_protocol(HalfOpen(most_connections(), settings.read_timeout_s)),
            backlog=BACKLOG,
            access_log=False,
            server_header=False,
            log_config=logging_config(),
            timeout_graceful_shutdown=round(settings.batch_deadline_s) + 1,
        )
        super().__init__(config)
        self._lifecycle = app.state.lifecycle
        self._warm_up = app.state.warm_up
        self._drain_s = settings.drain_s
        self._state = settings.state
        self._temporary = ExitStack()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start the application, and keep its long-lived objects out of garbage collections."""
        self._temporary.enter_context(temporary_files(temporary(self._state)))
        prepare()
        await super().startup(sockets)
        self._warming = asyncio.create_task(self._warm_up())
        gc.collect()
        shorten_collections()

    async def main_loop(self) -> None:
        """Serve until a signal arrives, then for `drain_s` more."""
        await super().main_loop()
        if not self.force_exit:
            await asyncio.sleep(self._drain_s)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop the application, and remove its temporary files."""
        await super().shutdown(sockets)
        self._temporary.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; at the second signal, stop at once."""
        if self.should_exit:
            self.force_exit = True
        self._lifecycle.stopping = True
        super().handle_exit(sig, frame)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until a signal arrives."""
    Server(app, settings).run()
