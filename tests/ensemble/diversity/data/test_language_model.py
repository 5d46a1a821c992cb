"""A tiny model of random weights, of each kind, asked and then taught."""

import pytest

from ensemble.diversity.config import Config
from ensemble.diversity.data.config import Model
from ensemble.diversity.data.language_model import load, sample
from ensemble.diversity.run import run
from ensemble.diversity.training.distil import distil
from evaluation.execution.progress import quietly

WORDS = "[PAD] [BOS] [EOS] [UNK] he go goes to scool school one two".split()


@pytest.fixture(scope="module", params=["causal", "seq2seq"])
def folder(request, tmp_path_factory):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import (
        BartConfig,
        BartForConditionalGeneration,
        GPT2Config,
        GPT2LMHeadModel,
        PreTrainedTokenizerFast,
    )

    place = tmp_path_factory.mktemp(request.param)
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "[PAD]", "bos_token": "[BOS]", "eos_token": "[EOS]"}
    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "vocab_size": len(WORDS)}
    torch.manual_seed(0)
    if request.param == "causal":
        model = GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=32, **ids))
    else:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A [EOS]", special_tokens=[("[EOS]", 2)]
        )
        sizes = {"d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
        sizes |= {"encoder_layers": 1, "decoder_layers": 1, "max_position_embeddings": 32}
        heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
        config = BartConfig(**sizes, **heads, **ids, decoder_start_token_id=2)
        model = BartForConditionalGeneration(config)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", **special
    ).save_pretrained(place)
    model.save_pretrained(place)
    return place


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("ensemble.answer_cache.ask_once.__defaults__", (tmp_path, 64))


def test_the_greedy_text_comes_first_and_samples_follow_from_the_seed(folder):
    config = Model(form="model", path=str(folder), size=4, tokens=6)
    one, other = (sample(config, ["he go to scool", "one"], 3, quietly) for _ in range(2))
    assert one == other
    assert [list(some) for some in one.texts] == [["1", "2", "3", "4"]] * 2
    assert all(score < 0 for some in one.scores for score in some.values())
    assert load(str(folder)).model.training is False


def test_what_is_distilled_is_what_the_model_says(folder, tmp_path):
    pairs = [("he go to scool", "he goes to school"), ("one scool", "one school")]
    losses = distil(str(folder), pairs, tmp_path / "new", 60, 0.01, 0, quietly)
    assert losses[-1] < losses[0] / 10
    config = Model(form="model", path=str(tmp_path / "new"), size=2, tokens=6)
    found = sample(config, [prompt for prompt, _ in pairs], 0, quietly)
    assert [some["1"] for some in found.texts] == [text for _, text in pairs]


def test_a_run_leaves_a_model_that_needs_no_policy(folder, tmp_path):
    subjects, ends = ("he", "he he", "one", "two", "one he", "two he"), ("one", "two")
    sources = [f"{subject} go to scool {end}" for subject in subjects for end in ends]
    (tmp_path / "source.txt").write_text("".join(f"{source}\n" for source in sources))
    (tmp_path / "other.txt").write_text("".join(f"{source} one\n" for source in sources))
    (tmp_path / "gold.m2").write_text("".join(f"S {source}\n\n" for source in sources))
    config = Config(
        version=1,
        name="model",
        data=str(tmp_path),
        source="source.txt",
        gold="gold.m2",
        others={"path": ".", "systems": ["other"]},
        member={"form": "model", "path": str(folder), "size": 3, "tokens": 6},
        lessons={"marginal": {"reward": {"terms": {"correctness": 1}}, "plan": {"steps": 20}}},
        split={"folds": 2},
        distil={"epochs": 1},
    )
    run(config, quietly, 1, tmp_path / "out")
    assert load(str(tmp_path / "out" / "model")).tokenizer("he").input_ids[0] == WORDS.index("he")
