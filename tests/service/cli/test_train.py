"""`consort train`, run as a user would."""

import json
import random
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from ensemble.combiners.neural import context
from service.cli.app import app

WRONG = {"go": "goes", "evry": "every", "a": "an", "teh": "the"}
WORDS = "we they trees dogs house green today".split()
SKILLS = {"good": 0.9, "fair": 0.6, "poor": 0.3}
LINES = 40


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """What is tested here is the command, not how well it learns: that takes a quarter of it."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 30)


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    chance = random.Random(1)
    lines = {name: [] for name in ("source", "target", *SKILLS)}
    for _ in range(LINES):
        words = [chance.choice([*WRONG, *WORDS]) for _ in range(6)]
        lines["source"].append(" ".join(words))
        lines["target"].append(" ".join(WRONG.get(word, word) for word in words))
        for name, skill in SKILLS.items():
            mended = (WRONG.get(w, w) if chance.random() < skill else w for w in words)
            lines[name].append(" ".join(mended))
    for name, texts in lines.items():
        (tmp_path / f"{name}.txt").write_text("".join(text + "\n" for text in texts))
    return tmp_path


def mistake(folder):
    """Have a system propose wrong edits too: without any, logistic regression learns nothing."""
    mistaken = (folder / "poor.txt").read_text().replace("house", "hose").replace("dogs", "dog")
    (folder / "poor.txt").write_text(mistaken)


def statistics(result) -> dict[tuple[str, str], float]:
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    return {(row["name"], row["statistic"]): row["value"] for row in rows}


def test_trained_reported_and_used(folder, tmp_path):
    trained = tmp_path / "combiner"
    result = run(
        "train", folder, "--reference", folder / "target.txt", "-o", trained, "--json", "--cv", 3
    )
    found = statistics(result)
    assert found["neural", "F0.5 of edits"] >= found["vote", "F0.5 of edits"] - 0.3
    assert 0 <= found["neural", "calibration error"] <= 1
    manifest = json.loads((trained / "manifest.json").read_text())
    assert manifest["config"]["cv"] == 3
    assert len(manifest["scores"]) == len(json.loads(result.stdout)["rows"])
    out = tmp_path / "_out.txt"
    result = run("combine", folder, "--combiner", trained, "-o", out, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["signature"].startswith("neural|artefact:")
    assert len(out.read_text().splitlines()) == LINES


def test_a_language_model_that_does_not_help_is_left_out_and_the_user_told(
    folder, tmp_path, monkeypatch
):
    asked = []

    def changes(model, pairs):
        asked.extend(pairs)
        return np.zeros((len(pairs), 1))

    model = SimpleNamespace(name="any", revision="0" * 64)
    reader = context._Reader(model, tmp_path / "cache")
    monkeypatch.setattr(context, "changes", changes)
    monkeypatch.setattr(context, "_reader", lambda name: reader)
    trained = tmp_path / "combiner"
    options = ["--reference", folder / "target.txt", "-o", trained, "--cv", 2, "--context", "any"]
    result = run("train", folder, *options)
    assert "any does not help on held-out segments: it is left out" in " ".join(
        result.stderr.split()
    )
    manifest = json.loads((trained / "manifest.json").read_text())
    assert manifest["context"] is None
    assert manifest["config"]["context"] == "any"
    assert asked
    asked.clear()
    used = run("combine", folder, "--combiner", trained, "-o", tmp_path / "_out.txt")
    assert used.exit_code == 0, used.output
    assert not asked


def test_gold_edits(folder, tmp_path):
    with (folder / "gold.m2").open("w") as file:
        for line in (folder / "source.txt").read_text().splitlines():
            file.write(f"S {line}\n")
            for i, word in enumerate(line.split()):
                if word in WRONG:
                    edit = f"A {i} {i + 1}|||R|||{WRONG[word]}|||REQUIRED|||-NONE-|||0\n"
                    file.write(edit)
            file.write("\n")
    common = ("train", folder, "--cv", 2, "--json")
    result = run(*common, "--gold", folder / "gold.m2", "-o", tmp_path / "c")
    by_reference = run(*common, "--reference", folder / "target.txt", "-o", tmp_path / "d")
    one, two = statistics(result), statistics(by_reference)
    assert one["vote", "F0.5 of edits"] == two["vote", "F0.5 of edits"]


def test_scores_are_about_texts(folder, tmp_path):
    scores = tmp_path / "scores.csv"
    rows = [f"{name},{i},{skill * 10 + i % 3}" for name, skill in SKILLS.items()
            for i in range(1, LINES + 1)]  # fmt: skip
    scores.write_text("\n".join(["system,segment,score", *rows[:-5]]) + "\n")
    arguments = ("train", folder, "--scores", scores, "--cv", 2, "--json")
    found = statistics(run(*arguments, "-o", tmp_path / "c"))
    assert found["neural", "mean score"] > found["mbr", "mean score"]


def test_labels_of_a_kind(folder, tmp_path):
    target = folder / "target.txt"
    arguments = ("train", folder, "--kind", "labels", "--reference", target, "--cv", 2, "--json")
    found = statistics(run(*arguments, "-o", tmp_path / "c"))
    assert found["best single by labels", "accuracy"] >= found["vote", "accuracy"]


def test_the_types_it_was_shown_are_remembered(folder, tmp_path):
    trained, out = tmp_path / "c", tmp_path / "_o.txt"
    target = folder / "target.txt"
    common = ("train", folder, "--cv", 2, "--reference", target)
    result = run(*common, "-o", trained, "--types", "none")
    assert "no service takes it: edits have surface types in the service" in result.output
    assert result.exit_code == 0, result.output
    evidence = tmp_path / "_e.jsonl"
    arguments = ("combine", folder, "--combiner", trained, "-o", out)
    assert run(*arguments, "--evidence", evidence).exit_code == 0
    first = json.loads(evidence.read_text().splitlines()[0])
    assert {candidate["type"] for candidate in first["candidates"]} == {"edit"}
    assert first["calibrated"] is True
    result = run(*arguments, "--types", "surface")
    assert result.exit_code == 2
    assert "trained with --types none" in result.stderr


def test_the_page(folder, tmp_path):
    pytest.importorskip("matplotlib", reason="plots are in consort[report]")
    page, target = tmp_path / "page.html", folder / "target.txt"
    for file in folder.glob("*.txt"):  # the page trains many times
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:24]))
    common = ("train", folder, "--systems", "good,poor", "--cv", 2, "--reference", target)
    result = run(*common, "-o", tmp_path / "c", "--report", page)
    assert result.exit_code == 0, result.output
    content = page.read_text()
    assert content.count("<figure") >= 4
    assert "What each system is worth" in content


@pytest.mark.parametrize("labels", [(), ("--reference", "target.txt", "--scores", "s.csv")])
def test_labels_come_from_one_place(folder, tmp_path, labels):
    given = [folder / name if "." in name else name for name in labels]
    if not labels:
        (folder / "target.txt").unlink()
    result = run("train", folder, *given, "-o", tmp_path / "c")
    assert result.exit_code == 2
    assert "one of --gold, --reference and --scores" in result.stderr
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("report", "words"),
    [("nowhere/page.html", "nowhere is not a folder"), (".", "is a folder")],
)
def test_where_no_page_can_be_written_nothing_is_trained(folder, tmp_path, report, words):
    common = ("train", folder, "--reference", folder / "target.txt", "-o", tmp_path / "c")
    result = run(*common, "--report", tmp_path / report)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "c").exists()


def test_what_is_there_is_not_written_over(folder):
    result = run("train", folder, "--reference", folder / "target.txt", "-o", folder)
    assert result.exit_code == 2
    assert "not empty" in result.stderr


def test_a_combiner_that_there_is_not(folder, tmp_path):
    result = run("combine", folder, "--combiner", tmp_path / "none", "-o", tmp_path / "_o.txt")
    assert result.exit_code == 2
    assert "folders of trained ones" in result.stderr


def test_untrained(folder, tmp_path):
    out = tmp_path / "_o.txt"
    result = run("combine", folder, "--combiner", "neural", "-o", out, "--json")
    assert result.exit_code == 0, result.output
    assert "artefact:untrained" in json.loads(result.stdout)["signature"]


def test_another_combiner_is_trained_reported_and_used_alike(folder, tmp_path):
    mistake(folder)
    trained, report = tmp_path / "combiner", tmp_path / "report.html"
    common = ("train", folder, "--reference", folder / "target.txt", "--cv", 2, "--json")
    result = run(*common, "--combiner", "logistic", "-o", trained, "--report", report)
    found = statistics(result)
    assert found["logistic", "F0.5 of edits"] > found["vote", "F0.5 of edits"]
    assert "neural" not in {name for name, _ in found}
    assert 0 <= found["logistic", "calibration error"] <= 1
    manifest = json.loads((trained / "manifest.json").read_text())
    assert manifest["learner"] == manifest["config"]["combiner"] == "logistic"
    html = report.read_text()
    assert html.count("<svg") == 4
    assert "The log-odds that a proposal of each system adds" in html
    out = tmp_path / "_out.txt"
    combined = run("combine", folder, "--combiner", trained, "-o", out, "--json")
    assert json.loads(combined.stdout)["signature"].startswith("logistic|artefact:")
    assert len(out.read_text().splitlines()) == LINES
    again = run(*common, "--combiner", "logistic", "-o", tmp_path / "again")
    assert statistics(again) == found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--combiner", "vote"], "no combiner 'vote' can be trained"),
        (["--combiner", "logistic", "--kind", "labels"], "combines edits, not labels"),
        (["--combiner", "logistic", "--context", "smollm2"], "does not take a language model"),
    ],
)
def test_what_a_combiner_cannot_learn_from_is_refused(folder, tmp_path, options, message):
    given = ("--reference", folder / "target.txt", "-o", tmp_path / "c")
    result = run("train", folder, *given, *options)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert not (tmp_path / "c").exists()


def test_labels_that_are_all_right_teach_logistic_regression_nothing(folder, tmp_path):
    (folder / "fair.txt").write_text((folder / "target.txt").read_text())
    common = ("train", folder, "--reference", folder / "target.txt", "--cv", 2)
    systems = ("--systems", "fair", "--combiner", "logistic")
    result = run(*common, *systems, "-o", tmp_path / "c")
    assert result.exit_code == 2, result.output
    assert "all are right, or all wrong" in " ".join(result.output.split())


def test_what_it_is_worth_is_said_and_kept(folder, tmp_path):
    groups = tmp_path / "groups"
    groups.write_text("".join(f"annotator {i % 3}\n" for i in range(LINES)))
    common = ("train", folder, "--reference", folder / "target.txt", "--cv", 3)
    result = run(*common, "--groups", groups, "-o", tmp_path / "c")
    assert result.exit_code == 0, result.output
    use = json.loads((tmp_path / "c" / "manifest.json").read_text())["config"]["use"]
    assert use in result.stderr
    assert use.endswith("on groups it was not trained on")
    assert [f"in annotator {i}" in result.stdout for i in range(3)] == [True] * 3


@pytest.mark.parametrize(
    ("groups", "words"),
    [("a\nb\n", "2 groups for 40 segments"), ("a\n\n" * (LINES // 2), "2: the group has no name")],
)
def test_groups_that_do_not_fit_are_refused(folder, tmp_path, groups, words):
    file = tmp_path / "groups"
    file.write_text(groups)
    result = run(
        "train",
        folder,
        "--reference",
        folder / "target.txt",
        "--groups",
        file,
        "-o",
        tmp_path / "c",
    )
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


@pytest.mark.parametrize(("options", "folds", "short"), [([], 5, False), (["--fast"], 3, True)])
def test_the_table_is_printed_before_the_page_is_drawn(
    folder, tmp_path, monkeypatch, options, folds, short
):
    pytest.importorskip("matplotlib", reason="plots are in consort[report]")
    drawn = []

    def fail(training, progress, short):
        drawn.append((training.data, short))
        raise ValueError("the page cannot be drawn")

    monkeypatch.setattr("ensemble.training.report.training_page", fail)
    mistake(folder)
    trained, page = tmp_path / "c", tmp_path / "page.html"
    common = ("train", folder, "--reference", folder / "target.txt", "--combiner", "logistic")
    result = run(*common, "-o", trained, "--report", page, "--json", *options)
    assert result.exit_code == 2
    assert "the page cannot be drawn" in result.stderr
    assert f"|cv:{folds}|" in json.loads(result.stdout)["signature"]
    assert drawn == [(folder.name, short)]
    assert (trained / "manifest.json").is_file()
    assert not page.exists()


def test_where_there_is_no_terminal_there_are_lines_with_figures_and_a_log(
    folder, tmp_path, monkeypatch
):
    pytest.importorskip("tensorboard", reason="it is in consort[rl]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for gap in ("GAP_S", "LONG_GAP_S"):
        monkeypatch.setattr(f"service.cli.log_lines.{gap}", 0.0)
    mistake(folder)
    common = ("train", folder, "--reference", folder / "target.txt", "--combiner", "logistic")
    log = f"tensorboard:{tmp_path / 'log'}"
    result = run(*common, "-o", tmp_path / "c", "--cv", 2, "--json", "--log-to", log)
    score = statistics(result)["logistic", "F0.5 of edits"]
    (line,) = [line for line in result.stderr.splitlines() if "Cross-validating: 8 of" in line]
    assert "(fold 2 of 2): " in line
    assert f"logistic F0.5 of edits so far {score:.2f}; " in result.stderr
    events = EventAccumulator(str(tmp_path / "log" / f"train {folder.name}")).Reload()
    (tag,) = [tag for tag in events.Tags()["scalars"] if "logistic" in tag and "Cross" in tag]
    assert [event.step for event in events.Scalars(tag)] == [1, 2]
    assert events.Scalars(tag)[-1].value == pytest.approx(score)


def test_a_log_that_cannot_be_opened_is_an_error_before_the_training(folder, tmp_path):
    common = ("train", folder, "--reference", folder / "target.txt", "-o", tmp_path / "c")
    result = run(*common, "--log-to", "wandb:x")
    assert result.exit_code == 2
    assert "cannot log to 'wandb:x'" in result.stderr
    assert not (tmp_path / "c").exists()
