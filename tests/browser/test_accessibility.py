"""axe-core on every page and tab: by day and by night, at a desk and on a phone."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

from tests.browser.views import SEVERE, Tab, faults_of


def edits(tab: Tab) -> None:
    page = tab.open()
    page.get_by_label("Your text").fill("She go school and recieve wierd marks.")
    page.get_by_label("compared with").select_option("learned-vote")
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#edits tr")).to_have_count(5)
    page.get_by_role("button", name="Right: ").first.click()
    expect(page.locator(".verdicts [role=status]").first).to_have_text("recorded")


def texts(tab: Tab) -> None:
    page = tab.open()
    page.get_by_role("tab", name="Texts").click()
    page.locator(".example").nth(1).click()
    expect(page.locator("#edits tr")).to_have_count(3)


def labels(tab: Tab) -> None:
    page = tab.open()
    page.get_by_role("tab", name="Labels").click()
    page.locator(".example").nth(1).click()
    expect(page.locator("#edits tr.differs")).to_have_count(2)


def segments(tab: Tab) -> None:
    page = tab.open()
    page.get_by_label("from files").check()
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"I recieve\nit go\n"}
    page.locator("#file-input").set_input_files([file])
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#segments li")).to_have_count(2)


def systems(tab: Tab) -> None:
    page = tab.open("/systems")
    expect(page.locator("#systems > li").first).to_be_visible()


def combiners(tab: Tab) -> None:
    page = tab.open("/combiners")
    expect(page.locator("#builtin")).not_to_be_empty()


def jobs(tab: Tab) -> None:
    page = tab.open("/jobs")
    expect(page.locator("#none, #jobs > li").locator("visible=true").first).to_be_visible()


@pytest.mark.parametrize(
    "arrive", [edits, texts, labels, segments, systems, combiners, jobs], ids=lambda f: f.__name__
)
def test_no_serious_faults(tab: Tab, axe: str, arrive: Callable[[Tab], None]) -> None:
    arrive(tab)
    page = tab.page
    assert has_navigation_on_one_line(page)
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    page.evaluate(axe)
    assert faults_of(page) == {}
    assert faults_of(page, SEVERE) == {}


def has_navigation_on_one_line(page: Page) -> bool:
    return page.evaluate(
        """() => {
            const links = document.querySelectorAll(".masthead nav a");
            const boxes = [...links].map((link) => link.getBoundingClientRect());
            const [first, ...tops] = boxes.map(({ y }) => Math.round(y));
            const title = document.querySelector(".masthead h1").getBoundingClientRect();
            return first < title.bottom && tops.every((top) => top === first);
        }"""
    )
