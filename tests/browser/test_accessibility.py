"""axe-core on every page and tab: by day and by night, at a desk and on a phone.

axe-core comes from npm and is not part of the project; without npm the test is skipped.
"""

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

Open = Callable[..., Page]

AXE = "axe-core@4.10.3"
OPTIONS = '{ resultTypes: ["violations"], preload: false, iframes: false }'
SEVERE = f"""async () => (await axe.run({OPTIONS})).violations
    .filter(({{ impact }}) => ["serious", "critical"].includes(impact))
    .map(({{ id, nodes }}) => `${{id}}: ${{nodes.map((node) => node.html).join(" ")}}`)"""
VIEWS = ((1280, "light"), (390, "dark"))
"""Widths in pixels, each with a colour scheme: layout and colours do not depend on each other."""


@pytest.fixture(scope="module")
def axe(pytestconfig: pytest.Config) -> str:
    """The script of axe-core, from the cache of pytest or from npm."""
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


def edits(page: Page) -> None:
    page.get_by_label("Your text").fill("She go school and recieve wierd marks.")
    page.get_by_label("compared with").select_option("learned-vote")
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#edits tr")).to_have_count(5)
    page.get_by_role("button", name="Right: ").first.click()
    expect(page.locator(".verdicts [role=status]").first).to_have_text("recorded")


def texts(page: Page) -> None:
    page.get_by_role("tab", name="Texts").click()
    page.locator(".example").nth(1).click()
    expect(page.locator("#edits tr")).to_have_count(3)


def labels(page: Page) -> None:
    page.get_by_role("tab", name="Labels").click()
    page.locator(".example").nth(1).click()
    expect(page.locator("#edits tr.differs")).to_have_count(2)


def segments(page: Page) -> None:
    page.get_by_label("from files").check()
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"I recieve\nit go\n"}
    page.locator("#file-input").set_input_files([file])
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#segments li")).to_have_count(2)


def systems(page: Page) -> None:
    page.goto("/systems")
    expect(page.locator("#systems > li").first).to_be_visible()


def combiners(page: Page) -> None:
    page.goto("/combiners")
    expect(page.locator("#builtin")).not_to_be_empty()


def jobs(page: Page) -> None:
    page.goto("/jobs")
    expect(page.locator("#none")).to_be_visible()


@pytest.mark.parametrize(
    "arrive", [edits, texts, labels, segments, systems, combiners, jobs], ids=lambda f: f.__name__
)
def test_no_serious_faults(open_page: Open, axe: str, arrive: Callable[[Page], None]) -> None:
    page = open_page(viewport={"width": VIEWS[0][0], "height": 900})
    arrive(page)
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    page.evaluate(axe)
    faults = {}
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        faults[width, scheme] = page.evaluate(SEVERE)
    assert {place: found for place, found in faults.items() if found} == {}


def test_the_navigation_is_on_one_line_at_a_desk(open_page: Open) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    for path in ("/", "/jobs", "/systems", "/combiners"):
        page.goto(path)
        links = page.locator(".masthead nav a").all()
        tops = {round(box["y"]) for link in links if (box := link.bounding_box())}
        title = page.locator(".masthead h1").bounding_box()
        assert len(tops) == 1
        assert title is not None
        assert tops.pop() < title["y"] + title["height"]
