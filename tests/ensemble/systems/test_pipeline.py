"""Hugging Face systems, on tiny models with random weights made here: no network, no quality."""

import asyncio
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from ensemble.systems import Answer, PipelineConfig, ask
from tests.ensemble.systems.stand_ins import save_classifier, save_tokenizer

WORDS = ["<pad>", "</s>", "<unk>", "this", "is", "a", "test", "."]


@pytest.fixture(scope="session")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("t5")
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    config = T5Config(
        vocab_size=len(WORDS), decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, **sizes
    )
    model = T5ForConditionalGeneration(config)
    model.generation_config.suppress_tokens = [0, 1, 2]  # random weights would say nothing else
    model.save_pretrained(folder)
    save_tokenizer(folder, WORDS)
    return folder


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("gpt2")
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 128}
    config = GPT2Config(vocab_size=len(WORDS), bos_token_id=1, eos_token_id=1, **sizes)
    GPT2LMHeadModel(config).save_pretrained(folder)
    save_tokenizer(folder, WORDS)
    return folder


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    save_classifier(folder, WORDS)
    return folder


def answers(config: PipelineConfig, *sources: str) -> list[Answer]:
    async def scenario() -> list[Answer]:
        system = config.system()
        await system.start()
        given = [(await ask([system], source, 60))[config.name] for source in sources]
        await system.stop()
        return given

    return asyncio.run(scenario())


def test_a_t5_answers_each_line_the_same_each_time(t5: Path) -> None:
    config = PipelineConfig(
        name="t5", task="text2text-generation", model=str(t5), prompt="test . {source}"
    )
    first, again, two_lines = answers(
        config, "this is a test .", "this is a test .", "this is\r\na test .\n"
    )
    assert first.status == two_lines.status == "ok"
    assert first.text
    assert first.text == again.text
    assert two_lines.text is not None
    assert two_lines.text.count("\r\n") == 1


def test_a_causal_model_answers_with_what_comes_after_the_prompt(gpt2: Path) -> None:
    config = PipelineConfig(name="gpt2", task="text-generation", model=str(gpt2))
    (answer,) = answers(config, "this is a test .")
    assert answer.status == "ok"
    assert not (answer.text or "").startswith("this is a test .")


def test_a_classifier_answers_with_its_label(bert: Path) -> None:
    config = PipelineConfig(name="bert", task="text-classification", model=str(bert))
    assert answers(config, "this is a test .")[0].text in {"formal", "informal"}


def test_a_model_that_is_not_there_is_not_fetched(tmp_path: Path) -> None:
    config = PipelineConfig(
        name="x", task="text-classification", model=str(tmp_path / "no" / "such" / "model")
    )
    (answer,) = answers(config, "a")
    assert answer.status == "failed"
    assert (answer.reason or "").startswith("OSError")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    config = PipelineConfig(name="x", task="text-classification", model="a/b")
    (answer,) = answers(config, "a")
    assert "a pipeline needs transformers: pip install" in (answer.reason or "")


def test_a_prompt_without_a_place_for_the_source_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"must contain \{source\}"):
        PipelineConfig(name="x", task="text-generation", model="a/b", prompt="grammar:")
