"""One service with small systems, and one headless Chromium, for all tests of this folder.

On the same kind of page tests follow each other in one tab, because a new tab costs more than most
tests. After each test the page must be well made: see `faults.js`.
"""

import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.views import FAULTS, VIEWS, Complaints, Tab, ready, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = "axe-core@4.14.1"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service answers that tests share; what a test leaves there is seen by the next."""
    with serving(tmp_path_factory.mktemp("playground")) as address:
        yield address


@pytest.fixture
def empty_address(tmp_path: Path) -> Iterator[str]:
    """Where a service answers that has no jobs, verdicts and combiners yet."""
    with serving(tmp_path) as address:
        yield address


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def tabs(browser: "Browser", address: str) -> Iterator[Callable[[str], Tab]]:
    """The tab of each view, opened when it is first used."""
    opened: dict[str, Tab] = {}

    def tab_of(view: str) -> Tab:
        if view not in opened:
            opened[view] = Tab(browser, address, VIEWS[view])
        return opened[view]

    yield tab_of
    for tab in opened.values():
        tab.context.close()


@pytest.fixture
def tab(request: pytest.FixtureRequest, tabs: Callable[[str], Tab]) -> Iterator[Tab]:
    """A tab in which a test opens a page, at a desk or in the view that is its parameter.

    After the test the page that it shows is well made, and nothing is left on the console.
    """
    tab = tabs(getattr(request, "param", "desk"))
    yield tab
    faults = tab.page.evaluate(FAULTS)
    complaints = tab.complaints.heard
    tab.leave()
    assert (faults, complaints) == ([], [])


@pytest.fixture
def page(tab: Tab) -> "Page":
    """The playground, in the tab."""
    return tab.open()


@pytest.fixture(scope="package")
def shared_page(browser: "Browser", address: str) -> Iterator["Page"]:
    """A page for tests that leave nothing behind."""
    page = browser.new_page(base_url=address)
    page.goto("/")
    ready(page)
    yield page
    page.close()


@pytest.fixture
def open_page(browser: "Browser", address: str) -> Iterator[Callable[..., "Page"]]:
    """Open the playground in a context of its own, with options; nothing is left on its console."""
    contexts, complaints = [], Complaints()

    def open_with(at: str = address, **options: Any) -> "Page":
        context = browser.new_context(base_url=at, **options)
        contexts.append(context)
        page = context.new_page()
        complaints.listen(page)
        page.goto("/")
        ready(page)
        return page

    yield open_with
    for context in contexts:
        context.close()
    assert complaints.heard == []


@pytest.fixture(scope="package")
def axe(pytestconfig: pytest.Config) -> str:
    """The script of axe-core, which is not part of the project: from pytest's cache or from npm."""
    folder = Path(pytestconfig.cache.mkdir("axe"))
    script = folder / f"{AXE}.js"
    if not script.is_file():
        npm = shutil.which("npm") or pytest.skip("npm is not installed, so axe-core is missing")
        command = [npm, "pack", AXE, "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode:
            pytest.skip(f"npm has no axe-core: {done.stderr.strip()[:200]}")
        with tarfile.open(folder / done.stdout.split()[-1]) as package:
            member = package.extractfile("package/axe.min.js")
            assert member is not None
            script.write_bytes(member.read())
    return script.read_text(encoding="utf-8")
