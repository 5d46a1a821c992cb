"""Changes as a language model reads them; the real one where its package is installed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models import edit_lm as module
from evaluation.models.causal_lm import Scored, load_language_model
from evaluation.models.edit_lm import CHANGES, WINDOW, changes
from evaluation.models.packaged_lm import PACKAGED, missing

TEXTS = st.lists(st.sampled_from("the cat sat on a mat . he goes".split())).map(" ".join)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6), st.randoms())
def test_together_and_in_any_order_they_are_read_as_one_by_one(model, pairs, chance):
    alone = [changes(model, [pair])[0] for pair in pairs]
    order = list(range(len(pairs)))
    chance.shuffle(order)
    together = changes(model, [pairs[i] for i in order])
    expected = np.array([alone[i] for i in order]).reshape(-1, len(CHANGES))
    assert together == pytest.approx(expected, abs=1e-4)


def test_too_many_for_one_batch_are_read_in_several(model, monkeypatch):
    pairs = [("the cat sat", f"the cat {word} on a mat") for word in ("he", "goes", "to", "go")]
    whole = changes(model, pairs)
    monkeypatch.setattr(module, "BATCH", 8)
    assert changes(model, pairs) == pytest.approx(whole, abs=1e-4)


def gain_of(row):
    """The gain, in nats, whose bounded form the row has."""
    return 5 * np.arctanh(row[CHANGES.index("gain, bounded")])


def test_a_gain_is_the_difference_of_whole_texts_where_they_end_soon(model):
    before, after = "he go to school .", "he goes to school ."
    old, new = (text.log_probabilities.sum() for text in model.score([before, after]))
    assert gain_of(changes(model, [(before, after)])[0]) == pytest.approx(new - old, abs=1e-3)


def test_nothing_beyond_the_window_is_read(model, monkeypatch):
    read = []
    monkeypatch.setattr(
        type(model), "read", lambda self, trees, progress: read.extend(trees) or answer(trees)
    )
    end = " ".join(["mat"] * 20)
    changes(model, [(f"the cat go {end}", f"the cat goes to {end}")])
    (tree,) = read
    # Three words and the window; then, after `cat`, the two new words and the window.
    assert len(tree.tokens) == 3 + WINDOW + 2 + WINDOW
    assert tree.wanted.tolist() == [False] * 2 + [True] * (1 + WINDOW) + [True] * (2 + WINDOW)


def answer(trees):
    return [Scored(tree.tokens, np.zeros(len(tree.tokens))) for tree in trees]


def test_no_change_gains_nothing(model):
    row = dict(zip(CHANGES, changes(model, [("the cat", "the cat")])[0], strict=True))
    assert row["gain, bounded"] == 0


def test_there_is_a_column_for_each_name(model):
    pairs = [("he go to school", "he goes to school"), ("", "the"), ("cat", "")]
    table = changes(model, pairs)
    assert table.shape == (3, len(CHANGES))
    assert np.isfinite(table).all()
    assert np.array_equal(table, changes(model, pairs))
    assert changes(model, []).shape == (0, len(CHANGES))


def real(name):
    """The packaged model of this name; the test is skipped where it is not installed."""
    if modules := missing(PACKAGED[name]):
        pytest.skip(f"not installed: {', '.join(modules)}")
    return load_language_model(name)


def test_a_real_one_knows_english():
    model = real("smollm2")
    go, goes, going = (f"He {verb} to school every day ." for verb in ("go", "goes", "going"))
    gain = changes(model, [(go, goes), (goes, go), (goes, going)])[:, 0]
    assert gain[0] > 0 > gain[1]
    assert gain[2] < 0


def test_gemma_has_its_golden_figures():
    texts = ["He go to school every day.", "He goes to school every day."]
    totals = [scored.log_probabilities.sum() for scored in real("gemma3").score(texts)]
    assert totals == pytest.approx([-29.9, -24.97], abs=0.01)
