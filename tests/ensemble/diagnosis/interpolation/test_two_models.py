"""Two models of one's own, from their folders to what follows: by the command's own way in."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

from ensemble.diagnosis.studies import read_study
from evaluation.execution.progress import quietly

WORDS = "<pad> <unk> the cat dog sleeps runs well badly".split()
CONFIG = """
version: 1
study: between
name: tiny
data: .
models: {first: first, second: second, kind: %s}
texts: {train: %s}
plan: {points: 5, batch: 8}
"""


def save(folder, model):
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>")
    fast.save_pretrained(folder)
    model.save_pretrained(folder)


def classifier(seed):
    torch.manual_seed(seed)
    sizes = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1}
    config = BertConfig(vocab_size=len(WORDS), num_attention_heads=2, num_labels=2, **sizes)
    return BertForSequenceClassification(config)


def language_model(seed):
    torch.manual_seed(seed)
    sizes = {"n_embd": 8, "n_head": 2, "n_layer": 1, "bos_token_id": 0, "eos_token_id": 0}
    return GPT2LMHeadModel(GPT2Config(vocab_size=len(WORDS), **sizes))


@pytest.fixture
def folder(tmp_path):
    chance = np.random.default_rng(0)
    texts = [" ".join(chance.choice(WORDS[2:], 4)) for _ in range(20)]
    (tmp_path / "train.txt").write_text("\n".join(texts) + "\n")
    rows = [f"{text},{int('well' in text)}" for text in texts]
    (tmp_path / "train.csv").write_text("\n".join(["sentence,label", *rows]) + "\n")
    (tmp_path / "classifier.yaml").write_text(CONFIG % ("classifier", "train.csv"))
    (tmp_path / "causal.yaml").write_text(CONFIG % ("causal", "train.txt"))
    save(tmp_path / "first", classifier(1))
    save(tmp_path / "second", classifier(2))
    return tmp_path


def diagnosed(path, *settings):
    study = read_study(path, settings)
    return study.run(study.config, None, quietly)


def test_two_classifiers(folder, tmp_path):
    found = diagnosed(folder / "classifier.yaml")
    assert "as they are: in the middle, " in found.verdicts[0]
    answer = json.loads(found.to_json())
    accuracies = {row["statistic"]: row["value"] for row in answer["rows"]
                  if row["level"] == "accuracy"}  # fmt: skip
    errors = answer["findings"]["as they are"]["train error"]
    assert np.allclose([accuracies["first"], accuracies["soup"], accuracies["second"]],
                       1 - np.array(errors)[[0, 2, 4]])  # fmt: skip
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    found.write(tmp_path / "report")
    assert (tmp_path / "report" / "report.html").read_text().count("<svg") == 2


def test_a_permuted_copy_is_put_in_order(folder):
    file = folder / "second" / "model.safetensors"
    state = load_file(folder / "first" / "model.safetensors")
    order = torch.randperm(16, generator=torch.Generator().manual_seed(5))
    layer = "bert.encoder.layer.0"
    for name in ("weight", "bias"):
        into = f"{layer}.intermediate.dense.{name}"
        state[into] = state[into][order].contiguous()
    state[f"{layer}.output.dense.weight"] = state[f"{layer}.output.dense.weight"][:, order].clone()
    save_file(state, file, metadata={"format": "pt"})
    found = diagnosed(folder / "classifier.yaml", "plan.permute=true").content["findings"]
    assert found["as they are"]["distance"] > 0.1
    assert found["hidden units in one order"]["distance"] == 0


def test_two_language_models_as_they_score_a_text(folder):
    for name, seed in (("first", 3), ("second", 4)):
        save(folder / name, language_model(seed))
    found = diagnosed(folder / "causal.yaml", "models.ends=start to end", "plan.beyond=0.25")
    curve = found.content["findings"]["as they are"]
    assert np.allclose(curve["at"], np.arange(-1, 6) / 4)
    model, loss, n = language_model(4).eval(), 0.0, 0
    for line in (folder / "train.txt").read_text().splitlines():
        ids = torch.tensor([[WORDS.index(word) for word in line.split()]])
        loss += float(model(input_ids=ids, labels=ids).loss.detach()) * (ids.shape[1] - 1)
        n += ids.shape[1] - 1
    assert np.isclose(curve["train loss"][-2], loss / n, rtol=1e-5)
    assert "of loss" not in found.verdicts[0]


def test_bad_input(folder):
    config = folder / "classifier.yaml"
    (folder / "odd.csv").write_text("sentence,label\nthe cat,2\n")
    save(folder / "other", language_model(1))
    state = load_file(folder / "second" / "model.safetensors")
    for name, change in (("lacking", None), ("nan", float("nan"))):
        save(folder / name, classifier(1))
        own = {key: tensor.clone() for key, tensor in state.items()}
        if change is None:
            del own["classifier.weight"]
        else:
            own["classifier.weight"][0, 0] = change
        save_file(own, folder / name / "model.safetensors", metadata={"format": "pt"})
    for setting, words in [
        ("models.first=nowhere", "nowhere: needs config.json and weights as safetensors"),
        ("models.first=lacking", "lacking: its weights lack classifier.weight"),
        ("models.first=nan", "classifier.weight has weights that are not finite"),
        ("models.first=other", "other: (its weights lack|is not a classifier)"),
        ("texts.train=odd.csv", "text 1: 2 is not a class from 0 to 1"),
        ("texts.train=none.csv", "none.csv"),
        ("plan.points=2", "plan.points: Input should be greater than or equal to 3"),
    ]:
        with pytest.raises(ValueError, match=words):
            diagnosed(config, setting)
