"""Views of the playground, the service behind it, and a tab in which tests follow each other."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
import yaml

from service.api.app import create_app
from service.core.settings import Settings
from tests.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

SYSTEMS = ("careful", "hasty", "brittle")
VIEWS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "has_touch": True,
    },
}
"""Layout and colours do not depend on each other, so two views show both widths and schemes."""

FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
"""The script that looks for faults of a page."""

OPTIONS = '{ resultTypes: ["violations"], preload: false, iframes: false }'
SEVERE = f"""async () => (await axe.run({OPTIONS})).violations
    .filter(({{ impact }}) => ["serious", "critical"].includes(impact))
    .map(({{ id, nodes }}) => `${{id}}: ${{nodes.map((node) => node.html).join(" ")}}`)"""
"""The script that returns what axe-core finds, if it keeps people from using the page."""

both_views = pytest.mark.parametrize("tab", VIEWS, indirect=True)
"""Runs a test at a desk and on a phone by night."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the small systems, with the state in `folder`; yield the address."""
    systems = [{"name": name, "callable": f"playground_systems:{name}"} for name in SYSTEMS]
    roster = folder / "roster.yaml"
    roster.write_text(yaml.safe_dump({"version": 1, "systems": systems}), encoding="utf-8")
    app = create_app(Settings(roster=roster, state=folder / "state"))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        patch.syspath_prepend(Path(__file__).parent)  # where playground_systems is
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        # Alembic cannot migrate two databases at once in a process.
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


class Complaints:
    """What the console of a page shows as errors and warnings, but for what a test ignores.

    Violations of the content security policy are among that.
    """

    def __init__(self) -> None:
        """Start without complaints."""
        self.ignored = "\0"
        self.heard: list[str] = []

    def listen(self, page: "Page") -> None:
        """Collect the complaints of a page."""
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning") and self.ignored not in message.text:
            self.heard.append(message.text)


class Tab:
    """A tab of a browser in one view, in which tests follow each other."""

    def __init__(self, browser: "Browser", address: str, view: dict[str, Any]) -> None:
        """Open it, for the service at `address`."""
        self.view = view
        self.complaints = Complaints()
        self.context: BrowserContext = browser.new_context(base_url=address, **view)
        self.page: Page = self.context.new_page()
        self.complaints.listen(self.page)

    @property
    def width(self) -> int:
        """The width of the page in pixels."""
        width: int = self.view["viewport"]["width"]
        return width

    def open(self, path: str = "/") -> "Page":
        """Show a page, by default the playground, as to a reader who was never there."""
        self.complaints.heard.clear()
        self.complaints.ignored = "\0"
        self.page.set_viewport_size(self.view["viewport"])
        self.page.emulate_media(color_scheme=self.view["color_scheme"])
        self.page.goto(path)
        if path == "/":
            ready(self.page)
        return self.page

    def leave(self) -> None:
        """Forget what a test left in the browser."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.evaluate("localStorage.clear()")


def ready(page: "Page") -> None:
    """Wait until the playground shows the systems."""
    page.locator("#roster-list label").nth(len(SYSTEMS) - 1).wait_for(timeout=10_000)


def faults_of(page: "Page", script: str = FAULTS) -> dict[str, list[str]]:
    """Return what a script finds not well made in the page in each view, by the view's name."""
    found = {}
    for name, view in VIEWS.items():
        page.set_viewport_size(view["viewport"])
        page.emulate_media(color_scheme=view["color_scheme"])
        if faults := page.evaluate(script):
            found[name] = faults
    return found


def give(zone: "Locator", contents: Mapping[str, str | bytes]) -> None:
    """Choose files in the input of a zone, by their names."""
    payloads: Any = [
        {
            "name": name,
            "mimeType": "text/plain",
            "buffer": data if isinstance(data, bytes) else data.encode(),
        }
        for name, data in contents.items()
    ]
    zone.locator("input[type=file]").set_input_files(payloads)
