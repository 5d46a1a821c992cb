"""Labels as arrays and frames: classes keep their type, and probabilities say what is predicted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import consort
from evaluation.errors import InputError
from tests.consort.outputs import CLASSES, labels, without

votes = st.lists(st.lists(st.sampled_from([0, 1, 2, None]), min_size=3, max_size=3), min_size=1)


@settings(max_examples=30)
@given(votes, st.data())
def test_the_most_probable_class_is_predicted(rows, data):
    right = data.draw(st.lists(st.sampled_from([0, 1, 3]), min_size=len(rows), max_size=len(rows)))
    combiner = consort.LabelCombiner("vote").fit(rows, right)
    probabilities = combiner.predict_proba(rows)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities >= 0).all()
    assert combiner.predict(rows).tolist() == combiner.classes_[probabilities.argmax(1)].tolist()
    assert combiner.classes_.tolist() == sorted(set(right))


@settings(max_examples=30)
@given(votes.filter(lambda rows: any(value is not None for row in rows for value in row)))
def test_without_labels_the_classes_are_those_of_systems(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])  # with missing ones, of floats
    combiner = consort.LabelCombiner("vote").fit(frame)
    assert set(combiner.classes_) == {v for row in rows for v in row if v is not None}
    general = consort.Combiner("vote", kind="labels").fit_predict(frame)
    for chosen, text in zip(combiner.predict(frame), general, strict=True):
        assert text in (str(chosen), None)


@pytest.mark.parametrize(
    "classes", [[0, 1, 2], ["x", "y", "z"], [0.0, 1.0, 2.0], np.array([7, 8, 9], dtype=np.int8)]
)
def test_classes_keep_their_type(classes):
    right = np.asarray(classes)[np.arange(30) % 3]
    outputs = np.stack([right, right, np.roll(right, 1)], axis=1)
    combiner = consort.LabelCombiner("vote").fit(outputs, right)
    assert combiner.predict(outputs).dtype == right.dtype
    assert combiner.score(outputs, right) == 1


def test_two_truth_values_are_classes():
    right = np.array([True, False] * 10)
    combiner = consort.LabelCombiner("vote").fit(np.stack([right] * 3, axis=1), right)
    assert combiner.predict([[True, True, False]]).tolist() == [True]


def test_class_probabilities_are_taken():
    frame = pd.DataFrame(
        {"a": [{"ham": 0.6, "spam": 0.4}], "b": ["ham"], "c": [{"ham": 0.1, "spam": 0.9}]}
    )
    soft = consort.LabelCombiner("soft-vote").fit(frame)
    assert soft.classes_.tolist() == ["ham", "spam"]
    assert soft.predict_proba(frame)[0].tolist() == pytest.approx([1.7 / 3, 1.3 / 3])


def test_labels_that_no_one_knows_have_the_shares_of_the_classes():
    right = ["yes", "yes", "no", "yes"]
    combiner = consort.LabelCombiner("vote").fit([[label] * 2 for label in right], right)
    unknown = [["perhaps", "perhaps"], [None, None]]
    assert combiner.predict_proba(unknown).tolist() == [[0.25, 0.75]] * 2
    assert combiner.predict(unknown).tolist() == ["yes", "yes"]


def test_columns_have_their_uses():
    frame = pd.DataFrame(labels()).assign(text="Hello .", id=range(60))
    combiner = consort.LabelCombiner("dawid-skene").fit(frame)
    assert combiner.feature_names_in_.tolist() == ["good", "fair", "poor"]
    assert combiner.classes_.tolist() == sorted(CLASSES)
    chosen = consort.LabelCombiner("vote", outputs="*o*r", references="label").fit(frame)
    assert chosen.feature_names_in_.tolist() == ["poor"]
    with pytest.raises(ValueError, match="feature names should match"):
        combiner.predict(frame.rename(columns={"good": "better"}))


def test_every_other_form_of_data_is_taken(tmp_path):
    columns = labels()
    frame = pd.DataFrame(columns)
    expected = consort.LabelCombiner("dawid-skene").fit(frame).predict(frame).tolist()
    rows = frame.to_dict("records")
    segments = [
        consort.Segment("", {k: v for k, v in row.items() if k != "label"}, (row["label"],))
        for row in rows
    ]
    for data in (columns, rows, segments):
        assert consort.LabelCombiner("dawid-skene").fit(data).predict(data).tolist() == expected


@pytest.mark.parametrize("as_array", [True, False], ids=["array", "frame"])
def test_a_saved_one_is_the_same(tmp_path, as_array):
    frame, right = pd.DataFrame(without(labels(), "label")), np.arange(60) % 3
    given = frame.to_numpy() if as_array else frame
    numbers = np.array(CLASSES)
    combiner = consort.LabelCombiner().fit(given, numbers[right])
    combiner.save_pretrained(tmp_path / "saved")
    read = consort.LabelCombiner.from_pretrained(tmp_path / "saved")
    assert read.predict_proba(given).tolist() == combiner.predict_proba(given).tolist()
    assert read.predict(given).tolist() == combiner.predict(given).tolist()
    with pytest.raises(ValueError, match="feature"):
        read.predict(given[:, :2] if as_array else given.iloc[:, :2])


def test_the_combiner_of_another_kind_is_refused(tmp_path):
    frame = pd.DataFrame(labels())
    consort.Combiner(kind="labels").fit(frame).save_pretrained(tmp_path / "saved")
    with pytest.raises(InputError, match="trained on labels, not on texts"):
        consort.Combiner.from_pretrained(tmp_path / "saved", kind="texts")
