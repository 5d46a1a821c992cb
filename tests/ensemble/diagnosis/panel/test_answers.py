"""Which outputs are samples of one model, and what is refused in words that help."""

import json

import pytest

from evaluation.errors import InputError
from tests.ensemble.diagnosis.panel.reports import values

FIVE = {
    "source": ["1 + 1?", "2 + 1?", "2 + 2?", "3 + 2?", "3 + 3?"],
    "target": ["2", "3", "4", "5", "6"],
}
RIGHT = [f"It is easy to see. The answer is {n}." for n in (2, 3, 4, 5, 6)]
WRONG = [f"I have no idea of it. The answer is {n}." for n in (9, 3, 9, 5, 9)]
OTHER = [f"Let us count on fingers. The answer is {n}." for n in (2, 9, 4, 9, 6)]


def test_numbered_outputs_are_samples_of_one_model(write, diagnose):
    write({**FIVE, "small.1": RIGHT, "small.2": WRONG, "small.3": RIGHT, "big": OTHER})
    report = diagnose()
    found = values(report)
    assert found["small", "accuracy of final answers"] == pytest.approx(100 * (1 + 0.4 + 1) / 3)
    assert found["small, 3 times", "accuracy of final answers"] == 100
    assert found["small, 3 times", "calls a prompt"] == 3
    assert found["small", "calls a prompt"] == 1
    assert found["panel of 2", "calls a prompt"] == 2
    assert "small.1, small.2, small.3 are taken for samples of one model" in report.notes[-3]


def test_an_output_beside_samples_is_the_single_answer(write, diagnose):
    write({**FIVE, "small": WRONG, "small.1": RIGHT, "small.2": RIGHT, "big": OTHER})
    found = values(diagnose())
    assert found["small", "accuracy of final answers"] == 40
    assert found["small, 2 times", "accuracy of final answers"] == 100


def test_versions_are_not_samples_if_one_says_so(write, diagnose):
    write({**FIVE, "llama-3.1": RIGHT, "llama-3.2": WRONG, "phi-4": OTHER})
    report = diagnose("samples={}")
    assert values(report)["panel of 3", "calls a prompt"] == 3
    assert not [note for note in report.notes if "samples of one model" in note]


def test_a_version_alone_is_not_a_sample(write, diagnose):
    write({**FIVE, "gpt-4.1": RIGHT, "phi-4": OTHER})
    assert ("gpt-4.1", "calls a prompt") in values(diagnose())


def test_samples_are_named(write, diagnose):
    write({**FIVE, "hot": RIGHT, "cold": WRONG, "big": OTHER})
    found = values(diagnose("samples={small: [hot.txt, cold]}"))
    assert ("small, 2 times", "calls a prompt") in found
    assert ("panel of 2", "calls a prompt") in found


def test_one_model_with_samples_is_enough(write, diagnose):
    write({**FIVE, "small.1": RIGHT, "small.2": WRONG, "small.3": OTHER})
    report = diagnose()
    assert report.verdicts[0].startswith("small, 3 times gains ")
    assert not [row for row in report.table.rows if row.level == "panel"]


def test_jsonl_is_read_as_a_folder_is(write, diagnose, tmp_path):
    write({**FIVE, "a": RIGHT, "b": WRONG, "c": OTHER})
    folder = diagnose()
    lines = [
        json.dumps({"source": s, "reference": t, "outputs": {"a": a, "b": b, "c": c}})
        for s, t, a, b, c in zip(FIVE["source"], FIVE["target"], RIGHT, WRONG, OTHER, strict=True)
    ]
    (tmp_path / "all.jsonl").write_text("\n".join(lines) + "\n")
    assert diagnose("outputs.path=all.jsonl").table.rows == folder.table.rows


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["samples={a: [a, z]}"], "samples: a: no output 'z'; available: a, b"),
        (["samples={a: [b]}"], "samples: a has 1; two are needed"),
        (["samples={x: [a, b], y: [a, b]}"], "samples: a is named twice"),
        (["outputs.systems=[a, z]"], "outputs.systems: no model 'z'; available: a, b"),
        (["outputs.systems=[a]"], "two models, or two samples of one; there is only a"),
        (["prices={z: {in: 1, out: 1}}"], "prices: no model or judge 'z'; available: a, b"),
        (["prices={a: {in: -1, out: 1}}"], "prices.a.in: Input should be greater than"),
        (["prices={a: {in: 1}}"], "prices.a.out: Field required"),
        (["outputs.references=[short.txt]"], "short.txt: is for 2 prompts"),
        (["outputs.scores=scores.csv"], "scores.csv: has no score of b"),
        (["outputs.gold=g.m2", "outputs.scores=scores.csv"], "labels come from one of"),
        (["plan.measure=answers", "outputs.kind=labels"], "answers is for texts"),
        (["plan.folds=1"], "plan.folds: Input should be greater than or equal to 2"),
        (["outputs.judging={calls: 0}"], "outputs.judging.calls"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(write, diagnose, settings, words):
    scores = ["system,segment,score", *(f"a,{i},1" for i in range(1, 6))]
    folder = write({**FIVE, "a": RIGHT, "b": WRONG, "scores.csv": scores})
    (folder / "_short.txt").write_text("2\n3\n")
    settings = [setting.replace("short.txt", "_short.txt") for setting in settings]
    with pytest.raises(InputError, match=r".*") as caught:
        diagnose(*settings)
    assert words in str(caught.value).replace("_short", "short")


def test_lengths_that_differ_are_refused(write, diagnose):
    write({**FIVE, "a": RIGHT, "b": WRONG[:3]})
    with pytest.raises(InputError, match=r"b\.txt: 3 lines, but source\.txt has 5"):
        diagnose()


def test_one_prompt_is_not_enough(write, diagnose):
    write({"source": ["1 + 1?"], "target": ["2"], "a": RIGHT[:1], "b": WRONG[:1]})
    with pytest.raises(InputError, match="two different prompts at least, better some 100"):
        diagnose()


def test_edits_need_their_sources(write, diagnose):
    write({"a": RIGHT, "b": WRONG})
    with pytest.raises(InputError, match=r"source\.txt: is not there"):
        diagnose("outputs.kind=edits")
