"""A masked-language-model head on an encoder: learns, and is read as a judge of fluency."""

import random

import pytest
import torch

from benchmarks.masked_head import Design, loss, save, train
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from evaluation.models.encoders import load_encoder

LINES = ["the cat sat on a mat", "thank you sir", "please thank you sir", "hey the cat sat"] * 16


@pytest.fixture
def encoder(encoder_folder, tmp_path):
    from transformers import AutoTokenizer, BertModel

    tokenizer = AutoTokenizer.from_pretrained(encoder_folder)
    tokenizer.mask_token = "lol"
    tokenizer.save_pretrained(tmp_path / "encoder")
    BertModel.from_pretrained(encoder_folder, add_pooling_layer=False).save_pretrained(
        tmp_path / "encoder"
    )
    return load_encoder(str(tmp_path / "encoder"))


@pytest.mark.parametrize("design", [Design(2, 0, 60), Design(3, 1, 60), Design(2, 2, 60)])
def test_a_trained_head_prefers_the_order_of_the_text(design, encoder, tmp_path):
    before = {name: w.clone() for name, w in encoder.model.state_dict().items()}
    save(train(encoder, LINES, design), encoder, tmp_path / "made")
    metric = load_metric("fluency-total", str(tmp_path / "made"))
    assert "kind:masked" in metric.corpus_score(Texts(LINES[:2])).signature
    good, bad = metric.segment_scores(Texts(["the cat sat on a mat", "mat hey dear on sir the"]))
    assert good > bad
    after = encoder.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_head_is_tied_and_the_layers_below_stay(encoder):
    model = train(encoder, LINES, Design(3, 1, 5))
    embeddings = model.bert.embeddings.word_embeddings.weight
    assert model.get_output_embeddings().weight is embeddings
    for k, layer in enumerate(encoder.layers):
        same = all(map(torch.equal, layer.parameters(), model.bert.encoder.layer[k].parameters()))
        assert same == (k < 2)


def test_the_same_seed_gives_the_same_weights(encoder):
    one, other = (train(encoder, LINES, Design(2, 1, 5), seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_loss_falls_with_training_and_counts_each_text(encoder):
    short, long = (train(encoder, LINES, Design(2, 1, steps)) for steps in (1, 60))
    assert loss(long, encoder, LINES) < loss(short, encoder, LINES)
    assert loss(long, encoder, LINES[:3]) != loss(long, encoder, LINES[:4])


def test_the_design_with_the_least_loss_on_development_is_written(encoder, tmp_path, monkeypatch):
    from benchmarks import multilingual_fluency as fluency
    from benchmarks.held_out import Parts

    designs = {"short": Design(2, 1, 1), "long": Design(2, 1, 60)}
    parts = Parts(LINES, LINES, [])
    for name, value in (("DESIGNS", designs), ("LANGUAGES", ["any"])):
        monkeypatch.setattr(fluency, name, value)
    monkeypatch.setattr(fluency, "load_encoder", lambda _: encoder)
    monkeypatch.setattr(fluency, "split", lambda _: parts)
    monkeypatch.setattr(fluency, "text", lambda: LINES)
    assert fluency.choose(str(tmp_path / "best")) == "long"
    model = train(encoder, LINES, designs["long"])
    save(model, encoder, tmp_path / "same")
    texts = Texts(LINES[:2])
    best, same = (load_metric("fluency", str(tmp_path / name)) for name in ("best", "same"))
    assert list(best.segment_scores(texts)) == list(same.segment_scores(texts))


def test_pairs_differ_in_one_error_and_are_held_out():
    from benchmarks.minimal_pairs import KINDS, pairs

    words = "casa casas gatto gatti grande grandi vede vedono rosso rossa".split()
    generator = random.Random(0)
    lines = [" ".join(generator.choices(words, k=8)) for _ in range(40)]
    made = pairs(lines[20:], lines[:20])
    assert {pair.kind for pair in made} == set(KINDS)
    for pair in made:
        changed = [a != b for a, b in zip(pair.good.split(), pair.bad.split(), strict=True)]
        assert sum(changed) == (2 if pair.kind == "words swapped" else 1)
