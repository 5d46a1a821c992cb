"""The playground in headless Chromium, against the real service with small systems."""

import json

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.views import Tab, both_views

SENTENCE = "🎉 She go school and recieve marks."
COMBINED = "🎉 She go to school and receive marks."
LONG_WORD = "antidisestablishmentarianism" * 5


def combine(page: Page, text: str = SENTENCE) -> None:
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#result")).to_be_visible()


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-system={name}]")


def rows(page: Page) -> list[list[str]]:
    """The cells of each candidate but the last one, for the reader's verdict."""
    cells = [row.locator("td").all_inner_texts()[:-1] for row in page.locator("#edits tr").all()]
    return [[cell.replace("\n", "|") for cell in row] for row in cells]


@both_views
def test_a_sentence_is_combined_and_every_edit_explained(page: Page) -> None:
    combine(page)
    expect(page.locator("#combined")).to_have_text(COMBINED)
    expect(page.locator("#marked")).to_have_text("🎉 She go to school and recievereceive marks.")
    expect(page.locator("#marked ins")).to_have_text(["to", "receive"])
    expect(page.locator("#marked del")).to_have_text(["recieve"])
    expect(page.locator("#status")).to_contain_text("2 of 3 edits accepted, from 3 systems")
    expect(page.locator("#measure")).to_have_text("Support")
    assert rows(page) == [
        ["to|missing, function word", "brittle, hasty|2 of 3 systems propose it.", "67%",
         "accepted"],
        ["recievereceive|replaced, spelling", "careful, hasty|2 of 3 systems propose it.", "67%",
         "accepted"],
        [".!|replaced, punctuation", "careful|1 of 3 systems proposes it.", "33%",
         "outvoted|It has too little support."],
    ]  # fmt: skip


@both_views
def test_a_fused_text_shows_who_proposed_each_change_of_its_backbone(page: Page) -> None:
    page.get_by_role("tab", name="Texts").click()
    page.get_by_label("ask systems").check()
    page.get_by_label("Combine by").select_option("fuse")
    page.get_by_label("The source").fill(SENTENCE)
    page.get_by_role("button", name="Combine", exact=True).click()
    expect(page.locator("#combined")).to_have_text(COMBINED)
    expect(page.locator("#backbone")).to_have_text("Changes are to the output of hasty.")
    expect(page.locator("#marked")).to_have_text(COMBINED)
    expect(part(page, "hasty").locator(".change")).to_have_count(0)
    expect(part(page, "careful").locator(".text")).to_contain_text("marks.!")
    assert ["33%", "outvoted|It has too little support."] in [row[2:] for row in rows(page)]
    page.get_by_text("The same from the command line").click()
    assert '"combiner":"fuse"' in page.locator("#curl").inner_text()


def test_each_system_has_its_own_changes_its_latency_and_its_weight(page: Page) -> None:
    combine(page)
    careful = part(page, "careful")
    expect(careful.locator(".text")).to_have_text("🎉 She go school and recievereceive marks.!")
    expect(careful.locator(".taken")).to_have_text("recievereceive")
    expect(careful.locator("dt")).to_have_text(["proposed", "accepted", "latency", "weight"])
    expect(careful.locator("dd").nth(3)).to_have_text("1.00")


def test_an_example_is_one_press_away(page: Page) -> None:
    example = page.locator(".example").first
    example.click()
    expect(page.get_by_label("Your text")).to_have_value(example.inner_text())
    expect(page.locator("#combined")).to_have_text(example.inner_text())


def test_a_text_that_nobody_would_change(page: Page) -> None:
    combine(page, "All is well.")
    expect(page.locator("#combined")).to_have_text("All is well.")
    expect(page.locator("#edits")).to_have_text("No system proposed a change.")


