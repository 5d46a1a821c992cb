"""The real service with small systems, and headless Chromium to look at it."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
import yaml

from service.api.app import create_app
from service.core.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

SYSTEMS = ("careful", "hasty", "brittle")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service answers."""
    systems = [{"name": name, "callable": f"playground_systems:{name}"} for name in SYSTEMS]
    roster = tmp_path_factory.mktemp("playground") / "roster.yaml"
    roster.write_text(yaml.safe_dump({"version": 1, "systems": systems}), encoding="utf-8")
    app = create_app(Settings(roster=roster, state=roster.parent / "state"))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        patch.syspath_prepend(Path(__file__).parent)  # where playground_systems is
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, which `.ci/run` installs.

    Not for the whole session: Playwright runs an event loop in this thread while it is open,
    and other tests run theirs.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: "Browser", address: str) -> Iterator[Callable[..., "Page"]]:
    """Open the playground in a context of its own; nothing may be left on its console.

    Violations of the content security policy are among what a console shows. A test that
    provokes a complaint names a part of it as `ignoring`; other options are the context's.
    """
    contexts, complaints = [], []

    def open_with(*, ignoring: str = "\0", **options: object) -> "Page":
        def hear(message: "ConsoleMessage") -> None:
            if message.type in ("error", "warning") and ignoring not in message.text:
                complaints.append(message.text)

        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto("/")
        page.locator("#roster-list label").nth(len(SYSTEMS) - 1).wait_for(timeout=10_000)
        return page

    yield open_with
    for context in contexts:
        context.close()
    assert complaints == []
