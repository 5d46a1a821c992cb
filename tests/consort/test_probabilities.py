"""Class probabilities as matrices: every form of them means what dictionaries mean."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import cross_val_score

import consort
from evaluation.errors import InputError


@st.composite
def _outputs(draw):
    """Probabilities (segments, systems, classes), of more segments than classes."""
    segments, systems, classes = (draw(st.integers(*range_)) for range_ in ((4, 6), (2, 4), (2, 4)))
    seed = draw(st.integers(0, 2**32 - 1))
    return np.random.default_rng(seed).dirichlet(np.ones(classes), (segments, systems))


def _forms(values, classes):
    """The same probabilities in every form."""
    systems = [f"x{place}" for place in range(values.shape[1])]
    matrices = {name: values[:, place] for place, name in enumerate(systems)}
    frames = {name: pd.DataFrame(m, columns=classes) for name, m in matrices.items()}
    cells = [
        {name: dict(zip(classes, m[i], strict=True)) for name, m in matrices.items()}
        for i in range(len(values))
    ]
    return {"array": values, "dict of arrays": matrices, "dict of frames": frames, "dicts": cells}


@settings(max_examples=20)
@given(_outputs(), st.sampled_from(["soft-vote", "vote"]))
def test_all_forms_are_alike_and_the_soft_vote_is_their_mean(values, name):
    classes = [10 * place for place in range(values.shape[2])]
    right = np.resize(classes, len(values))  # which has all of them
    found = {
        form: consort.LabelCombiner(name).fit(data, right).predict_proba(data)
        for form, data in _forms(values, classes).items()
    }
    for probabilities in found.values():
        assert np.allclose(probabilities, found["dicts"])
    if name == "soft-vote":
        assert np.allclose(found["array"], values.mean(axis=1))


def test_the_general_combiner_takes_matrices_too():
    values = np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.2, 0.8], [0.3, 0.7]]])
    matrices = {"a": values[:, 0], "b": values[:, 1], "c": ["x", None]}
    combiner = consort.Combiner("soft-vote", kind="labels").fit(matrices, ["x", "y"])
    assert combiner.predict(matrices) == ["x", "y"]
    assert combiner.score(matrices, ["x", ["y"]]) == 1
    frames = {name: pd.DataFrame(values[:, i], columns=["x", "y"]) for i, name in enumerate("ab")}
    assert consort.Combiner("soft-vote", kind="labels").predict(frames) == ["x", "y"]


def test_rows_of_nan_are_missing_outputs():
    values = np.array([[[0.9, 0.1], [np.nan, np.nan]], [[0.2, 0.8], [0.3, 0.7]]])
    combiner = consort.LabelCombiner("soft-vote").fit(values, ["x", "y"])
    assert np.allclose(combiner.predict_proba(values), [[0.9, 0.1], [0.25, 0.75]])


def test_an_array_is_split_for_cross_validation():
    right = np.array(["ham", "spam"] * 20)
    sure = np.stack([right == "ham", right == "spam"], axis=1) * 0.8 + 0.1
    values = np.stack([sure, sure[:, ::-1], sure], axis=1)
    assert cross_val_score(consort.LabelCombiner("soft-vote"), values, right).mean() == 1


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (lambda m: consort.LabelCombiner("vote").fit({"a": m, "b": m}), "classes are not known"),
        (lambda m: consort.LabelCombiner("vote").fit({"a": m}, ["x", "y"]), "3 columns, but there"),
        (lambda m: consort.Combiner("vote", kind="labels").predict({"a": m}), "not known"),
    ],
)
def test_columns_without_a_class_are_refused(fit, message):
    with pytest.raises(InputError, match=message) as refused:
        fit(np.full((2, 3), 1 / 3))
    assert refused.value.code == "invalid-data"
