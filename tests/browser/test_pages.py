"""The pages of systems and of combiners in headless Chromium: what is there, as text alone."""

from collections.abc import Callable

import httpx
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

from tests.browser.views import Tab, faults_of
from tests.trained import files

Open = Callable[..., Page]

SCRIPT = "<script>alert(1)</script>"


def feedback(address: str, voter: str, accepted: bool, n: int) -> None:
    edit = {"start": 0, "end": 1, "replacement": "a", "type": "R:SPELL", "voters": [voter]}
    edits = [{**edit, "replacement": str(i), "accepted": accepted} for i in range(n)]
    body = {"source": "word", "edits": edits}
    assert httpx.post(f"{address}/v1/feedback", json=body).status_code == 201


def well_seen(page: Page) -> None:
    assert faults_of(page) == {}
    assert page.locator("main script, main b").count() == 0


def test_systems_show_their_competence_and_who_has_changed(
    empty_address: str, open_page: Open
) -> None:
    feedback(empty_address, "careful", True, 100)
    feedback(empty_address, "careful", False, 50)
    feedback(empty_address, SCRIPT, True, 3)
    page = open_page(empty_address)
    page.get_by_role("link", name="Systems").click()
    careful = page.locator("[data-system=careful]")
    expect(careful).to_contain_text("It has changed: 0% of its last 50 judged edits")
    expect(careful).to_contain_text("replaced, spelling")
    expect(careful.get_by_role("img", name="Competence of careful over time")).to_be_visible()
    expect(page.locator("[data-system=hasty]")).to_contain_text("50%")
    expect(page.locator("#systems")).to_contain_text(SCRIPT)
    expect(page.locator("#status")).to_have_text("4 systems, 1 changed")
    well_seen(page)


def test_combiners_show_versions_aliases_and_history(tab: Tab, address: str) -> None:
    for data in "ab":
        form = files(data=data).form
        assert httpx.post(f"{address}/v1/combiners/mine", files=form).status_code == 201
    alias = f"{address}/v1/combiners/mine/aliases/champion"
    body = {"version": 2, "force": {"reason": SCRIPT}}
    assert httpx.post(alias, json=body).status_code == 200
    page = tab.open("/combiners")
    mine = page.locator("[data-combiner=mine]")
    expect(mine.locator("[data-version='2']")).to_contain_text("champion")
    expect(mine.locator("h3").first).to_have_text("Version 2champion")
    expect(mine).to_contain_text(f"forced: {SCRIPT}")
    expect(page.locator("#builtin")).to_contain_text("vote, learned-vote, mbr")
    well_seen(page)
