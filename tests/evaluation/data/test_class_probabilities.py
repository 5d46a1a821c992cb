"""Class probabilities: which are sound, and where a file of outputs is read as such."""

import json
from pathlib import Path

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.class_probabilities import (
    MOST_CLASSES,
    are_probabilities,
    check,
    most_probable,
    read_output,
    segment_of,
)
from evaluation.data.readers import from_dataset, read_jsonl, read_outputs
from evaluation.records import DataError, Segment
from tests.raising import raises_code

NAN, INFINITY = float("nan"), float("inf")


def shares(n: int) -> dict[str, float]:
    return {f"c{i}": 1 / n for i in range(n)}


@pytest.mark.parametrize(
    "distribution",
    [
        {"spam": 1},
        {"spam": 0.9, "ham": 0.1},
        {"spam": 0.2},
        {"spam": 0.335, "ham": 0.335, "other": 0.335},
        {"spam": 1e-300},
        {"spam": 1.0, "ham": 0},
        shares(MOST_CLASSES),
    ],
)
def test_sound_probabilities_stay_as_they_are(distribution):
    assert check(distribution) == distribution
    assert all(isinstance(number, float) for number in check(distribution).values())


@pytest.mark.parametrize(
    ("distribution", "code", "fault"),
    [
        ({}, "out-of-range", "sum to 0"),
        ({"spam": 0.0}, "out-of-range", "sum to 0"),
        ({"spam": 0.9, "ham": 0.8}, "out-of-range", r"sum to 1\.7"),
        ({"spam": 0.6, "ham": 0.42}, "out-of-range", r"sum to 1\.02"),
        ({"spam": 1.5}, "out-of-range", r"gives 'spam' the probability 1\.5"),
        ({"spam": -0.1, "ham": 0.2}, "out-of-range", r"gives 'spam' the probability -0\.1"),
        ({"spam": NAN}, "out-of-range", "probability nan"),
        ({"spam": INFINITY}, "out-of-range", "probability inf"),
        ({"spam": True}, "out-of-range", "probability True"),
        ({"spam": "0.5"}, "out-of-range", "probability '0.5'"),
        ({"spam": None}, "out-of-range", "probability None"),
        ({"spam": {"a": 1}}, "out-of-range", "probability {'a': 1}"),
        ({" ": 0.5}, "invalid-data", "blank"),
        (shares(MOST_CLASSES + 1), "too-large", "has 101 classes; the limit is 100"),
    ],
)
def test_probabilities_that_are_not_sound(distribution, code, fault):
    with raises_code(code) as error:
        check(distribution)
    assert error.match(fault)
    with raises_code(code) as error:
        segment_of("x", {"mine": distribution})
    assert error.match(f"^mine .*{fault}")


def test_of_equally_probable_classes_the_first_is_the_most_probable():
    assert most_probable({"spam": 0.2, "ham": 0.4, "other": 0.4}) == "ham"


@pytest.mark.parametrize("output", [None, "spam", "", '{"spam": 1}'])
def test_texts_stay_texts(output):
    assert read_output(output) == output


@pytest.mark.parametrize(("number", "label"), [(3, "3"), (0, "0"), (-1, "-1")])
def test_an_integer_is_a_label_that_is_certain(number, label):
    assert read_output(number) == {label: 1.0}


@pytest.mark.parametrize("output", [True, False, 0.5, 3.0, NAN, ["spam"], []])
def test_other_values_are_not_outputs(output):
    with raises_code("invalid-data") as error:
        read_output(output)
    assert error.match("a valid string; for labels, also an integer or class probabilities")


