"""Calls, tokens and prices: what is given counts, and what is estimated is said to be."""

import pytest

from evaluation.errors import DataError
from tests.ensemble.diagnosis.panel.reports import judged, values

SOURCE = [f"What is it, {i}{i}{i}?" for i in range(1, 5)]
OUTPUT = "Well, that is easy to tell. The answer is {0:04}."
FILES = {
    "source": SOURCE,
    "target": ["1", "2", "3", "4"],
    "a": [OUTPUT.format(i) for i in (1, 2, 3, 9)],
    "b": [OUTPUT.format(i) for i in (1, 9, 3, 4)],
}
PRICES = "prices={a: {in: 1, out: 2}, b: {in: 3, out: 4}}"


def test_tokens_are_estimated_and_priced(write, diagnose):
    write(FILES)
    report = diagnose(PRICES)
    found = values(report)
    tokens_in, tokens_out = len(SOURCE[0]) / 4, len(FILES["a"][0]) / 4
    assert found["a", "tokens in a prompt"] == tokens_in
    assert found["a", "tokens out a prompt"] == tokens_out
    price = (4 * tokens_in + 6 * tokens_out) / 1000
    assert found["panel of 2", "price of 1000 prompts"] == pytest.approx(price)
    assert any("tokens are estimated as bytes of UTF-8 / 4" in note for note in report.notes)
    assert "times the price" in report.verdicts[0]


def test_without_prompts_the_tokens_that_are_read_are_unknown(write, diagnose):
    write({name: lines for name, lines in FILES.items() if name != "source"})
    report = diagnose("outputs.kind=texts")
    assert values(report)["a", "tokens in a prompt"] == 0
    assert any("without source.txt the tokens" in note for note in report.notes)


def test_a_price_that_is_missing_is_unknown(write, diagnose):
    write(FILES)
    report = diagnose("prices={a: {in: 1, out: 2}}")
    found = values(report)
    assert ("a", "price of 1000 prompts") in found
    assert ("b", "price of 1000 prompts") not in found
    assert ("panel of 2", "price of 1000 prompts") not in found
    assert "price" not in report.verdicts[0]


def test_usage_is_taken_where_it_is_given(write, diagnose):
    rows = [f"{name},{i},100,{10 * i}" for name in ("a", "b") for i in range(1, 5)]
    write({**FILES, "usage.csv": ["system,segment,tokens_in,tokens_out", *rows]})
    report = diagnose(PRICES)
    found = values(report)
    assert found["a", "tokens in a prompt"] == 100
    assert found["panel of 2", "tokens out a prompt"] == 50
    assert not any("estimated" in note for note in report.notes)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,5,1,1", "usage.csv:2: segment '5' is not a whole number from 1 to 4, the last"),
        ("a,1,-1,1", "usage.csv:2: -1 and 1 are not whole numbers of tokens"),
        ("a,1,1,1\na,1,1,1", "usage.csv:3: a is there twice for segment 1"),
    ],
)
def test_usage_that_is_wrong_is_refused(write, diagnose, row, words):
    write({**FILES, "usage.csv": ["system,segment,tokens_in,tokens_out", row]})
    with pytest.raises(DataError) as caught:
        diagnose()
    assert words in str(caught.value)


def test_judges_are_priced_where_they_are_asked(write, diagnose):
    scores = {"a": [1, 2, 1, 2], "b": [2, 1, 2, 1]}
    write({**FILES, "judges.csv": judged({"x": scores})})
    judging = "outputs={path: ., judging: {calls: 3, tokens_in: 50, tokens_out: 5}}"
    found = values(diagnose(judging, f"{PRICES[:-1]}, x: {{in: 10, out: 20}}}}"))
    # Two of four prompts are contested: each model has another answer there.
    assert found["panel of 2, judged where tied", "calls a prompt"] == 2 + 3 * 2 / 4
    assert found["panel of 2, judged", "calls a prompt"] == 5
    panel, more = (
        found[name, "price of 1000 prompts"] for name in ("panel of 2", "panel of 2, judged")
    )
    assert more - panel == pytest.approx(3 * (50 * 10 + 5 * 20) / 1000)


def test_a_judge_reads_what_it_is_shown(write, diagnose):
    scores = {"a": [1, 2, 1, 2], "b": [2, 1, 2, 1]}
    write({**FILES, "judges.csv": judged({"x": scores})})
    read = "tokens in a prompt"
    all_at_once = values(diagnose())["panel of 2, judged", read]
    one_by_one = values(diagnose("outputs={path: ., judging: {calls: 2, shown: 1}}"))
    source = len(SOURCE[0]) / 4
    assert one_by_one["panel of 2, judged", read] == pytest.approx(all_at_once + source)
