"""The page of the API in headless Chromium: contents, search, samples, requests, small and dark.

Scalar takes seconds of processor time to start: tests share a page, and each leaves it usable.
"""

import re
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.views import SEVERE

COMBINE = "/docs#tag/combine/POST/v1/combine"
PATIENCE_MS = 60_000
BLOCKED = "'script-src' was not explicitly set"
"""The only complaint: Scalar tries whether it may make code from text, and does without."""

LANGUAGE = "scalar-reference-selected-client-v2"
"""The only thing that is stored: the language of samples."""


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page by an old link to a schema; it asks this service alone, and stores no key."""
    permissions = ["clipboard-read", "clipboard-write"]
    page = browser.new_context(base_url=address, permissions=permissions).new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.goto("/docs#CombineAnswer")
    yield page
    stored = page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))")
    page.context.close()
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []
    assert [complaint for complaint in complaints if BLOCKED not in complaint] == []
    assert [name for name in stored if name != LANGUAGE] == []


def sample(page: Page) -> str:
    """Return the sample of a request."""
    return page.locator(".code-snippet").first.inner_text()


def serious(page: Page, axe: str) -> list[str]:
    """Return what keeps people from using the page, as axe-core finds it."""
    page.evaluate(axe)
    found: list[str] = page.evaluate(SEVERE)
    return found


def combine(page: Page) -> Locator:
    """Go to the operation that combines; return the button that opens a request."""
    page.goto(COMBINE)  # another anchor of the same page
    button = page.get_by_role("button", name="(post /v1/combine)")
    button.wait_for(timeout=PATIENCE_MS)
    return button


def test_a_link_to_a_schema_is_what_it_was(page: Page) -> None:
    schema = page.locator("[id$='models/CombineAnswer']").first
    expect(schema).to_be_in_viewport(timeout=PATIENCE_MS)


def test_samples_are_in_three_languages_and_are_copied(page: Page, address: str) -> None:
    combine(page)
    for name, part in (
        ("JavaScript", "fetch("),
        ("Python", "requests.post("),
        ("Shell", "curl "),
    ):
        page.get_by_role("tab", name=name).click()
        expect(page.locator(".code-snippet").first).to_contain_text(part)
        assert f"{address}/v1/combine" in sample(page)
    page.get_by_role("button", name="Copy cURL code").first.press("Enter")
    page.wait_for_function(
        "navigator.clipboard.readText().then((text) => text.startsWith('curl '))"
    )
    copied = page.evaluate("navigator.clipboard.readText()")
    assert '"source": "I has a apple."' in copied


def test_a_request_is_answered_in_the_page(page: Page, axe: str) -> None:
    combine(page).click()
    dialog = page.get_by_role("dialog").first
    with page.expect_response("**/v1/combine") as answer:
        dialog.get_by_role("button", name="Send").last.click()
    assert answer.value.request.method == "POST"
    assert answer.value.json()["text"] == "I have an apple."
    expect(dialog).to_contain_text('"text": "I have an apple."')
    assert serious(page, axe) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Send").last).to_be_hidden()


def test_contents_lead_to_operations_and_errors_by_keyboard(page: Page) -> None:
    contents = page.get_by_role("complementary")
    contents.get_by_role("button", name="Open Group - Jobs").press("Enter")
    contents.get_by_role("link", name="Submit job").press("Enter")
    expect(page).to_have_url(re.compile("#tag/jobs/POST/v1/jobs$"), timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="Submit job")).to_be_in_viewport(timeout=PATIENCE_MS)
    page.get_by_role("link", name="409", exact=True).first.press("Enter")
    expect(page.get_by_role("heading", name="409 Conflict")).to_be_in_viewport(timeout=PATIENCE_MS)


def test_search_finds_an_operation(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_label("Enter search query").fill("retract feedback")
    found = page.get_by_role("option", name="Retract feedback").first
    expect(found).to_be_visible(timeout=PATIENCE_MS)
    found.click()
    expected = re.compile("#tag/feedback/DELETE/v1/feedback/")
    expect(page).to_have_url(expected, timeout=PATIENCE_MS)


def test_a_phone_by_night(page: Page, axe: str) -> None:
    combine(page)
    assert serious(page, axe) == []
    page.set_viewport_size({"width": 390, "height": 840})
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(23, 24, 27)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert serious(page, axe) == []
    narrow = """() => [...document.querySelectorAll("main p")].filter((p) =>
        p.getClientRects().length && p.innerText.length > 10 && p.clientWidth < 100).length"""
    assert page.evaluate(narrow) == 0
