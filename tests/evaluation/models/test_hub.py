"""XLM-R by folder and by hub id: as a judge of fluency, as the encoder of a trained metric."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.metrics.base import Texts
from evaluation.metrics.fluency import language_scorer
from evaluation.metrics.learned import artefact
from evaluation.metrics.learned.training import held_out, train
from evaluation.metrics.registry import load_metric
from evaluation.models.causal_lm import load_language_model
from evaluation.models.encoders import load_encoder
from evaluation.models.hub import NoModelError, loading, place_of
from evaluation.models.masked_lm import load_masked_model

TEXTS = ["thank you sir", "merci beaucoup monsieur, grazie", "hey"]
IDS = ["xlm-roberta-base", "FacebookAI/xlm-roberta-base"]
COMMIT = "e73636d4f797dec63c3081bb6ed5c7b0bb3f2089"


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    language_scorer.cache_clear()


@pytest.fixture
def hub(xlmr_folder, tmp_path, monkeypatch, no_network):
    """The hub's cache, with the tiny XLM-R under each of its ids."""
    for name in IDS:
        repository = tmp_path / f"models--{name.replace('/', '--')}"
        shutil.copytree(xlmr_folder, repository / "snapshots" / COMMIT)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


@pytest.fixture(scope="module")
def masked(xlmr_folder):
    return load_masked_model(str(xlmr_folder))


@pytest.fixture(params=["folder", *IDS])
def name(request, xlmr_folder):
    if request.param == "folder":
        return str(xlmr_folder)
    request.getfixturevalue("hub")
    return request.param


def test_fluency_is_the_pseudo_log_likelihood(name):
    scores = load_metric("fluency-total", name).segment_scores(Texts(TEXTS))
    masked = load_masked_model(name)
    ids = masked.tokenizer(TEXTS[1])["input_ids"]
    total = 0.0
    for k in range(1, len(ids) - 1):
        tokens = torch.tensor([ids])
        tokens[0, k] = masked.tokenizer.mask_token_id
        total += float(masked.model(tokens).logits[0, k].log_softmax(-1)[ids[k]].detach())
    assert scores[1] == pytest.approx(total, abs=1e-4)
    mean = load_metric("fluency", name).segment_scores(Texts(TEXTS))
    assert mean[1] == pytest.approx(total / (len(ids) - 2), abs=1e-5)


def test_fluency_says_that_the_model_is_masked(name):
    signature = load_metric("fluency", name).corpus_score(Texts(TEXTS)).signature
    assert f"model:{name}|kind:masked" in signature


def test_a_text_alone_is_as_in_a_batch(masked):
    for text, values in zip(TEXTS, masked.score(TEXTS), strict=True):
        assert masked.score([text])[0] == pytest.approx(values, abs=1e-5)


def test_a_long_text_is_cut_at_what_the_model_can_see(masked):
    assert len(masked.score(["hey " * 100])[0]) == 30


def test_formality_is_learned_and_read_again(name, tmp_path):
    examples = [(f"thank you sir {n}", 1.0) for n in range(30)]
    examples += [(f"hey lol {n}", -1.0) for n in range(30)]
    rating = train("formality", *held_out(examples, None, "regression"), load_encoder(name))
    written = artefact.write(tmp_path / "formality", rating)
    assert rating.encoder.name == name
    loaded = load_metric("formality", str(tmp_path / "formality"))
    assert np.array_equal(loaded.segment_scores(Texts(TEXTS)), written.rate(TEXTS))


def test_a_hub_id_is_identified_by_its_commit(hub):
    assert load_encoder(IDS[0]).signature == f"{IDS[0]}@{COMMIT[:12]}"


LOADERS = [load_encoder, load_masked_model, load_language_model, language_scorer]


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("name", IDS)
def test_without_network_the_message_says_what_to_do(name, load, no_network, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    message = rf"^no .*{name}: .*no network was reachable.* download the model elsewhere"
    with pytest.raises(NoModelError, match=message):
        load(name)


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("name", ["/nowhere/xlm-r", "./nowhere", "~/xlm-r", "no/where/at-all"])
def test_a_missing_folder_is_named(name, load):
    with pytest.raises(NoModelError, match=f" folder {name}: it does not exist"):
        load(name)


def test_pickled_weights_are_not_read(xlmr_folder, tmp_path):
    shutil.copytree(xlmr_folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.safetensors").unlink()
    torch.save(load_masked_model(str(xlmr_folder)).model.state_dict(),
               tmp_path / "pytorch_model.bin")  # fmt: skip
    for load in (load_masked_model, load_encoder):
        with pytest.raises(NoModelError, match=f"the folder {tmp_path} has no .* safetensors"):
            load(str(tmp_path))


def test_an_encoder_without_a_head_is_not_given_one_at_random(xlmr_folder, tmp_path):
    from transformers import AutoTokenizer, XLMRobertaModel

    XLMRobertaModel.from_pretrained(xlmr_folder).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(xlmr_folder).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"the weights of .* lack lm_head"):
        load_masked_model(str(tmp_path))


def test_a_folder_is_a_path_and_an_id_is_not(tmp_path):
    assert place_of(str(tmp_path), "encoder") == tmp_path
    assert place_of("owner/model", "encoder") == "owner/model"


def test_errors_of_the_program_pass():
    with pytest.raises(KeyError), loading("owner/model", "encoder"):
        raise KeyError


def test_threads_do_not_disturb_each_other(masked):
    texts = [[text] * 20 for text in TEXTS]
    expected = [masked.score(part) for part in texts]
    with ThreadPoolExecutor(3) as threads:
        for values, others in zip(threads.map(masked.score, texts), expected, strict=True):
            assert np.concatenate(values) == pytest.approx(np.concatenate(others), abs=1e-5)


@settings(max_examples=20)
@given(st.lists(st.text(st.sampled_from("thank you sir merci 好"), max_size=20), min_size=1))
def test_the_order_of_texts_does_not_matter(masked, texts):
    there, back = masked.score(texts), masked.score(texts[::-1])[::-1]
    for values, others in zip(there, back, strict=True):
        assert values == pytest.approx(others, abs=1e-4)