def test_a_segment_has_the_most_probable_class_as_hypothesis():
    segment = segment_of("x", {"a": {"ham": 0.3, "spam": 0.6}, "b": "ham", "c": None}, ("spam",))
    assert segment.hypotheses == {"a": "spam", "b": "ham", "c": None}
    assert segment.distributions == {"a": {"ham": 0.3, "spam": 0.6}}
    assert segment.references == ("spam",)
    plain = {"a": "spam", "b": None}
    assert segment_of("x", plain) == Segment("x", plain)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['{"spam": 1}', '{"ham": 0.5}'], True),
        (['{"spam": 1}', "", " \t"], True),
        (['  {"spam": 2}'], True),  # read as probabilities, and then refused
        (['{"spam": 1}', "spam"], False),
        (['{"spam": 1}', '{"spam": "1"}'], False),
        (['{"spam": true}'], False),
        (['{"spam": 1'], False),
        (["{}"], False),
        (["[1]", "1", '"spam"'], False),
        (["", " "], False),
        ([], False),
    ],
)
def test_lines_are_probabilities_where_all_are_objects_of_numbers(lines, expected):
    assert are_probabilities(lines) is expected


@given(st.lists(st.text(max_size=9)))
def test_any_lines_can_be_asked_about(lines):
    assert are_probabilities(lines) in (True, False)


def write(folder: Path, **files: list[object]) -> Path:
    for name, lines in files.items():
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        (folder / f"{name}.txt").write_text("".join(f"{text}\n" for text in texts))
    return folder


def test_a_file_of_probabilities_is_read_as_such_where_it_may_be_labels(tmp_path):
    soft = {"spam": 0.9, "ham": 0.1}
    write(tmp_path, soft=[soft, ""], hard=["spam", '{"spam": 1}'], target=["spam", "ham"])
    first, second = read_outputs(tmp_path, needs_source=False, may_be_labels=True)
    assert first.hypotheses == {"hard": "spam", "soft": "spam"}
    assert first.distributions == {"soft": soft}
    assert first.references == ("spam",)
    assert not first.has_source
    assert second.hypotheses == {"hard": '{"spam": 1}', "soft": ""}
    assert second.distributions == {}
    [as_text, _] = read_outputs(tmp_path, needs_source=False)
    assert as_text.hypotheses["soft"] == json.dumps(soft)
    assert as_text.distributions == {}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"spam": 0.9, "ham": 0.9}', r"sum to 1\.8"),
        ('{"spam": NaN}', "probability nan"),
        ('{"spam": 0.5, "spam": 0.5}', "'spam' is twice"),
    ],
)
def test_a_fault_in_a_file_of_probabilities_is_named_with_its_line(tmp_path, line, fault):
    write(tmp_path, soft=['{"spam": 1}', line], source=["a", "b"])
    with pytest.raises(DataError, match=rf"soft\.txt:2: .*{fault}"):
        read_outputs(tmp_path, may_be_labels=True)


def test_json_lines_may_have_probabilities_and_integers(tmp_path):
    outputs = {"a": {"spam": 0.9, "ham": 0.1}, "b": 3, "c": "ham", "d": None}
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({"source": "x", "outputs": outputs}))
    [segment] = read_jsonl(file)
    assert segment.hypotheses == {"a": "spam", "b": "3", "c": "ham", "d": None}
    assert segment.distributions == {"a": outputs["a"], "b": {"3": 1.0}}


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ("true", "outputs.a: Input should be a valid string; for labels"),
        ("1.0", "outputs.a: Input should be a valid string; for labels"),
        ("[1]", "outputs.a: Input should be a valid string; for labels"),
        ("{}", "outputs.a: has probabilities that sum to 0"),
        ('{"spam": Infinity}', "is not JSON: Infinity is not a value of JSON"),
        ('{"spam": 0, "spam": 1}', "the key 'spam' is twice"),
    ],
)
def test_a_fault_in_json_lines_is_named_with_its_place(tmp_path, output, fault):
    file = tmp_path / "x.jsonl"
    file.write_text(f'{{"source": "x", "outputs": {{"a": {output}}}}}')
    with pytest.raises(DataError, match=rf"x\.jsonl:1: {fault}"):
        read_jsonl(file)


def test_columns_of_integers_are_labels():
    dataset = Dataset.from_dict({"text": ["x", "y"], "one": [3, 0], "two": ["3", None]})
    first, second = from_dataset(dataset, "text", ["one", "two"])
    assert first.hypotheses == {"one": "3", "two": "3"}
    assert second.hypotheses == {"one": "0", "two": None}
