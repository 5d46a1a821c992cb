"""The pages where keys are on: they ask for one, and use it in all they ask and watch."""

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, expect

from service.api.app import create_app
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from tests.contract.conftest import ROSTER, running


def test_a_page_asks_for_the_key_once(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=tmp_path / "roster.yaml", state=tmp_path, require_keys=True)
    database = Database(settings.database_url)
    database.migrate()
    key = keys.create(database, "reader", ["read"], 1)[1]
    database.close()
    with running(create_app(settings)) as address:
        page = browser.new_context(base_url=address).new_page()
        page.goto("/systems")
        page.locator("dialog input").fill(key)
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("[data-system=upper]")).to_contain_text("ready")
        page.goto("/jobs")
        expect(page.locator("#none")).to_be_visible()
        assert page.locator("dialog").count() == 0
        page.context.close()