def test_a_system_that_fails_is_shown_as_failed_and_the_rest_go_on(page: Page) -> None:
    combine(page, f"{SENTENCE} boom")
    expect(page.locator("#degraded")).to_have_text("Degraded: combined without brittle.")
    expect(part(page, "brittle")).to_contain_text("Failed: ValueError: no word for <b>boom</b>")
    expect(page.locator("#combined")).to_contain_text("receive")
    combine(page, SENTENCE)
    expect(page.locator("#degraded")).to_be_hidden()


def test_markup_from_anybody_stays_text(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    theirs = "<img src=x onerror=alert(2)><script>alert(3)</script>"
    combine(page, f"{theirs} tags")
    expect(page.locator("#combined")).to_have_text(f"{theirs} tags")
    expect(part(page, "brittle").locator("ins")).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("main img, main script, #result b")).to_have_count(0)


def test_how_systems_split_over_the_same_word_is_explained(page: Page) -> None:
    combine(page, "They are wierd")
    split = "3 of 3 change this word, but not in the same way: {} like this."
    assert [row[1].split("|")[1] for row in rows(page)] == [split.format(1), split.format(2)]
    outcomes = page.locator("#edits .outcome").all_inner_texts()
    assert [outcome.removeprefix("✓ ") for outcome in outcomes] == ["outvoted", "accepted"]


def test_a_null_text_and_markup_in_a_name_are_shown_as_words(page: Page) -> None:
    def answer(route: Route) -> None:
        given = route.fetch().json()
        for candidate in given["candidates"]:
            candidate |= {"voters": ["<i>2 of 3</i>"], "tied": True, "accepted": False}
        route.fulfill(json={**given, "text": None})

    page.route("**/v1/combine", answer)
    combine(page, "They are wierd")
    expect(page.locator("#combined")).to_have_text("No system gave an answer.")
    expect(page.locator("#marked")).to_have_text("No system gave an answer.")
    expect(page.locator("#edits td").nth(1)).to_contain_text("<i>2 of 3</i>")
    expect(page.locator("#edits .outcome").first).to_have_text("outvoted (tied)")
    expect(page.locator("#edits i")).to_have_count(0)


def test_the_evidence_and_the_curl_command_say_the_same(page: Page) -> None:
    combine(page, f"It's here. {SENTENCE}")
    page.get_by_text("The evidence as JSON").click()
    evidence = json.loads(page.locator("#evidence").inner_text())
    assert evidence["text"] == f"It's here. {COMBINED}"
    page.get_by_text("The same from the command line").click()
    command = page.locator("#curl").inner_text()
    assert f"{page.url.partition('#')[0]}v1/combine" in command
    assert "It'\\''s here." in command


@both_views
def test_the_keyboard_is_enough_and_focus_is_always_seen(page: Page) -> None:
    def tab() -> str:
        page.keyboard.press("Tab")
        label, outline = page.evaluate(
            """() => {
                const { id, className, name, dataset, tagName } = document.activeElement;
                const label = id || dataset.copy || name || className.split(" ").at(-1) || tagName;
                return [label, getComputedStyle(document.activeElement).outlineStyle];
            }"""
        )
        assert outline != "none" or label == "BODY", f"no focus ring on {label}"
        return label

    while tab() != "source":
        pass
    page.keyboard.type(SENTENCE)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#edits tr")).to_have_count(3)

    order = []
    while "edit" not in order:
        order.append(tab())
    asking = ["example"] * 3 + ["from-systems"] + ["systems"] * 3 + ["how", "other-how", "combine"]
    assert order == [*asking, "SUMMARY", "show-changes", "copy", "filter", "edit"]

    expect(page.locator("#marked .lit")).to_have_text("to")
    expect(page.locator(".lit")).to_have_count(4)
    assert [tab(), tab(), tab()] == ["verdict", "verdict", "edit"]
    expect(part(page, "careful").locator(".lit")).to_have_text("recievereceive")
    page.keyboard.press("Space")
    after = ["verdict", "verdict", "edit", "verdict", "verdict", "decided", "SUMMARY", "SUMMARY"]
    assert [tab() for _ in after] == after
    expect(page.locator("#marked .lit")).to_have_text("recievereceive")  # pressed, so it stays
    assert "BODY" in [tab() for _ in range(5)]  # and out at the end: no trap


