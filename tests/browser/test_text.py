"""The playground's own working out of where an edit stands, in the browser that runs it."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

PIECES = """async ([source, edits]) => {
    const { pieces, words } = await import("/static/edits.js");
    return pieces(source, edits)
        .map((piece) => piece.replacement === undefined ? piece : `[${words(piece).join("|")}]`)
        .join("");
}"""


def edit(offset: int, original: str, replacement: str) -> dict[str, object]:
    sides = {"original": original, "replacement": replacement}
    return {"offset": offset, "length": len(original), **sides}


@pytest.mark.parametrize(
    ("source", "edits", "shown"),
    [
        ("", [], ""),
        ("a b", [], "a b"),
        ("👩‍👩‍👧 a b", [edit(6, "a", "c")], "👩‍👩‍👧 [a|c] b"),
        ("I went home", [edit(6, "", " to")], "I went [|to] home"),
        ("I went", [edit(0, "", "Then ")], "[|Then] I went"),
        ("I went", [edit(6, "", ".")], "I went[|.]"),
        ("I really did", [edit(1, " really", "")], "I [really|] did"),
        ("Well I did", [edit(0, "Well ", "")], "[Well|] I did"),
        (
            "go the home",
            [edit(2, " the", ""), edit(6, "", " to")],
            "go [the|] [|to] home",
        ),
        ("a  b", [edit(1, "  b", " b")], "a[  b| b]"),
        ("我去学校了", [edit(1, "去", "到")], "我[去|到]学校了"),
    ],
)
def test_edits_stand_where_they_belong(
    shared_page: "Page", source: str, edits: list[dict[str, object]], shown: str
) -> None:
    assert shared_page.evaluate(PIECES, [source, edits]) == shown


IN_WORDS = """async ([module, name, ...values]) =>
    (await import(`/static/${module}.js`))[name](...values)"""


@pytest.mark.parametrize(
    ("reason", "tied", "shown"),
    [
        ("accepted", False, "accepted"),
        ("accepted", True, "accepted (tied)"),
        ("outvoted", False, "outvoted"),
        ("overlaps a stronger one", False, "overlaps a stronger edit"),
        ("best of those that change this", False, "accepted: the best of several changes"),
        ("disagrees with a stronger one", False, "conflicts with a stronger edit beside it"),
        ("another", True, "another (tied)"),
    ],
)
def test_what_came_of_a_candidate_in_words(
    shared_page: "Page", reason: str, tied: bool, shown: str
) -> None:
    candidate = {"reason": reason, "tied": tied}
    assert shared_page.evaluate(IN_WORDS, ["reasons", "outcomeInWords", candidate]) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [(None, "No system gave an answer."), ("", ""), ("a", "a")]
)
def test_no_text_is_said_in_words(shared_page: "Page", text: str | None, shown: str) -> None:
    assert shared_page.evaluate(IN_WORDS, ["text", "textInWords", text]) == shown
