"""Language models trained from scratch, n-grams, BLiMP: laws, and a study that is tiny."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ensemble.diagnosis.studies import read_study
from ensemble.diagnosis.trajectories.blimp import read_blimp
from ensemble.diagnosis.trajectories.comparison import acquired, similarities, trajectories_of
from ensemble.diagnosis.trajectories.minimal_pairs import (
    PairResults,
    length_learner,
    score_pairs,
)
from ensemble.diagnosis.trajectories.networks import BEGIN, Network, score
from ensemble.diagnosis.trajectories.ngrams import NGrams
from ensemble.diagnosis.trajectories.training import Schedule, blocks, train_steps, weights_of
from evaluation.execution.progress import quietly
from evaluation.records import DataError

NOUNS, VERBS = "cat dog boy girl car".split(), "sleeps runs sits falls".split()


def row(good, bad, uid="agreement"):
    kind = {"field": "syntax/semantics", "linguistics_term": "binding", "UID": uid}
    return json.dumps({"sentence_good": good, "sentence_bad": bad, **kind})


@pytest.fixture
def folder(tmp_path) -> Path:
    blimp = tmp_path / "blimp"
    blimp.mkdir()
    for uid in ("agreement", "order"):
        pairs = [(f"The {n} {v}.", f"The {n} {v[:-1]}." if uid == "agreement" else f"{n} The {v}.")
                 for n in NOUNS for v in VERBS]  # fmt: skip
        (blimp / f"{uid}.jsonl").write_text("\n".join(row(*pair, uid) for pair in pairs) + "\n")
    chance = np.random.default_rng(0)
    lines = [f"The {chance.choice(NOUNS)} {chance.choice(VERBS)} ." for _ in range(600)]
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "all.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


CONFIG = """
version: 1
study: trajectories
name: tiny
data: .
language:
  blimp: {path: blimp, pairs: 10}
  corpora: {small: [text]}
  learners:
    gpt: {network: {kind: gpt, layers: 1, hidden: 32}, corpora: [small]}
    lstm: {network: {kind: lstm, hidden: 32}, corpora: [small], seeds: 1}
    bag: {network: {kind: bag, hidden: 32}, corpora: [small], seeds: 1}
