"""Combining in Python gives what the command line gives, and keeps what it has learnt."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import consort
from ensemble.output_formats import line_of
from evaluation.artefact import MANIFEST
from evaluation.errors import DataError, InputError
from service.cli.app import app
from tests.consort.outputs import (
    corrections,
    folder_of,
    labels,
    rows_of,
    translations,
    without,
)

DATA = {"edits": corrections, "texts": translations, "labels": labels}


def run(*arguments: object) -> None:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


def combined_by_command(folder: Path, *options: object) -> list[dict]:
    """The evidence that the command writes."""
    run("combine", folder, "-o", folder / "_out.jsonl", *options)
    return [json.loads(line) for line in (folder / "_out.jsonl").read_text().splitlines()]


def table_of(evidence: list[dict]) -> list[dict]:
    """The evidence of the command as rows of a table."""
    numbered = enumerate(evidence, start=1)
    return [{"segment": n, **row} for n, line in numbered for row in line["candidates"]]


@pytest.mark.parametrize(
    ("kind", "combiner"),
    [
        ("edits", "vote"),
        ("edits", "vote:k=1"),
        ("edits", "neural"),
        ("edits", "agreement"),
        ("texts", "mbr"),
        ("texts", "fuse"),
        ("texts", "vote"),
        ("labels", "vote"),
        ("labels", "dawid-skene"),
        ("labels", "neural"),
    ],
)
def test_a_folder_is_combined_as_by_the_command(tmp_path, kind, combiner):
    folder = folder_of(DATA[kind](), tmp_path / "outputs")
    written = combined_by_command(folder, "--combiner", combiner)
    ours = consort.Combiner(combiner)
    assert ours.fit_predict(folder) == [line["text"] for line in written]
    evidence = ours.evidence(folder).astype(object)
    assert evidence.where(evidence.notna(), None).to_dict("records") == table_of(written)
    assert ours.kind_ == kind


@pytest.mark.parametrize("combiner", ["neural", "logistic"])
def test_training_is_that_of_the_command(tmp_path, combiner):
    folder = folder_of(corrections(), tmp_path / "outputs")
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    options = ("--combiner", combiner, "--cv", 2)
    run("train", folder, "--reference", folder / "target.txt", "-o", theirs, *options)
    trained = consort.Combiner(combiner).fit(folder)
    trained.save_pretrained(ours)
    manifests = [json.loads((place / MANIFEST).read_text()) for place in (theirs, ours)]
    assert manifests[0]["weights"] == manifests[1]["weights"]
    assert manifests[0]["data"] == manifests[1]["data"]
    assert manifests[0]["learnt"] == manifests[1]["learnt"]
    # Each reads what the other wrote, and all combine alike.
    written = combined_by_command(folder, "--combiner", ours)
    read = consort.Combiner.from_pretrained(theirs)
    assert read.predict(folder) == trained.predict(folder) == [line["text"] for line in written]
    evidence = read.evidence(folder)["probability"].tolist()
    assert evidence == [row["probability"] for row in table_of(written)]


@pytest.mark.parametrize("kind", DATA)
def test_saved_and_read_again_it_is_the_same(tmp_path, kind):
    data = DATA[kind]()
    first, second = tmp_path / "first", tmp_path / "second"
    right = data.get("target") or data.get("label") or data["good"]
    trained = consort.Combiner(kind=kind, random_state=5).fit(without(data, "target"), right)
    trained.save_pretrained(first)
    read = consort.Combiner.from_pretrained(first)
    read.save_pretrained(second)
    assert {f.name: f.read_bytes() for f in first.iterdir()} == {
        f.name: f.read_bytes() for f in second.iterdir()
    }
    assert read.random_state == 5
    assert read.predict(data) == trained.predict(data)
    assert read.evidence(data).equals(trained.evidence(data))


def test_the_same_seed_gives_the_same():
    data = corrections()
    evidence = [consort.Combiner(random_state=seed).fit(data).evidence(data) for seed in (1, 1, 2)]
    assert evidence[0].equals(evidence[1])
    draws = [np.random.RandomState(3), np.random.RandomState(3)]
    drawn = [consort.Combiner(random_state=state).fit(data).evidence(data) for state in draws]
    assert drawn[0].equals(drawn[1])


@settings(max_examples=20)
@given(seed=st.integers(0, 2**16), name=st.sampled_from(["edits:vote", "texts:mbr", "texts:fuse"]))
def test_the_order_of_rows_does_not_matter(seed, name):
    kind, _, combiner = name.partition(":")
    rows = rows_of(DATA[kind]())
    mixed = random.Random(seed).sample(rows, len(rows))
    ours = consort.Combiner(combiner, kind=kind)
    expected = dict(zip(map(str, rows), ours.predict(rows), strict=True))
    assert ours.predict(mixed) == [expected[str(row)] for row in mixed]


def test_threads_share_a_combiner():
    data = labels()
    trained = consort.Combiner().fit(data)
    expected = trained.predict(data)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(trained.predict, [data] * 8)) == [expected] * 8
        again = threads.map(lambda _: consort.Combiner().fit(data).predict(data), range(4))
        assert list(again) == [expected] * 4


def test_without_labels_it_learns_from_agreement():
    data = labels()
    unlabelled = consort.Combiner().fit(data, ())
    assert not unlabelled.is_trained_
    assert consort.Combiner().fit(data).is_trained_
    assert unlabelled.predict(data) == consort.Combiner().fit(without(data, "label")).predict(data)
    with pytest.raises(InputError, match="nothing from labels"):
        unlabelled.save_pretrained("nowhere")


def test_labels_that_teach_nothing_are_a_warning():
    data = labels(3)
    with pytest.warns(UserWarning, match="neural cannot learn from these labels"):
        combiner = consort.Combiner(kind="labels").fit(data)
    assert combiner.predict(data) == consort.Combiner("neural", kind="labels").fit_predict(data)
    with pytest.raises(InputError, match="logistic cannot learn"):
        consort.Combiner("logistic").fit(corrections(3), corrections(3)["source"])


def test_a_part_may_have_labels():
    data = labels()
    some = [right if i < 40 else None for i, right in enumerate(data["label"])]
    part = {name: column[:40] for name, column in data.items()}
    by_part = consort.Combiner().fit(part)
    assert consort.Combiner().fit(data, some).predict(data) == by_part.predict(data)


def test_gold_and_scores_are_labels(tmp_path):
    sentence = "S He go home .\nA 1 2|||V|||goes|||REQUIRED|||-NONE-|||0\n\n"
    (tmp_path / "gold.m2").write_text(sentence * 20)
    outputs = {"source": ["He go home ."] * 20, "a": ["He goes home ."] * 20}
    outputs["b"] = ["He go a home ."] * 20
    with pytest.warns(UserWarning, match="sources are too few"):
        consort.Combiner().fit(outputs, gold=tmp_path / "gold.m2")
    data = translations()
    scores = {(name, i): float(name == "poor") for name in ("good", "poor") for i in range(1, 21)}
    assert consort.Combiner().fit(data, scores=scores).is_trained_
    with pytest.raises(InputError, match="one of references, gold and scores"):
        consort.Combiner().fit(data, scores=scores, gold=tmp_path / "gold.m2")


def test_probabilities_and_scores_are_of_labels():
    data = labels()
    combiner = consort.Combiner("vote").fit(data)
    assert combiner.predict_proba(data).shape == (60, 3)
    assert combiner.classes_.tolist() == sorted(set(data["label"]))
    right = np.mean([a == b for a, b in zip(combiner.predict(data), data["label"], strict=True)])
    assert combiner.score(data) == right
    texts = consort.Combiner("vote").fit(corrections())
    with pytest.raises(InputError, match="evidence"):
        texts.predict_proba(corrections())
    with pytest.raises(InputError, match=r"consort\.score"):
        texts.score(corrections())


@pytest.mark.parametrize(
    ("options", "data", "fault"),
    [
        ({"combiner": "nonsense"}, [], "no combiner 'nonsense'"),
        ({"combiner": "logistic"}, without(corrections(), "target"), "needs labels"),
        ({"combiner": "mbr", "kind": "labels"}, labels(), "mbr combines texts, not labels"),
        ({"outputs": "nonsense"}, labels(), "no column 'nonsense'"),
        ({"kind": "edits"}, without(corrections(), "source"), "name its column by source="),
        ({}, {"a": ["x"], "b": ["x", "y"]}, "has 2 values, but 'a' has 1"),
        ({}, 7, "data of the type int"),
        ({"kind": "labels"}, [], "no segments"),
        ({}, {"a": ["short text here ok"], "b": ["another text that"]}, "the argument kind:"),
    ],
)
def test_a_fault_is_a_clear_error(options, data, fault):
    with pytest.raises(ValueError, match=fault):
        consort.Combiner(**options).fit(data)


def test_an_empty_batch_is_combined():
    assert consort.Combiner("vote", kind="edits").predict([]) == []
    assert list(consort.Combiner("vote", kind="edits").evidence([]).columns)[:2] == [
        "segment",
        "original",
    ]


def test_a_folder_without_an_artefact_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"manifest\.json"):
        consort.Combiner.from_pretrained(tmp_path)


def test_it_shows_its_progress(capsys):
    data = corrections()
    assert line_of(consort.Combiner(verbose=True).fit(data).combinations(data)[0])
    shown = capsys.readouterr().err
    assert "Reading" in shown
    assert "Combining" in shown


def test_it_is_pushed_to_the_hub(monkeypatch):
    done = []

    class Hub:
        def __init__(self, token):
            done.append(token)

        def create_repo(self, repo_id, private, exist_ok):
            done.append((repo_id, private, exist_ok))

        def upload_folder(self, repo_id, folder_path, commit_message):
            done.append(sorted(path.name.partition("-")[0] for path in folder_path.iterdir()))
            return f"https://hub/{repo_id}"

    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    trained = consort.Combiner().fit(labels())
    assert trained.push_to_hub("me/mine", token="t") == "https://hub/me/mine"
    assert done == ["t", ("me/mine", True, True), [MANIFEST, "weights"]]
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        trained.push_to_hub("me/mine")
