"""The page of jobs in headless Chromium, while a worker does real ones."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

from service.api.resources.jobs import EXAMPLE
from tests.browser.views import faults_of

MARKUP = "<img src=x onerror=alert(1)>"
OUTPUTS = {"path": ".", "references": ["b.txt"], "systems": ["a", "c"]}
DIAGNOSE = {
    "kind": "diagnose",
    "config": {"version": 1, "study": "complementarity", "name": MARKUP, "outputs": OUTPUTS},
    "set": {"plan.orders": 2, "plan.labelled": 10},
    # Enough segments for the page to show the progress before the job is done.
    "files": {name: text * 500 for name, text in EXAMPLE["files"].items()},
}
PATIENCE_MS = 60_000


def test_jobs_are_watched_cancelled_tried_again_and_read(
    empty_address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(empty_address)
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    page.request.post("/v1/jobs", data=DIAGNOSE)
    page.request.post("/v1/jobs", data={**EXAMPLE, "systems": [MARKUP]})
    entries = page.locator("#jobs > li")
    expect(entries).to_have_count(2, timeout=10_000)
    failing, running = entries.nth(0), entries.nth(1)
    expect(failing.get_by_role("heading")).to_have_text("combine")
    failing.get_by_role("button", name="Cancel").click()
    expect(failing.locator(".state")).to_have_text("cancelled")
    expect(running.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE_MS)
    expect(running.locator(".state")).to_have_text("succeeded", timeout=PATIENCE_MS)
    failing.get_by_role("button", name="Try again").click()
    expect(failing.locator(".failure")).to_contain_text(MARKUP, timeout=PATIENCE_MS)
    assert faults_of(page) == {}
    with page.expect_popup() as opened:
        running.get_by_role("link", name="report.html").click()
    report = opened.value
    expect(report.get_by_role("heading", level=1)).to_contain_text(MARKUP)
    expect(report.locator("figure svg").first).to_be_visible()
    paper = report.evaluate("getComputedStyle(document.body).maxWidth")
    assert paper != "none", "its own style counts"
    with report.expect_download() as saved:
        report.get_by_role("link", name="Save the figure (SVG)").first.click()
    assert saved.value.suggested_filename.endswith(".svg")
    assert saved.value.path().read_text().startswith("<?xml")
