"""A causal language model: log-probabilities, of texts apart and of texts as a tree."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models import packaged_lm
from evaluation.models.causal_lm import Tree, detokenise, load_language_model


def test_scores_are_log_probabilities(model):
    (scored,) = model.score(["the cat sat"])
    ids = [model.tokenizer.convert_tokens_to_ids(word) for word in ("<s>", "the", "cat", "sat")]
    logits = model.model(torch.tensor([ids])).logits[0, :-1].float()
    expected = logits.log_softmax(-1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0]
    assert scored.tokens.tolist() == ids[1:]
    assert scored.log_probabilities == pytest.approx(expected.detach().numpy(), abs=1e-5)


def test_only_what_is_wanted_is_scored(model):
    (whole,) = model.score(["the cat sat on a mat"])
    wanted = np.array([False, True, False, False, True, False])
    tree = Tree.of(whole.tokens)._replace(wanted=wanted)
    (scored,) = model.read([tree])
    assert np.array_equal(np.isfinite(scored.log_probabilities), wanted)
    assert scored.log_probabilities[wanted] == pytest.approx(
        whole.log_probabilities[wanted], abs=1e-5
    )


def test_the_output_layer_is_asked_for_no_other_places(model, monkeypatch):
    places = []

    def scores(forest, kept, ask=model._logits):
        places.append(kept.tolist())
        return ask(forest, kept)

    monkeypatch.setattr(type(model), "_logits", lambda self, *asked: scores(*asked))
    wanted = np.array([False, False, True, True])
    first, second = Tree.of([1, 2, 3, 4])._replace(wanted=wanted), Tree.of([5])
    model.read([first, second])
    assert places == [[0, 2, 3]]  # the second text, too, begins after the one first token


def test_a_model_that_scores_all_places_is_read_as_well(model, monkeypatch):
    expected = model.score(["the cat sat", "a mat"])
    forward = model.model.forward

    def all_places(input_ids, attention_mask, position_ids, use_cache):
        return forward(
            input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids
        )

    monkeypatch.setattr(model.model, "forward", all_places)
    for before, after in zip(expected, model.score(["the cat sat", "a mat"]), strict=True):
        assert after.log_probabilities == pytest.approx(before.log_probabilities, abs=1e-5)


def test_a_text_alone_is_as_in_a_batch(model):
    texts = ["the cat", "he goes to school .", "", "a mat", "\ud800 cat"]
    for text, together in zip(texts, model.score(texts), strict=True):
        (alone,) = model.score([text])
        assert alone.tokens.tolist() == together.tokens.tolist()
        assert alone.log_probabilities == pytest.approx(together.log_probabilities, abs=1e-4)
    assert len(model.score([""])[0].tokens) == 0
    assert model.score([]) == []


def test_a_long_text_is_cut(model):
    assert len(model.score(["cat " * 3000])[0].tokens) == 1024


def test_branches_are_read_as_whole_texts_are(model):
    trunk, other, third = map(model.tokens, ("the cat sat on a mat", "the cat goes .", "he"))
    tree = Tree.of(trunk).grown(other[2:], 1).grown(third, -1)
    (scored,) = model.read([tree])
    texts = ["the cat sat on a mat", "the cat goes .", "he"]
    first, second, last = (text.log_probabilities for text in model.score(texts))
    together = scored.log_probabilities
    assert together[:6] == pytest.approx(first, abs=1e-5)
    assert together[[0, 1, 6, 7]] == pytest.approx(second, abs=1e-5)
    assert together[8:] == pytest.approx(last, abs=1e-5)


def test_the_revision_is_that_of_the_weights(folder, model):
    again = load_language_model(str(folder))
    assert model.revision == again.revision
    assert len(model.revision) == 64


def test_what_is_no_model_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no causal language model"):
        load_language_model(str(tmp_path))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(packaged_lm, "find_spec", lambda name: None)
    for name, extra in (("smollm2", r"consort\[context\]"), ("gemma3", r"consort\[gemma\]")):
        with pytest.raises(ImportError, match=extra):
            load_language_model(name)


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