def test_pointing_at_an_edit_lights_it_up_everywhere(page: Page) -> None:
    combine(page)
    page.locator("#edits tr").nth(1).hover()
    expect(page.locator(".text .lit")).to_have_text(["recievereceive"] * 3)
    part(page, "hasty").locator("[data-candidate='0']").hover()
    expect(page.locator("#edits .lit")).to_contain_text("brittle, hasty")
    page.mouse.move(0, 0)
    expect(page.locator(".lit")).to_have_count(0)


@both_views
def test_systems_can_be_left_out_but_two_stay(page: Page) -> None:
    page.get_by_label("careful").uncheck()
    combine(page)
    expect(page.locator("#parts h3")).to_have_text(["hasty", "brittle"])
    page.get_by_label("hasty").click()
    expect(page.get_by_label("hasty")).to_be_checked()
    expect(page.locator("#roster-note")).to_have_text("Combining takes at least two systems.")


def test_changes_can_be_hidden(page: Page) -> None:
    combine(page)
    expect(page.locator("#combined")).to_be_hidden()
    page.get_by_label("Show changes").uncheck()
    expect(page.locator("#combined")).to_be_visible()
    expect(page.locator("#marked")).to_be_hidden()


def test_the_combined_text_is_copied(tab: Tab, page: Page) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    combine(page)
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == COMBINED


@both_views
def test_a_problem_is_told_in_words(tab: Tab, page: Page) -> None:
    tab.complaints.ignored = "the server responded with a status of 4"
    combine(page)
    page.get_by_label("Your text").fill("a " * 5000)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("source has 5001 tokens; the limit is 4096")
    expect(page.locator("#result")).to_be_hidden()
    combine(page)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_newer_request_replaces_an_older_one(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/combine", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("Your text").fill("first")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_have_text("Combining…")
    combine(page, "second")
    held[0].fulfill(json={"text": "first"})
    page.wait_for_timeout(100)
    expect(page.locator("#combined")).to_have_text("second")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_service_that_is_gone_is_told_in_words(tab: Tab, page: Page) -> None:
    tab.complaints.ignored = "net::ERR_FAILED"
    page.route("**/v1/combine", lambda route: route.abort())
    page.get_by_label("Your text").fill(SENTENCE)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")


def test_a_system_that_starts_is_followed_until_it_has_started_or_failed(page: Page) -> None:
    states = iter(("starting", "failed"))

    def answer(route: Route) -> None:
        state = next(states)
        reason = "killed by signal 9" if state == "failed" else None
        route.fulfill(json=[{"name": "careful", "state": state, "reason": reason}])

    page.route("**/v1/systems", answer)
    combine(page)
    state = page.locator("[data-name=careful] .state")
    expect(state).to_have_text("starting")
    expect(state).to_have_text("failed: killed by signal 9")


@both_views
def test_everything_is_shown_well_by_day_and_by_night(tab: Tab, page: Page) -> None:
    combine(page, f"{SENTENCE} boom {LONG_WORD}")
    for summary in page.locator("#result summary").all():
        summary.click()
    page.locator(".edit").first.focus()
    expect(page.locator("tr.lit")).to_have_count(1)
    assert page.get_by_role("table").get_by_role("row").count() == 4
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(23, 24, 27)") == (tab.view["color_scheme"] == "dark")


@pytest.mark.parametrize("tab", ["phone"], indirect=True)
def test_a_touch_shows_where_an_edit_is(page: Page) -> None:
    combine(page)
    page.locator(".edit").first.tap()
    expect(page.locator("#marked .lit")).to_have_text("to")