plan: {words: 3000, tokens: 300, length: 16, batch: 4, checkpoints: [5, 20], order: 3}
"""


@pytest.fixture
def config(folder) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(CONFIG)
    return path


def test_the_study_goes_on_where_it_was_broken_off(config, tmp_path):
    study, out = read_study(config), tmp_path / "out"

    def broken(items, what):
        for number, item in enumerate(items):
            if what == "gpt, small, 2, to step 20" and number == 7:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        study.run(study.config, out, broken)
    before = {file: file.stat().st_mtime_ns for file in (out / "kept").iterdir()}
    assert {file.suffix for file in before} == {".json", ".safetensors"}
    found = study.run(study.config, out, quietly)
    rows = [file for file in before if file.suffix == ".json"]
    assert len(rows) == 3
    assert all(file.stat().st_mtime_ns == before[file] for file in rows)
    whole = read_study(config)
    assert whole.run(whole.config, None, quietly).to_json() == found.to_json()
    answer = json.loads(found.to_json())
    learners = {one["name"] for one in answer["findings"]["learners"]}
    assert learners == {"gpt, small, 1", "gpt, small, 2", "lstm, small, 1", "bag, small, 1",
                        "unigram", "2-gram", "3-gram", "length"}  # fmt: skip
    assert answer["findings"]["paradigms"][0]["field"] == "syntax_semantics"
    assert answer["verdicts"][-1].startswith("language models at all checkpoints: ")
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    found.write(tmp_path / "report")
    assert (tmp_path / "report" / "report.html").read_text().count("<svg") == 7


@pytest.mark.parametrize("kind", ["gpt", "lstm", "bag"])
def test_networks_learn_and_see_only_what_came_before(kind):
    network = Network(kind=kind, hidden=32, rate=0.01)
    model = network.build(20, 32, seed=1)
    texts = [np.array([3, 4, 5, 6]), np.array([3, 4, 5, 9]), np.array([7])]
    first, second, third = score(model, texts)
    assert np.allclose(first[:3], second[:3], atol=1e-5)
    assert third.shape == (1,)
    assert np.allclose(score(model, texts[:1])[0], first, atol=1e-5)
    rows = blocks([np.array([5, 6, 7, 8])] * 40, 9)
    before = score(model, [np.array([5, 6, 7, 8])])[0].sum()
    state = train_steps(model, None, rows, Schedule(0, 30, 30, 8, 0.01, 1), quietly, "")
    assert score(model, [np.array([5, 6, 7, 8])])[0].sum() > before + 1
    assert set(weights_of(state)) == set(model.state_dict())


def test_training_in_stretches_is_training_at_once():
    rows = blocks([np.arange(1, 19)] * 20, 8)
    network = Network(kind="lstm", hidden=16)
    whole = train_steps(
        network.build(20, 32, 3), None, rows, Schedule(0, 12, 12, 4, 0.01, 5), quietly, ""
    )
    half = train_steps(
        network.build(20, 32, 3), None, rows, Schedule(0, 7, 12, 4, 0.01, 5), quietly, ""
    )
    rest = train_steps(
        network.build(20, 32, 9), half, rows, Schedule(7, 12, 12, 4, 0.01, 5), quietly, ""
    )
    assert all(torch.equal(whole[name], rest[name]) for name in whole)


@given(st.integers(0, 1000), st.integers(1, 4))
def test_n_grams_are_probabilities(seed, order):
    chance = np.random.default_rng(seed)
    texts = [chance.integers(1, 6, size=chance.integers(1, 9)) for _ in range(5)]
    model = NGrams.learn(texts, 4, 6, BEGIN)
    history = chance.integers(1, 6, size=3)
    nexts = [np.append(history, token) for token in range(6)]
    total = sum(np.exp(model.score([text], order, BEGIN)[0][-1]) for text in nexts)
    assert np.isclose(total, 1)


def test_a_bigram_by_hand():
    model = NGrams.learn([np.array([1, 2]), np.array([1, 1])], 2, 4, BEGIN)
    # Of 4 tokens 3 are 1: (3 + 2 / 4) / (4 + 2). After 1 came 2 and 1: (1 + 2 * that) / (2 + 2).
    unigram = (3 + 2 / 4) / 6
    assert np.isclose(np.exp(model.score([np.array([1, 1])], 1, BEGIN)[0][1]), unigram)
    assert np.isclose(
        np.exp(model.score([np.array([1, 1])], 2, BEGIN)[0][1]), (1 + 2 * unigram) / 4
    )
    with pytest.raises(ValueError, match="too many to count"):
        NGrams.learn([np.array([1])], 5, 8193, BEGIN)


def judged(name, step, right, perplexity):
    right = np.array(right, dtype=float)
    return PairResults(name, step, np.stack([right, right]), perplexity)


def test_alike_learners(folder):
    paradigms = read_blimp(folder / "blimp", 4)
    early, late = [1, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0]
    paths = trajectories_of(
        [
            judged(name, step, right, 90 / step)
            for name in "ab"
            for step, right in ((1, early), (2, late))
        ]
    )
    found = similarities(paths, paradigms, 0)
    assert np.allclose(found.r, 1)
    assert np.allclose(found.kappa, 1)
    assert np.allclose(found.r_matched, 1)
    assert acquired(paths["a"], paradigms, 0) == [2, None]
    apart = similarities({"a": paths["a"], "c": [judged("c", 7, late, 50)]}, paradigms, 0)
    assert apart.steps == ()
    assert np.isnan(apart.last_r).all()
    assert np.allclose(apart.r_matched, 1)
    with pytest.raises(ValueError, match="1 learners have checkpoints"):
        similarities({"a": paths["a"]}, paradigms, 0)


def test_two_scores_and_ties(folder):
    paradigms = read_blimp(folder / "blimp", 2)

    def scorer(texts):
        return [np.full(len(text.split()), -2.0 if text[-2] == "s" else -1.9) for text in texts]

    found = score_pairs("x", None, scorer, paradigms, ["some text"])
    assert found.right.shape == (2, 4)
    assert np.isclose(found.perplexity, np.exp(1.9))
    same = score_pairs("x", None, lambda texts: [np.array([-1.0])] * len(texts), paradigms, ["a b"])
    assert np.all(same.right == 0.5)
    assert np.all(length_learner(paradigms).right == 0.5)


def test_what_is_no_probability_is_refused(folder):
    paradigms = read_blimp(folder / "blimp", 2)
    for value in (np.nan, 0.5, -np.inf):
        with pytest.raises(ValueError, match="x gives no probabilities: text 1"):
            score_pairs(
                "x", None, lambda texts, v=value: [np.array([v])] * len(texts), paradigms, ["a"]
            )


def test_blimp_as_it_is(data):
    found = read_blimp(data / "blimp" / "data")
    assert len(found) == 67
    assert sum(len(one.pairs) for one in found) == 67_000
    assert len({one.term for one in found}) == 13
    assert {one.field for one in found} == {"morphology", "syntax", "semantics", "syntax_semantics"}
    equal = sum(len(good.split()) == len(bad.split()) for one in found for good, bad in one.pairs)
    assert equal == 63_055


def save_model(place: Path, seed: int) -> None:
    """Write a tiny language model of random weights, as transformers would save it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<s>", "<unk>", "The", ".", *NOUNS, *VERBS]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", unk_token="<unk>")
    fast.save_pretrained(place)
    torch.manual_seed(seed)
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    config = LlamaConfig(vocab_size=len(words), num_attention_heads=2, bos_token_id=0, **sizes)
    LlamaForCausalLM(config).save_pretrained(place)


