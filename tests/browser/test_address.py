"""The address and the history of the playground: links, back, reload, the last texts."""

import json
from urllib.parse import quote

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, Request, expect

from tests.browser.views import both_views


def arrive(page: Page, url: str) -> None:
    """Follow a link from another site."""
    page.goto("about:blank")
    page.goto(url)


def combine(page: Page, text: str) -> None:
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#combined")).to_have_text(text)


@both_views
def test_back_forward_and_reload_show_what_was_combined(page: Page) -> None:
    combine(page, "one")
    combine(page, "two")
    page.get_by_role("tab", name="Labels").click()
    expect(page.locator("#result")).to_be_hidden()
    page.go_back()
    expect(page.locator("#combined")).to_have_text("two")
    page.go_back()
    expect(page.locator("#combined")).to_have_text("one")
    expect(page.get_by_label("Your text")).to_have_value("one")
    page.go_forward()
    expect(page.locator("#combined")).to_have_text("two")
    page.reload()
    expect(page.locator("#combined")).to_have_text("two")


@both_views
def test_a_link_has_all_but_asks_nobody_until_told(page: Page) -> None:
    page.get_by_role("tab", name="Labels").click()
    page.locator(".example").nth(1).click()
    expect(page.locator("#edits tr")).to_have_count(2)
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    arrive(page, page.url)
    expect(page.locator("#status")).to_have_text("This is from a link: press Combine.")
    expect(page.get_by_role("tab", name="Labels")).to_have_attribute("aria-selected", "true")
    page.remove_listener("request", note)
    assert not [request.url for request in asked if request.url.endswith("/v1/combine")]
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator(".side mark")).to_have_text(["spam", "ham"])


def test_a_long_text_is_cut_in_the_address_and_says_so(page: Page) -> None:
    combine(page, "long " * 3000 + "end")
    expect(page.locator("#link-note")).to_contain_text("too long for a link")
    assert len(page.url) < 7000
    arrive(page, page.url)
    expect(page.locator("#link-note")).to_contain_text("here is only the beginning")
    assert page.get_by_label("Your text").input_value().startswith("long long")


HASHES = (
    "%",
    "kind=nonsense&from=1",
    "outputs=%7B&systems=[1]",
    f"kind=labels&from=pasted&outputs={quote(json.dumps([['<b>', '<img src=x>'], 3, ['a']]))}",
)


def test_any_address_is_a_page(page: Page) -> None:
    for hash_ in HASHES:
        page.goto(f"/#{hash_}")
        page.reload()
        expect(page.get_by_role("button", name="Combine", exact=True)).to_be_visible()
        expect(page.locator("main img, main b")).to_have_count(0)


@pytest.mark.parametrize(("tab", "most"), [("desk", 11), ("phone", 2)], indirect=["tab"])
def test_the_last_ten_texts_are_kept_and_can_be_cleared(page: Page, most: int) -> None:
    for number in range(most):
        combine(page, f"text {number} <b>")
    page.get_by_text("The last texts in this browser").click()
    entries = page.locator("#history-list li")
    expect(entries).to_have_count(min(most, 10))
    expect(entries.first).to_contain_text(f"text {most - 1} <b>")
    entries.nth(1).get_by_role("link").click()
    expect(page.locator("#combined")).to_have_text(f"text {most - 2} <b>")
    page.reload()
    expect(entries).to_have_count(min(most, 10))
    page.get_by_text("The last texts in this browser").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#history")).to_be_hidden()
