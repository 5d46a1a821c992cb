"""A form that is sent while its files are read waits for them."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, Route, expect

from tests.browser.views import Tab, give
from tests.trained import files


def hold(page: Page) -> list[Route]:
    """Hold back the requests for the limits, without which no file is read; return them."""
    held: list[Route] = []
    page.route("**/v1/limits", lambda route: held.append(route))
    return held


def release(page: Page, held: list[Route]) -> None:
    while not held:
        page.wait_for_timeout(10)
    for route in held:
        route.continue_()
    page.unroute("**/v1/limits")


def test_the_playground(tab: Tab) -> None:
    page = tab.open()
    held = hold(page)
    page.get_by_role("tab", name="Labels").click()
    page.get_by_label("from files").check()
    give(page.locator("#files"), {"a.jsonl": b'{"outputs": {"a": "x", "b": "x"}}\n' * 2})
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#status")).to_have_text("Combining…")
    release(page, held)
    expect(page.locator("#segments .text")).to_have_text(["x", "x"])
    expect(page.get_by_role("alert")).to_be_hidden()


def test_files_that_were_chosen_last_count(tab: Tab) -> None:
    page = tab.open()
    held = hold(page)
    page.get_by_role("tab", name="Labels").click()
    page.get_by_label("from files").check()
    for label in (b"x", b"y"):
        line = b'{"outputs": {"a": "%b", "b": "%b"}}\n' % (label, label)
        give(page.locator("#files"), {"a.jsonl": line * 2})
    page.get_by_role("button", name="Combine", exact=True).click()
    release(page, held)
    expect(page.locator("#segments .text")).to_have_text(["y", "y"])


def test_the_form_of_a_job(tab: Tab) -> None:
    page = tab.open("/jobs")
    held = hold(page)
    page.get_by_text("Start a job").click()
    give(page.locator("#job-files"), {"a.txt": b"x\n", "b.txt": b"x\n", "source.txt": b"x\n"})
    page.get_by_role("button", name="Start").click()
    release(page, held)
    expect(page.locator("#started")).to_have_text("The job combine was started.")


def test_the_form_of_a_combiner(tab: Tab) -> None:
    page = tab.open("/combiners")
    held = hold(page)
    page.get_by_text("Register a trained combiner").click()
    artefact = files(data="slow")
    contents = {"manifest.json": artefact.manifest, "w.safetensors": artefact.weights}
    page.get_by_label("Name").fill("slow")
    give(page.locator("#upload-files"), contents)
    page.get_by_role("button", name="Register", exact=True).click()
    release(page, held)
    expect(page.locator("#status")).to_contain_text("slow")