def test_models_trained_elsewhere_and_their_checkpoints(config, folder):
    for step in (10, 200):
        save_model(folder / "models" / f"step-{step}", step)
    study = read_study(
        config,
        [
            "language.corpora={}",
            "language.learners={}",
            "language.others={some: {checkpoints: models}, one: {model: %s}}"
            % (folder / "models" / "step-200"),
        ],
    )
    found = study.run(study.config, None, quietly).content["findings"]["learners"]
    some, last, one, length = found
    assert [(each["name"], each["step"]) for each in (some, last, one)] == [
        ("some", 10), ("some", 200), ("one", None)
    ]  # fmt: skip
    assert np.array_equal(last["whole"], one["whole"])
    assert last["perplexity"] == one["perplexity"] != some["perplexity"]
    assert length["name"] == "length"


def start(config: Path, setting: str) -> None:
    study = read_study(config, [setting])
    study.run(study.config, None, quietly)


def test_bad_input(config, folder, encoder_folder):
    (folder / "empty").mkdir()
    for setting, words in [
        ("language.blimp.path=nowhere", "nowhere: holds no PARADIGM.jsonl"),
        ("language.blimp.paradigms=[agrement]", "no paradigm agrement; there are agreement, order"),
        ("language.others={x: {checkpoints: empty}}", "empty: holds no folder whose name ends in"),
        ("language.corpora.small=[empty]", "empty: holds no .txt file"),
        ("plan.checkpoints=[5, 5]", "checkpoints come in order, once each"),
        ("language.learners.gpt.corpora=[big]", "no corpus 'big'; there are small"),
        ("language=null", "there is nothing to compare"),
        (f"language.others={{x: {{model: {encoder_folder}}}}}", "is not a language model, but"),
    ]:
        with pytest.raises(ValueError, match=words):
            start(config, setting)
    (folder / "blimp" / "order.jsonl").write_text(row("a", "b", "other") + "\n")
    with pytest.raises(DataError, match=r"order.jsonl:1: is of the paradigm other"):
        read_blimp(folder / "blimp")


def train_masked(place: Path, texts: list[str]) -> None:
    """Train a tiny masked language model to tell each word from the others; write it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    words = ["<pad>", "<unk>", "<mask>", "The", ".", *NOUNS, *VERBS]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>",
                                   unk_token="<unk>", mask_token="<mask>")  # fmt: skip
    fast.save_pretrained(place)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    model = BertForMaskedLM(BertConfig(vocab_size=len(words), num_attention_heads=2, **sizes))
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    ids = torch.tensor([fast(text)["input_ids"] for text in texts])
    chance = np.random.default_rng(0)
    for _ in range(60):
        rows = ids[chance.integers(len(ids), size=32)]
        hidden = torch.from_numpy(chance.random(rows.shape) < 0.3)
        labels = rows.masked_fill(~hidden, -100)
        optimiser.zero_grad()
        model(input_ids=rows.masked_fill(hidden, 2), labels=labels).loss.backward()
        optimiser.step()
    model.save_pretrained(place)


def test_a_masked_model_by_its_pseudo_likelihood(config, folder):
    texts = [f"The {noun} {verb} ." for noun in NOUNS for verb in VERBS]
    train_masked(folder / "masked", texts)
    others = f"language.others={{masked: {{model: {folder / 'masked'}}}}}"
    study = read_study(config, ["language.corpora={}", "language.learners={}", others])
    masked, _ = study.run(study.config, None, quietly).content["findings"]["learners"]
    assert np.all(masked["whole"] > 0.9)
    assert masked["perplexity"] > 1
