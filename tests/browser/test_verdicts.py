"""Verdicts in the playground: they are feedback to the service, and can be taken back."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, Route, expect

from tests.browser.views import Tab, both_views


def combined(page: Page) -> None:
    page.get_by_label("Your text").fill("I recieve it")
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#edits tr")).to_have_count(1)


def judged(page: Page) -> float:
    systems = page.request.get("/v1/competence").json()["systems"]
    return sum(system["judged"] for system in systems)


@both_views
def test_a_verdict_is_recorded_changed_and_taken_back(page: Page) -> None:
    before = judged(page)
    combined(page)
    right = page.get_by_role("button", name="Right: replace “recieve” by “receive”")
    wrong = page.get_by_role("button", name="Wrong: replace “recieve” by “receive”")
    note = page.locator(".verdicts [role=status]")
    right.click()
    expect(note).to_have_text("recorded")
    expect(right).to_have_attribute("aria-pressed", "true")
    assert judged(page) == before + 2  # of careful and hasty
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    expect(right).to_have_attribute("aria-pressed", "false")
    assert judged(page) == before + 2
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("[data-busy]")).to_have_count(0)  # the row is another one now
    expect(wrong).to_have_attribute("aria-pressed", "true")  # the page remembers it
    wrong.click()
    expect(note).to_have_text("taken back")
    assert judged(page) == before


@pytest.mark.parametrize(
    ("status", "detail"),
    [(403, "this request needs a key with the scope combine"), (429, "50000 verdicts are stored")],
)
def test_a_verdict_that_is_refused_says_why(tab: Tab, page: Page, status: int, detail: str) -> None:
    tab.complaints.ignored = "the server responded with a status of 4"

    def refuse(route: Route) -> None:
        route.fulfill(status=status, json={"title": "Refused", "detail": detail})

    page.route("**/v1/feedback", refuse)
    combined(page)
    page.get_by_role("button", name="Right: ").click()
    expect(page.locator(".verdicts [role=status]")).to_contain_text(
        f"not recorded: {detail} ({status}"
    )
    expect(page.get_by_role("button", name="Right: ")).to_have_attribute("aria-pressed", "false")
