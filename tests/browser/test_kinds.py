"""The tabs of the playground: each kind, pasted outputs, files, and two combiners side by side."""

import json

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect

from tests.browser.views import both_views, give

ANSWER = "From 14:20 to 17:05 is 2 hours 45 minutes, which is 165 minutes. The answer is 165."
MARKUP = "<img src=x onerror=alert(1)>"
DROPPED = """([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name, { type: "text/plain" }));
    return transfer;
}"""
SHOWN = "text => document.getElementById('combined')?.textContent === text"
FOLDER = {
    "source.txt": "He go to school .\nI has a apple .\n\n",
    "a.txt": f"He goes to school .\nI have an apple .\n{MARKUP}\n",
    "b.txt": "He goes to school .\nI has an apple .\n\n",
    "target.txt": "not read\n",
}


def send(page: Page) -> None:
    page.get_by_role("button", name="Combine", exact=True).click()


def paste(page: Page, **outputs: str) -> None:
    page.get_by_label("paste them").check()
    for place, (name, text) in enumerate(outputs.items(), 1):
        if page.get_by_label(f"Name of output {place}").count() == 0:
            page.get_by_role("button", name="Add an output").click()
        page.get_by_label(f"Name of output {place}").fill(name)
        page.get_by_label(f"Text of output {place}").fill(text)


def choose_files(page: Page, files: dict[str, str | bytes]) -> None:
    page.get_by_label("from files").check()
    give(page.locator("#files"), files)


def test_tabs_are_chosen_by_the_arrow_keys_and_keep_what_they_had(page: Page) -> None:
    page.get_by_label("Your text").fill("a draft")
    page.get_by_role("tab", name="Edits").focus()
    for key, name in [("ArrowRight", "Texts"), ("End", "Labels"), ("ArrowRight", "Edits")]:
        page.keyboard.press(key)
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
    expect(page.get_by_label("Your text")).to_have_value("a draft")


@pytest.mark.parametrize(
    ("kind", "place", "combined"),
    [
        ("Texts", 0, ANSWER),
        ("Texts", 1, "the weather in the north will be cold and windy"),
        ("Texts", 2, "Because of the storm, the train is not running today."),
        ("Labels", 0, "billing"),
        ("Labels", 1, "spam"),
        ("Labels", 2, "Italian"),
    ],
)  # fmt: skip
def test_examples_of_texts_and_labels_come_out_right(
    shared_page: Page, kind: str, place: int, combined: str
) -> None:
    shared_page.get_by_role("tab", name=kind).click()
    shared_page.locator(".example").nth(place).click()
    expect(shared_page.locator("#source")).not_to_have_value("")
    shared_page.wait_for_function(SHOWN, arg=combined)


@both_views
def test_pasted_outputs_are_combined_and_stay_text(page: Page) -> None:
    page.get_by_role("tab", name="Labels").click()
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("at least two outputs")
    paste(page, a=MARKUP, b="no", c=MARKUP, d=MARKUP)
    send(page)
    expect(page.locator("#combined")).to_have_text(MARKUP)
    expect(page.locator("#edits tr").first).to_contain_text(
        "3 of 4 systems give this label. Support 75%, the highest."
    )
    expect(page.locator("main img")).to_have_count(0)
    page.get_by_role("button", name="Remove output 2").click()
    expect(page.get_by_label("Text of output 2")).to_be_focused()
    send(page)
    expect(page.locator("#edits tr")).to_have_count(1)


@both_views
def test_two_combiners_are_compared_side_by_side(page: Page) -> None:
    page.get_by_role("tab", name="Labels").click()
    page.locator(".example").nth(1).click()
    expect(page.locator(".side mark")).to_have_text(["spam", "ham"])
    expect(page.locator("#edits tr.differs")).to_have_count(2)
    expect(page.locator("#edits tr").first).to_contain_text("not accepted by vote")
    page.get_by_role("button", name="Evidence of vote").click()
    expect(page.get_by_role("button", name="Evidence of vote")).to_be_focused()
    expect(page.locator("#decided")).to_have_text("Decided by vote")
    page.get_by_role("tab", name="Edits").click()
    page.get_by_label("Your text").fill("They are wierd")
    page.get_by_label("compared with").select_option("learned-vote")
    send(page)
    expect(page.locator("#difference")).to_have_text("Both decide alike.")
    expect(page.locator(".side .marked")).to_have_text(["They are wierdwired"] * 2)


@both_views
def test_the_segments_of_a_folder_are_looked_at_one_by_one(page: Page) -> None:
    choose_files(page, FOLDER)
    expect(page.locator("#files-note")).to_have_text(
        "2 segments, outputs of a and b; 1 empty segment left out."
    )
    send(page)
    segments = page.locator("#segments li")
    expect(segments).to_have_count(2)
    expect(page.locator("#combined")).to_have_text("He goes to school .")
    segments.nth(1).click()
    expect(page.locator("#combined")).to_have_text("I has an apple .")
    expect(segments.nth(1)).to_contain_text("1 of 2 edits accepted")
    with page.expect_download() as saved:
        page.get_by_role("link", name="the texts").click()
    assert saved.value.path().read_text() == "He goes to school .\nI has an apple .\n"


