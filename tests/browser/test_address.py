"""The address and the history of the playground: links, back, reload, the last texts."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

Open = Callable[..., Page]


def combine(page: Page, text: str) -> None:
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#combined")).to_have_text(text)


def test_back_forward_and_reload_show_what_was_combined(open_page: Open) -> None:
    page = open_page()
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


def test_a_link_has_all_but_asks_nobody_until_told(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("tab", name="Labels").click()
    page.locator(".example").nth(1).click()
    expect(page.locator("#edits tr")).to_have_count(2)
    link = page.url
    other = open_page()
    asked = []
    other.on("request", lambda request: asked.append(request.url))
    other.goto(link)
    expect(other.locator("#status")).to_have_text("This is from a link: press Combine.")
    expect(other.get_by_role("tab", name="Labels")).to_have_attribute("aria-selected", "true")
    assert not [url for url in asked if url.endswith("/v1/combine")]
    other.get_by_role("button", name="Combine", exact=True).click()
    expect(other.locator(".side mark")).to_have_text(["spam", "ham"])


def test_a_long_text_is_cut_in_the_address_and_says_so(open_page: Open) -> None:
    page = open_page()
    combine(page, "long " * 3000 + "end")
    expect(page.locator("#link-note")).to_contain_text("too long for a link")
    assert len(page.url) < 7000
    other = open_page()
    other.goto(page.url)
    expect(other.locator("#link-note")).to_contain_text("here is only the beginning")
    assert other.get_by_label("Your text").input_value().startswith("long long")


HASHES = (
    "%",
    "kind=nonsense&from=1",
    "outputs=%7B&systems=[1]",
    f"kind=labels&from=pasted&outputs={quote(json.dumps([['<b>', '<img src=x>'], 3, ['a']]))}",
)


def test_any_address_is_a_page(open_page: Open) -> None:
    page = open_page()
    for hash_ in HASHES:
        page.goto(f"/#{hash_}")
        page.reload()
        expect(page.get_by_role("button", name="Combine", exact=True)).to_be_visible()
        expect(page.locator("main img, main b")).to_have_count(0)


def test_the_last_ten_texts_are_kept_and_can_be_cleared(open_page: Open) -> None:
    page = open_page()
    for number in range(11):
        combine(page, f"text {number} <b>")
    page.get_by_text("The last texts in this browser").click()
    entries = page.locator("#history-list li")
    expect(entries).to_have_count(10)
    expect(entries.first).to_contain_text("text 10 <b>")
    entries.nth(3).get_by_role("link").click()
    expect(page.locator("#combined")).to_have_text("text 7 <b>")
    page.reload()
    expect(entries).to_have_count(10)
    page.get_by_text("The last texts in this browser").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#history")).to_be_hidden()
