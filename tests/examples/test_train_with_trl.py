"""The example that trains a member with TRL, on a toy model of two layers made here."""

import importlib
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pandas
import pytest

from ensemble.diversity.reward import MarginalReward

EXAMPLES = Path(__file__).parents[2] / "examples"
SEED_OF_SENTENCES = 1

# TRL warns about parts of itself and of its dependencies that are not used here.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def example():
    pytest.importorskip("trl", reason="GRPOTrainer is in consort[trl]")
    pytest.importorskip("peft", reason="LoRA is in consort[trl]")
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # before the toy model is made, whose bytes depend on it
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        yield importlib.import_module("train_with_trl")
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(threads)


class Trained(NamedTuple):
    out: Path
    report: str
    pairs: list[tuple[str, str]]


@pytest.fixture(scope="module")
def settings(example: ModuleType) -> Any:
    settings = example.read_settings(steps=2)
    small = {"num_generations": 4, "max_completion_length": 9, "log_completions": True}
    changed = {"prompt": "{source}", "sentences": 4, "held_out": 2}
    return settings.model_copy(update={**changed, "grpo": {**settings.grpo, **small}})


@pytest.fixture(scope="module")
def trained(example: ModuleType, settings: Any, tmp_path_factory) -> Trained:
    out = tmp_path_factory.mktemp("trained")
    pairs = sys.modules["trl_data"].sentences(6, SEED_OF_SENTENCES)
    return Trained(out, example.run(out, *toy(pairs), settings), pairs)


def toy(pairs: list[tuple[str, str]]) -> tuple[Any, Any]:
    """A model that knows some of the references by heart: one that guesses would earn nothing."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = ["<end>", *sorted({word for pair in pairs for text in pair for word in text.split()})]
    numbers = {word: number for number, word in enumerate(words)}
    splitter = Tokenizer(WordLevel(numbers, unk_token="<end>"))
    splitter.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=splitter, eos_token="<end>", pad_token="<end>", unk_token="<end>"
    )
    config = GPT2Config(
        vocab_size=len(words), n_embd=32, n_layer=2, n_head=2, n_positions=64,
        bos_token_id=0, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    whole = [f"{source} {reference} <end>" for source, reference in pairs]
    ids = tokenizer(whole, return_tensors="pt", padding=True)["input_ids"]
    for _ in range(25):
        optimiser.zero_grad()
        model(input_ids=ids, labels=ids).loss.backward()
        optimiser.step()
    return model.eval(), tokenizer


def test_the_rewards_that_the_trainer_logs_are_those_of_the_reward(
    example: ModuleType, trained: Trained
) -> None:
    references = dict(trained.pairs)
    logged = [
        pandas.read_parquet(file)
        for file in sorted((trained.out / "training" / "completions").glob("*.parquet"))
    ]
    assert len(logged) == 2
    assert pandas.concat(logged)["marginal"].nunique() > 1, (
        "rewards that are all alike show nothing"
    )
    for step in logged:
        rows = [example.row(source, references[source], "") for source in step["prompt"]]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        reward = MarginalReward(example.OTHERS, kind="edits", combiner="vote")
        expected = reward(columns.pop("prompt"), list(step["completion"]), **columns)
        assert step["marginal"].tolist() == pytest.approx(expected, abs=1e-6)


def test_the_saved_member_answers_in_a_roster(example: ModuleType, trained: Trained) -> None:
    answered = example.outputs(trained.out / "roster.yaml", trained.pairs[-2:])
    for answers, (source, _) in zip(answered.answers, trained.pairs[-2:], strict=True):
        assert list(answers) == [*example.OTHERS, "member"]
        assert answers["member"], source
    for line in ("three systems", "untrained member", "trained member", "difference"):
        assert line in trained.report


def test_training_changes_the_weights_and_twice_gives_the_same_bytes(
    example: ModuleType, settings: Any, trained: Trained, tmp_path: Path
) -> None:
    model, tokenizer = toy(trained.pairs)
    model.save_pretrained(tmp_path / "untrained")
    example.run(tmp_path, model, tokenizer, settings)
    digests = [
        sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        for folder in (tmp_path / "untrained", tmp_path / "member", trained.out / "member")
    ]
    assert digests[0] != digests[1] == digests[2]


def test_a_perfect_member_earns_by_every_sentence_and_a_copy_nothing(example: ModuleType) -> None:
    pairs = sys.modules["trl_data"].sentences(30, seed=2)
    rows = [example.row(*pair, "{source}") for pair in pairs]
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "prompt"}
    reward = MarginalReward(example.OTHERS, kind="edits", combiner="vote")
    assert min(reward([""] * 30, columns["reference"], **columns)) > 0
    assert set(reward([""] * 30, columns["source"], **columns)) == {0.0}


def test_the_configuration_for_a_gpu_has_only_keys_that_are_known(example: ModuleType) -> None:
    from peft import LoraConfig
    from trl import GRPOConfig

    settings = example.read_settings(EXAMPLES / "trl_gpu.yaml", steps=7)
    assert settings.grpo["max_steps"] == 7
    assert not settings.grpo["use_cpu"]
    assert not settings.grpo["use_vllm"]
    LoraConfig(**settings.lora)
    known = GRPOConfig(output_dir="", **{**settings.grpo, "use_cpu": True})
    assert known.per_device_train_batch_size % known.num_generations == 0


def test_an_unknown_key_of_a_configuration_is_an_error(example: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("modle: smollm2\n")
    with pytest.raises(ValueError, match="modle"):
        example.read_settings(tmp_path / "wrong.yaml")


def test_without_trl_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setitem(sys.modules, "trl", None)
    monkeypatch.delitem(sys.modules, "train_with_trl", raising=False)
    with pytest.raises(ImportError, match=r"consort\[trl\]"):
        importlib.import_module("train_with_trl")
