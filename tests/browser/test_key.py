"""The pages where keys are on: they ask for one, and use it in all they ask and watch."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, expect

from service.api.app import create_app
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from tests.contract.conftest import ROSTER, running

PATIENCE_MS = 60_000


class Guarded(NamedTuple):
    """Where a service answers that needs keys, and a key for each scope."""

    address: str
    keys: dict[str, str]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A service that needs keys."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=folder / "roster.yaml", state=folder, require_keys=True)
    database = Database(settings.database_url)
    database.migrate()
    made = {scope: keys.create(database, scope, [scope], 1)[1] for scope in ("read", "combine")}
    database.close()
    with running(create_app(settings)) as address:
        yield Guarded(address, made)


def test_a_page_asks_for_the_key_once(browser: Browser, guarded: Guarded) -> None:
    page = browser.new_context(base_url=guarded.address).new_page()
    page.goto("/systems")
    page.locator("dialog input").fill(guarded.keys["read"])
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("[data-system=upper]")).to_contain_text("ready")
    page.goto("/jobs")
    expect(page.locator("#none")).to_be_visible()
    assert page.locator("dialog").count() == 0
    page.context.close()


def test_the_page_of_the_api_has_a_key_in_memory_alone(browser: Browser, guarded: Guarded) -> None:
    key = guarded.keys["combine"]
    page = browser.new_context(base_url=guarded.address).new_page()
    page.goto("/docs")
    token = page.get_by_role("main").get_by_role("textbox").first
    token.fill(key, timeout=PATIENCE_MS)
    page.get_by_role("complementary").get_by_role("link", name="Combine HTTP").click()
    page.get_by_role("button", name="Test Request").first.click()
    with page.expect_response("**/v1/combine") as answer:
        page.get_by_role("button", name="Send").last.click()
    assert answer.value.request.headers["authorization"] == f"Bearer {key}"
    assert answer.value.ok
    kept = "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"
    assert key not in page.evaluate(kept)
    assert page.evaluate("indexedDB.databases()") == []
    page.context.close()
