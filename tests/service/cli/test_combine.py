"""`consort combine` and `train` on what is no answer, on labels and texts, and on their forms."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from ensemble import batch
from service.cli.app import app

QUESTIONS = ["How many apples does Tom have ?", "How many pears has Ann now ?"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(folder: Path, **files: list[str]) -> Path:
    for name, lines in files.items():
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    return folder


def combined(folder: Path, *options: object) -> tuple[list[str], Result]:
    out = folder / "_out.txt"
    result = run("combine", folder, "-o", out, *options)
    assert result.exit_code == 0, result.output
    return out.read_text().split("\n")[:-1], result


def test_empty_outputs_are_no_answers_and_are_counted(tmp_path):
    source = ["He go home .", "It rain .", "", "Fine ."]
    write(
        tmp_path,
        source=source,
        a=["", " ", "", "Fine ."],
        b=["He goes home .", "\u00a0", "", ""],
        c=["He goes home .", "It rains .", "", "Fine ."],
    )
    lines, result = combined(tmp_path)
    assert lines == ["He goes home .", "It rains .", "", "Fine ."]
    assert "note: 2 empty outputs of a counted as no answer" in result.stderr
    assert "note: 2 empty outputs of b counted as no answer" in result.stderr
    assert "of c counted" not in result.stderr


def test_a_folder_has_one_style_whatever_chunk_a_source_is_in(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "CHUNK", 2)
    told = ["It 's late .", "Yes , it is .", "They are here ."]
    texts = {"a": "He goes home.", "b": "He goes home .", "c": "He went home ."}
    texts |= {"d": "He goes home.", "source": "He go home"}
    write(tmp_path, **{name: [text, *told, text] for name, text in texts.items()})
    assert combined(tmp_path)[0] == ["He goes home .", *told, "He goes home ."]
    write(tmp_path, **{name: [text] for name, text in texts.items()})
    assert combined(tmp_path)[0] == ["He goes home."]


def test_empty_outputs_are_counted_in_the_table_and_in_jsonl(tmp_path):
    file = tmp_path / "x.jsonl"
    file.write_text('{"source": "He go .", "outputs": {"a": "", "b": "He goes .", "c": null}}\n')
    result = run("combine", file, "-o", tmp_path / "out.txt", "--json")
    assert result.exit_code == 0, result.output
    assert "note: 1 empty output of a counted as no answer" in result.stderr
    rows = {(r["name"], r["statistic"]): r["value"] for r in json.loads(result.stdout)["rows"]}
    assert rows["a", "empty outputs"] == 1
    assert ("c", "empty outputs") not in rows
    assert (tmp_path / "out.txt").read_text() == "He goes .\n"


def test_where_nobody_gave_a_label_there_is_none_in_any_form(tmp_path):
    write(tmp_path, source=QUESTIONS, a=["", "7"], b=["", "7"])
    lines, _ = combined(tmp_path, "--kind", "labels", "--evidence", tmp_path / "e.jsonl")
    assert lines == ["", "7"]
    first, second = map(json.loads, (tmp_path / "e.jsonl").read_text().splitlines())
    assert (first["text"], first["candidates"], second["text"]) == (None, [], "7")
    combined(tmp_path, "--kind", "labels", "--evidence", tmp_path / "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet")["text"].to_pylist() == [None, "7"]


def test_ties_are_settled_by_agreement_and_else_by_the_order_of_systems(tmp_path):
    write(tmp_path, a=["x"], b=["a"])
    assert combined(tmp_path, "--kind", "labels")[0] == ["x"]
    assert combined(tmp_path, "--kind", "labels", "--systems", "b,a")[0] == ["a"]
    many = range(60)
    write(
        tmp_path,
        a=["w", *("abc"[i % 3] for i in many)],
        b=["v", *("y" for _ in many)],
        c=["u", *("y" if i % 4 else "z" for i in many)],
    )
    evidence = tmp_path / "e.parquet"
    lines, _ = combined(tmp_path, "--kind", "labels", "--evidence", evidence)
    assert lines[0] in ("v", "u")
    assert all(c["tied"] for c in pq.read_table(evidence)["candidates"].to_pylist()[0])


SOFT = {
    "a": ['{"spam": 0.9, "ham": 0.1}', '{"ham": 1.0}'],
    "b": ['{"ham": 0.6, "spam": 0.4}', ""],
    "c": ['{"ham": 0.6, "spam": 0.4}', '{"ham": 0.9, "other": 0.1}'],
}


@pytest.mark.parametrize("options", [[], ["--kind", "labels"], ["--combiner", "soft-vote"]])
def test_files_of_class_probabilities_are_combined(tmp_path, options):
    write(tmp_path, **SOFT)
    evidence = tmp_path / "e.jsonl"
    lines, result = combined(tmp_path, *options, "--evidence", evidence)
    assert lines == (["spam", "ham"] if "soft-vote" in options else ["ham", "ham"])
    assert ("note: combining labels" in result.stderr) is not bool(options)
    first, second = map(json.loads, evidence.read_text().splitlines())
    voters = [{c["replacement"]: c["voters"] for c in row["candidates"]} for row in (first, second)]
    assert voters == [{"spam": ["a"], "ham": ["b", "c"]}, {"ham": ["a", "c"], "other": []}]
    assert "1 empty output of b" in result.stderr
    combined(tmp_path, *options, "--evidence", tmp_path / "e.parquet")
    row = pq.read_table(tmp_path / "e.parquet").to_pylist()[1]
    assert {candidate.pop("levels") for candidate in row["candidates"]} == {None}
    assert row == second
    assert second["calibrated"] is False


def test_a_text_is_fused_from_the_parts_of_several_and_the_evidence_has_its_backbone(tmp_path):
    a, b = "the cat sat on the mat", "the cat sat on a mat"
    write(tmp_path, a=[a, "x"], b=["the cats sat on the mat", "y"], c=[b, "z"])
    evidence = tmp_path / "e.jsonl"
    options = "--kind", "texts", "--combiner", "fuse:window=2"
    lines, result = combined(tmp_path, *options, "--evidence", evidence)
    assert lines == [a, "x"]
    assert "fuse|" in result.stdout
    first, second = map(json.loads, evidence.read_text().splitlines())
    assert first["backbone"] == a
    assert {c["replacement"]: c["voters"] for c in first["candidates"]} == {
        "cats": ["b"],
        "a": ["c"],
    }
    assert second["backbone"] is None
    combined(tmp_path, *options, "--evidence", tmp_path / "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet")["backbone"].to_pylist() == [a, None]


def test_a_label_that_looks_like_probabilities_stays_a_label(tmp_path):
    write(tmp_path, a=['{"x": 1}', "y"], b=['{"x": 1}', "y"])
    assert combined(tmp_path, "--kind", "labels")[0] == ['{"x": 1}', "y"]
    write(tmp_path, a=['{"x": 1}'], b=['{"x": 1}'])
    assert combined(tmp_path, "--kind", "texts")[0] == ['{"x": 1}']


def test_json_lines_of_class_probabilities_are_combined_and_faults_are_named(tmp_path):
    file, out = tmp_path / "x.jsonl", tmp_path / "_out.txt"
    file.write_text('{"source": "s", "outputs": {"a": {"1": 0.9, "2": 0.1}, "b": 2, "c": null}}\n')
    assert run("combine", file, "-o", out, "--combiner", "soft-vote").exit_code == 0
    assert out.read_text() == "2\n"
    result = run("combine", file, "-o", out, "--kind", "texts")
    assert result.exit_code == 2
    assert "segment 1: a gives an integer or class probabilities" in result.stderr
    assert "apply to labels, not to texts" in result.stderr
    write(tmp_path, a=['{"spam": 0.9}', '{"spam": 1.9}'], b=["spam", "spam"])
    result = run("combine", tmp_path, "-o", out, "--kind", "labels")
    assert result.exit_code == 2
    assert "a.txt:2: gives 'spam' the probability 1.9" in result.stderr


def test_the_case_of_labels_is_ignored_where_asked(tmp_path):
    write(tmp_path, a=["Yes"], b=["yes "], c=["no"], d=["no"], e=["yes"])
    assert combined(tmp_path, "--kind", "labels")[0] == ["yes"]
    write(tmp_path, a=["Yes"], b=["yEs"], c=["no"], d=["no"], e=["yes"])
    assert combined(tmp_path, "--kind", "labels")[0] == ["no"]
    assert combined(tmp_path, "--kind", "labels", "--label-case", "ignore")[0] == ["Yes"]


@pytest.mark.parametrize("source", [QUESTIONS, None])
def test_labels_and_texts_are_recognised_and_need_no_source(tmp_path, source):
    if source:
        write(tmp_path, source=source)
    write(tmp_path, a=["7", "3"], b=["7", "4"], c=["8", "4"])
    lines, result = combined(tmp_path)
    assert lines == ["7", "4"]
    assert "note: combining labels (short outputs that" in result.stderr
    long = "Tom hat jetzt genau sieben rote Äpfel in der Tasche"
    write(tmp_path, a=["Unfug"] * 2, b=[f"{long} ."] * 2, c=[f"{long} !"] * 2)
    _, result = combined(tmp_path)
    assert "mbr" in result.stdout
    assert "note: combining texts (long outputs that" in result.stderr


def test_what_is_not_clear_is_refused_and_edits_need_a_source(tmp_path):
    write(tmp_path, source=QUESTIONS, a=["Es sind sieben", "drei"], b=["sieben Stück", "Ann hat 3"])
    result = run("combine", tmp_path, "-o", tmp_path / "_out.txt")
    assert result.exit_code == 2
    assert "--kind" in result.stderr
    (tmp_path / "source.txt").unlink()
    result = run("combine", tmp_path, "-o", tmp_path / "_out.txt", "--kind", "edits")
    assert result.exit_code == 2
    assert "source.txt: is not there: outputs that are edits need the texts" in result.stderr


def test_line_breaks_in_texts_make_no_lines(tmp_path):
    file, out = tmp_path / "x.jsonl", tmp_path / "out.txt"
    texts = ["one\ntwo\r\nthree", "four\rfive"]
    lines = [{"source": "s", "outputs": {"a": text, "b": text}} for text in texts]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    options = ("-o", out, "--kind", "texts", "--evidence", tmp_path / "e.jsonl")
    result = run("combine", file, *options)
    assert out.read_bytes() == b"one two three\nfour five\n"
    assert "note: line breaks in 2 texts became spaces" in result.stderr
    kept = map(json.loads, (tmp_path / "e.jsonl").read_text().splitlines())
    assert [one["text"] for one in kept] == texts


@pytest.mark.slow
def test_a_combiner_is_trained_on_class_probabilities(tmp_path):
    soft = {"a": 0.7, "b": 0.2, "c": 0.1}
    rows = [dict(zip("abc"[i % 3 :] + "abc", soft.values(), strict=False)) for i in range(60)]
    wrong = [dict(zip("cab", soft.values(), strict=True))] * 60
    write(
        tmp_path,
        source=[f"question {i}" for i in range(60)],
        one=[json.dumps(row) for row in rows],
        two=[json.dumps(row) for row in wrong],
        three=["abc"[i % 3] for i in range(60)],
        target=["abc"[i % 3] for i in range(60)],
    )
    trained = tmp_path / "_trained"
    result = run("train", tmp_path, "--reference", tmp_path / "target.txt", "-o", trained)
    assert result.exit_code == 0, result.output
    assert "soft-vote" in result.stdout
    assert combined(tmp_path, "--combiner", trained)[0] == ["abc"[i % 3] for i in range(60)]


def test_a_combiner_is_trained_on_labels_without_a_source_or_a_kind(tmp_path):
    truth = ["ab"[i * i % 7 % 2] for i in range(40)]
    noisy = ["ab"[(label == "b") ^ (i % 5 == 0)] for i, label in enumerate(truth)]
    write(tmp_path, good=[label.upper() for label in truth], bad=["a"] * 40, so_so=noisy)
    write(tmp_path, target=truth)
    options = ("--reference", tmp_path / "target.txt", "--cv", 2, "-o", tmp_path / "combiner")
    result = run("train", tmp_path, *options, "--label-case", "ignore")
    assert result.exit_code == 0, result.output
    assert "kind:labels" in result.stdout
    assert "note: combining labels" in result.stderr
    result = run("train", tmp_path, *options, "--label-case", "ignore", "--kind", "texts")
    assert result.exit_code == 2


SOURCE = ["Recieve the `teh` letter .", "Write to teh@a.example ."]
CHANGED = ["Receive the `the` letter .", "Write to the@a.example ."]


@pytest.mark.parametrize("combiner", ["vote", "agreement"])
def test_protected_text_is_left_alone_unless_asked_otherwise(tmp_path, combiner):
    write(tmp_path, source=SOURCE, a=CHANGED, b=CHANGED, c=SOURCE)
    kept = ["Receive the `teh` letter .", "Write to teh@a.example ."]
    options = ("--combiner", combiner)
    assert combined(tmp_path, *options)[0] == kept
    assert combined(tmp_path, *options, "--protect")[0] == kept
    lines, result = combined(tmp_path, *options, "--no-protect")
    assert lines == CHANGED
    assert "protect:no" in result.stdout


def test_what_all_put_out_is_taken_as_it_is(tmp_path):
    write(tmp_path, source=SOURCE, a=CHANGED, b=CHANGED)
    assert combined(tmp_path)[0] == CHANGED


def test_protection_is_of_edits_alone(tmp_path):
    write(tmp_path, a=["x"], b=["y"])
    result = run("combine", tmp_path, "-o", tmp_path / "_o.txt", "--kind", "labels", "--no-protect")
    assert result.exit_code == 2
    assert "--no-protect applies to edits, not to labels" in result.stderr


QUIZ = {
    "a": ["yes", "no", "yes", "no", "yes", "yes"],
    "b": ["yes", "no", "yes", "no", "yes", "yes"],
    "c": ["yes", "no", "yes", "no", "yes", "no"],
    "d": ["no", "yes", "no", "yes", "no", "no"],
}


def judged(folder: Path, judge: str) -> Path:
    rows = [(name, i, 2 + 7 * (name == "a")) for i in range(1, 6) for name in "ad"]
    rows += [("a", 6, 3), ("d", 6, 8)]
    lines = ["judge,system,segment,score", *(f"{judge},{n},{i},{score}" for n, i, score in rows)]
    (folder / "judges.csv").write_text("\n".join(lines) + "\n")
    return write(folder, **QUIZ)


def test_judges_decide_where_votes_are_equal(tmp_path):
    judged(tmp_path, "critic")
    lines, result = combined(tmp_path, "--combiner", "neural", "--kind", "labels")
    assert lines[-1] == "no"
    assert "judges decide where votes are equal; their agreement with the votes: critic 0." in (
        result.output
    )


def test_a_judge_is_recused_unless_asked_otherwise(tmp_path):
    judged(tmp_path, "d")
    options = ("--combiner", "neural", "--kind", "labels")
    assert combined(tmp_path, *options)[0][-1] == "yes"
    assert combined(tmp_path, *options, "--no-recuse")[0][-1] == "no"


def test_a_combiner_without_a_use_for_scores_says_so(tmp_path):
    judged(tmp_path, "critic")
    lines, result = combined(tmp_path, "--kind", "labels")
    assert lines[-1] == "yes"
    assert "note: vote does not use the scores of judges; use judged or neural" in result.output


def test_a_score_of_an_unknown_system_is_named(tmp_path):
    (judged(tmp_path, "critic") / "judges.csv").write_text("judge,system,segment,score\nx,e,1,1\n")
    result = run("combine", tmp_path, "-o", tmp_path / "_out.txt", "--kind", "labels")
    assert result.exit_code == 2
    assert "judges.csv:2: has a score by 'x' of 'e', which has no output here: a, b, c, d" in (
        " ".join(result.output.split())
    )


def test_tables_of_class_probabilities_are_combined(tmp_path):
    (tmp_path / "a.csv").write_text("spam,ham\n0.9,0.1\n,\n")
    (tmp_path / "b.csv").write_text("spam,ham\n0.4,0.6\n0.2,0.8\n")
    write(tmp_path, c=["ham", "spam"])
    lines, result = combined(tmp_path, "--kind", "labels", "--combiner", "soft-vote")
    assert lines == ["ham", "spam"]
    assert "1 empty output of a" in result.stderr
    refused = run("combine", tmp_path, "--kind", "labels", "-o", tmp_path / "a.csv")
    assert refused.exit_code == 2
    assert "is an input" in refused.stderr