@both_views
def test_a_file_of_sources_that_is_dropped_is_sent_to_the_systems(page: Page) -> None:
    page.get_by_label("from files").check()
    dropped = page.evaluate_handle(DROPPED, ["mine.txt", "They are wierd\nI recieve it\n"])
    page.dispatch_event("#files", "dragover")
    expect(page.locator("#files")).to_have_attribute("data-over", "")
    page.dispatch_event("#files", "drop", {"dataTransfer": dropped})
    send(page)
    expect(page.locator("#segments .text")).to_have_text(["They are wired", "I receive it"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.pdf": "x"}, "a.pdf is a kind of file that this page does not read"),
        ({"a.txt": b"\xff\xfe"}, "a.txt is not text in UTF-8"),
        ({"a.txt": "1\n2\n", "b.txt": "1\n"}, "b.txt has 1 line, and a.txt has 2 lines"),
        ({"a.jsonl": '{"source": "a"}\n'}, "a.jsonl, line 1 has no outputs"),
        ({"a.jsonl": '{"outputs": {"a": "b"}}\n{'}, "a.jsonl, line 2 is not JSON"),
        ({"a.csv": "source,a\nx,y\n"}, "a.csv has the columns source and a"),
        ({"a.csv": "source,a,b\nx,y\n"}, "a.csv row 2 has 2 cells, and the header has 3"),
        ({"a.csv": 'source,a,b\n"x,y,z\n'}, "a.csv has a quote that is not closed"),
        ({"a.csv": "x" * (1 << 20) + "yz"}, "The files have 1.0 MiB; the limit is 1.0 MiB"),
        ({"a.txt": "\n\n"}, "There are only empty segments"),
        ({"a.txt": "a\n" * 1001}, "There are 1001 segments; the limit is 1000"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_say_why(
    shared_page: Page, files: dict[str, str | bytes], message: str
) -> None:
    choose_files(shared_page, files)
    expect(shared_page.locator("#files-problem")).to_contain_text(message)


TABLE = """async ([module, name, ...values]) =>
    (await import(`/static/${module}.js`))[name](...values)"""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("source,a\n1,2\n", [["source", "a"], ["1", "2"]]),
        ('a;b\r\n"x;""y""";"two\nlines"', [["a", "b"], ['x;"y"', "two\nlines"]]),
        ("a\tb\n\tc\n", [["a", "b"], ["", "c"]]),
        ("a,b\n,\n1,\n", [["a", "b"], ["1", ""]]),
    ],
)
def test_csv_is_read_as_in_rfc_4180(shared_page: Page, text: str, rows: list[list[str]]) -> None:
    table = shared_page.evaluate(TABLE, ["csv", "readCsv", text])
    assert [table["header"], *table["rows"]] == rows


def test_many_rows_are_shown_on_demand_and_filtered(page: Page) -> None:
    words = [f"wierd{i} recieve" for i in range(60)]
    paste(page, a=" ".join(words).replace("recieve", "receive"), b=" ".join(words))
    page.get_by_label("Your text").fill(" ".join(words))
    page.get_by_label("Combine by").select_option("vote")
    send(page)
    rows = page.locator("#edits tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show 10 more of 10").click()
    expect(rows).to_have_count(60)
    expect(page.locator("#more-edits")).to_be_hidden()
    page.get_by_label("accepted 0", exact=True).check()
    expect(page.locator("#edits")).to_have_text("Here are 0 of 60 edits.")
    page.get_by_label("not accepted 60").check()
    expect(rows).to_have_count(50)


def test_a_type_on_which_few_systems_have_a_say_is_explained(page: Page) -> None:
    systems = page.request.get("/v1/systems").json()
    for system in systems:
        system["competence"] = {"R:SPELL": None} if system["name"] == "careful" else None
    page.route("**/v1/systems", lambda route: route.fulfill(json=systems))
    page.reload()
    page.get_by_label("Your text").fill("She go school")
    send(page)
    expect(page.locator("#edits tr")).to_contain_text(
        "2 of 3 systems propose it; 2 of 2 systems with a say on function words."
    )


def test_json_lines_of_labels_with_probabilities(page: Page) -> None:
    lines = [{"outputs": {"a": {"x": 0.9, "y": 0.1}, "b": "y"}}, {"outputs": {"a": 3, "b": 3}}]
    page.get_by_role("tab", name="Labels").click()
    choose_files(page, {"labels.jsonl": "\n".join(map(json.dumps, lines))})
    page.get_by_label("Combine by").select_option("soft-vote")
    send(page)
    expect(page.locator("#segments .text")).to_have_text(["y", "3"])
