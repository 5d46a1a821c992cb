"""`consort serve`: the server around the app, and how it stops without losing a request."""

import asyncio
import ipaddress
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.core.settings import Settings, SettingsError
from service.telemetry.logs import logging_config


def check_exposure(settings: Settings) -> None:
    """Refuse to serve other machines without keys, unless the settings say that it is meant.

    Raises:
        SettingsError: they do not.
    """
    if settings.require_keys or settings.insecure or _is_loopback(settings.host):
        return
    raise SettingsError(
        f"host {settings.host} serves other machines without keys: set require_keys, "
        "or insecure where something before it keeps strangers out"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Server(uvicorn.Server):
    """On the first SIGTERM or SIGINT says that it is not ready, and takes no new requests.

    `drain_s` later it closes its sockets, waits for what is under way, and ends. A second signal
    ends the waiting.
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            server_header=False,
            log_config=logging_config(),
            timeout_graceful_shutdown=round(settings.batch_deadline_s) + 1,
        )
        super().__init__(config)
        self._traffic = app.state.traffic
        self._drain_s = settings.drain_s

    async def main_loop(self) -> None:
        """Serve until a signal comes, and until it has had its effect."""
        await super().main_loop()
        if not self.force_exit:
            await asyncio.sleep(self._drain_s)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self.should_exit:
            self.force_exit = True
        self._traffic.stopping = True
        super().handle_exit(sig, frame)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until told to stop."""
    Server(app, settings).run()
