"""Tables of texts and judgements as people have them: keys, dimensions, numbers and raters."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.judgements import read_judgements
from evaluation.data.keyed_rows import joined_id
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.dataset import read_dataset
from evaluation.meta_evaluation.human_scores import read_human_scores

NAN = float("nan")
TABLE = "system,segment,output,good,clear\na,1,x,1,2\na,2,y,3,4\nb,1,z,5,6\nb,2,w,7,8\n"


def configured(folder, texts, judgements):
    keys = {"version": 1, "name": "n", "data": str(folder), "metrics": ["bleu"]}
    return Config.model_validate({**keys, "texts": texts, "judgements": judgements})


def read(folder, content, texts=(), judgements=(), name="t.csv"):
    """The texts and the human scores of one file."""
    (folder / name).write_text(content)
    form = {"form": "lines" if name.endswith(".jsonl") else "table", "path": name}
    config = configured(
        folder,
        {**form, "output": "output", **dict(texts)},
        {**form, "dimensions": ["good"], **dict(judgements)},
    )
    dataset = read_dataset(config)
    return dataset, read_human_scores(config, dataset)


def values(scores, dimension="good"):
    return scores[dimension].values.tolist()


@pytest.mark.parametrize(
    "dimensions",
    [
        ["good", "clear"],
        {"good": "good", "clear": "clear"},
        {"good": ["good"], "clear": ["clear"]},
    ],
)
def test_three_spellings_of_dimensions(tmp_path, dimensions):
    _, scores = read(tmp_path, TABLE, judgements={"dimensions": dimensions})
    assert values(scores) == [[[1, 3], [5, 7]]]
    assert values(scores, "clear") == [[[2, 4], [6, 8]]]


@pytest.mark.parametrize(
    ("dimensions", "fault"),
    [
        ("good", "must be a list of columns, or a column or a list of them by dimension"),
        ([], "at least 1"),
        ({"good": []}, "at least 1"),
        ({}, "at least 1"),
        ([["good"]], "must be a list of columns"),
        (["good", "good"], "names a column twice"),
        ({"good": 3}, "tuple"),
    ],
)
def test_other_spellings_of_dimensions(tmp_path, dimensions, fault):
    with pytest.raises(ValueError, match=fault):
        read(tmp_path, TABLE, judgements={"dimensions": dimensions})


def test_blank_rows_of_a_sheet_are_neither_systems_nor_segments(tmp_path):
    dataset, scores = read(tmp_path, TABLE.replace("\nb,1", "\n,,,,\nb,1") + ",,,,\n,,,,\n")
    assert (dataset.systems, dataset.segments) == (("a", "b"), ("1", "2"))
    assert values(scores) == [[[1, 3], [5, 7]]]
    with pytest.raises(ValueError, match=r"t\.csv:6: the cell of system is empty"):
        read(tmp_path, TABLE + ",3,x,1,2\n")


def test_numbers_of_a_european_sheet(tmp_path):
    content = TABLE.replace(",", ";").replace(";1;2\n", ";1,5;-9\n")
    comma = {"decimal": ","}
    assert values(read(tmp_path, content, judgements=comma)[1])[0][0] == [1.5, 3]
    with pytest.raises(ValueError, match=r"t\.csv:2: score '1,5' is not .* set `decimal: \",\"`"):
        read(tmp_path, content)
    missing = {"decimal": ",", "missing": [-9, None], "dimensions": ["clear"]}
    _, scores = read(tmp_path, content, judgements=missing)
    assert np.array_equal(scores["clear"].values, [[[NAN, 4], [6, 8]]], equal_nan=True)


@pytest.mark.parametrize(
    "marker", ["nan", "NaN", "N/A", "n/a", "null", "NULL", "#N/A", "-", "None"]
)
def test_missing_judgements(tmp_path, marker):
    _, scores = read(tmp_path, TABLE.replace("x,1,2", f"x,{marker},2"))
    assert np.array_equal(scores["good"].values, [[[NAN, 3], [5, 7]]], equal_nan=True)


def test_a_flat_table_has_one_system_and_says_so(tmp_path):
    flat = "segment,output,good\n1,x,1\n2,y,3\n"
    dataset, scores = read(tmp_path, flat)
    assert dataset.outputs == {"texts": ["x", "y"]}
    assert values(scores) == [[[1, 3]]]
    assert dataset.notes == ("t.csv has no column system: its texts are of one system, 'texts'",)
    none = {"system": None}
    assert read(tmp_path, flat, none, none)[0].notes == ()
    assert values(read(tmp_path, flat, none)[1]) == [[[1, 3]]]
    with pytest.raises(ValueError, match=r":1: no column system; there are segment, output, good"):
        read(tmp_path, flat, {"system": "system"})


def test_judgements_of_several_systems_need_their_column(tmp_path):
    (tmp_path / "j.csv").write_text("segment,good\n1,1\n2,3\n")
    with pytest.raises(ValueError, match=r"j\.csv:1: no column system; there are segment, good"):
        read(tmp_path, TABLE, judgements={"path": "j.csv"})


def test_segments_named_by_document_and_number(tmp_path):
    lines = ["doc,n,system,output,good"]
    lines += [f"{d},{n},{s},x{d}{n}{s},{n}" for d in "pq" for n in (1, 2) for s in "ab"]
    key = {"segment": ["doc", "n"]}
    dataset, scores = read(tmp_path, "\n".join(lines), key, key)
    assert dataset.segments == ("p/1", "p/2", "q/1", "q/2")
    assert dataset.outputs["b"] == ["xp1b", "xp2b", "xq1b", "xq2b"]
    assert values(scores) == [[[1, 2, 1, 2]] * 2]
    with pytest.raises(ValueError, match=r":4: a has a second output on segment p"):
        read(tmp_path, "\n".join(lines), {"segment": "doc"}, key)


@given(one=st.lists(st.text(r"a\/"), max_size=3), other=st.lists(st.text(r"a\/"), max_size=3))
def test_joined_ids_are_the_same_only_for_the_same_parts(one, other):
    one, other = ["a", *one], ["a", *other][: len(one) + 1]
    if len(one) == len(other):
        assert (joined_id(one) == joined_id(other)) == (one == other)


def test_a_table_with_a_row_for_each_rater_has_the_texts_too(tmp_path):
    rated = "rater,system,segment,output,good\np,a,1,x,1\nq,a,1,x,2\n"
    dataset, scores = read(tmp_path, rated)
    assert dataset.outputs == {"a": ["x"]}
    assert values(scores) == [[[1]], [[2]]]
    with pytest.raises(ValueError, match=":3: a has a second output on segment 1"):
        read(tmp_path, rated.replace("q,a,1,x", "q,a,1,y"))


NUMBERS = st.none() | st.integers(1, 5)


@given(scores=st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=1, max_size=4))
def test_several_raters_in_four_forms_of_json(tmp_path_factory, scores):
    """Experts in a list for each dimension, by name, in a list of objects, and on lines."""
    folder = tmp_path_factory.mktemp("raters")
    if all(score is None for pair in scores for score in pair):
        scores[0][0] = 3
    names = [f"rater {i + 1}" for i in range(2)]
    forms = {
        "lists": [{"good": pair} for pair in scores],
        "names": [{"good": dict(zip(names, pair, strict=True))} for pair in scores],
        "objects": [[{"good": score} for score in pair] for pair in scores],
    }
    read_all = [nested(folder, form) for form in forms.values()]
    lines = [
        json.dumps({"segment": i, "system": "a", "output": "x", "good": score, "by": name})
        for i, pair in enumerate(scores)
        for name, score in zip(names, pair, strict=True)
    ]
    _, by_line = read(folder, "\n".join(lines), judgements={"rater": "by"}, name="t.jsonl")
    expected = np.array(scores, dtype=float).T
    rated = ~np.isnan(expected).all(axis=1)
    for table in (*read_all, by_line["good"].values):
        assert np.array_equal(table[:, 0], expected[rated], equal_nan=True)


def nested(folder, scores):
    """The values of nested JSON with these scores of one system on each segment."""
    content = {
        str(i): {"outputs": {"a": {"output": "x", "scores": node}}} for i, node in enumerate(scores)
    }
    (folder / "n.json").write_text(json.dumps(content))
    texts = {"form": "nested", "path": "n.json"}
    config = configured(folder, texts, {"form": "nested", "dimensions": ["good"]})
    return read_human_scores(config, read_dataset(config))["good"].values


def test_the_json_lines_of_summeval(tmp_path):
    """Fabbri et al. (2021) publish a summary on each line, with three experts and five others."""
    lines = [
        json.dumps(
            {
                "id": f"dm-test-{i}",
                "model_id": system,
                "decoded": f"{system} {i}",
                "text": f"article {i}",
                "references": [f"one {i}", f"two {i}"],
                "expert_annotations": [{"coherence": i + k, "fluency": 5} for k in range(3)],
                "turker_annotations": [{"coherence": 1, "fluency": 1}] * 5,
            }
        )
        for i in range(2)
        for system in ("M0", "M1")
    ]
    key = {"segment": "id", "system": "model_id"}
    texts = {**key, "output": "decoded", "source": "text", "references": "references"}
    judgements = {**key, "scores": "expert_annotations", "dimensions": ["coherence", "fluency"]}
    dataset, scores = read(tmp_path, "\n".join(lines), texts, judgements, "summeval.jsonl")
    assert dataset.systems == ("M0", "M1")
    assert dataset.outputs["M1"] == ["M1 0", "M1 1"]
    assert dataset.sources == ["article 0", "article 1"]
    assert dataset.references == [["one 0", "two 0"], ["one 1", "two 1"]]
    assert values(scores, "coherence") == [[[k, k + 1]] * 2 for k in range(3)]


@pytest.mark.parametrize("value", ["4.5", 4.5, " 4.5 "])
def test_numbers_that_are_texts_are_read(tmp_path, value):
    assert nested(tmp_path, [{"good": value}]).item() == 4.5


@pytest.mark.parametrize("value", [None, NAN, "NaN", "", "N/A"])
def test_scores_that_are_missing(tmp_path, value):
    table = nested(tmp_path, [{"good": value}, {"good": 1}])
    assert np.array_equal(table, [[[NAN, 1]]], equal_nan=True)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("high", "good 'high' is not a number"),
        ("4,5", "its decimal sign is ','"),
        (True, "good is True, which is not a finite number"),
        (float("inf"), "good is inf"),
        (10**400, "good is 1"),
        ([[1]], r"good is \[1\]"),
    ],
)
def test_scores_that_are_not_numbers(tmp_path, value, fault):
    with pytest.raises(ValueError, match=rf"n\.json: 0\.a: .*{fault}"):
        nested(tmp_path, [{"good": value}])


LINE = {"segment": 1, "system": "a", "output": "x", "good": 1}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"a": 1, "a": 2}', "the key 'a' is twice"),
        ({**LINE, "segment": None}, "segment is missing, or not a text or number; there are segm"),
        ({**LINE, "system": " "}, "system is missing, or not"),
        ({**LINE, "output": 3}, "output is missing or not a text"),
        ({**LINE, "output": "y"}, "a has a second output on segment 1"),
        ({**LINE, "good": "4_5"}, "good '4_5' is not a number"),
        ({**LINE}, "people scores a twice on segment 1"),
    ],
)
def test_faults_on_lines_name_them(tmp_path, line, fault):
    line = line if isinstance(line, str) else json.dumps(line)
    with pytest.raises(ValueError, match=rf"t\.jsonl:3: {fault}"):
        read(tmp_path, f"{json.dumps(LINE)}\n\n{line}\n", name="t.jsonl")


def test_json_without_judgements(tmp_path):
    with pytest.raises(ValueError, match=r"n\.json: has no judgements of good at the key scores"):
        nested(tmp_path, [{"other": 1}])
    with pytest.raises(ValueError, match="scores is not an object or a list"):
        nested(tmp_path, [3])
    with pytest.raises(ValueError, match="of good at the key scores"):
        nested(tmp_path, [None])
    assert nested(tmp_path, [{"good": 1}, None]).shape == (1, 1, 2)


def test_a_key_that_is_there_twice(tmp_path):
    texts = {"form": "nested", "path": "n.json"}
    config = configured(tmp_path, texts, {"form": "nested", "dimensions": ["good"]})
    for content in ('{"1": {"outputs": {"a": {}, "a": {}}}}', '{"1": {}, "1": {}}'):
        (tmp_path / "n.json").write_text(content)
        with pytest.raises(ValueError, match=r"n\.json: is not JSON: the key '.' is twice"):
            read_dataset(config)


def test_json_lines_read_as_one_object(tmp_path):
    (tmp_path / "n.jsonl").write_text("{}\n{}\n")
    config = configured(
        tmp_path,
        {"form": "nested", "path": "n.jsonl"},
        {"form": "nested", "dimensions": ["good"]},
    )
    with pytest.raises(ValueError, match=r"is not JSON: .*; for an object on each line use `form:"):
        read_dataset(config)


def test_judgements_of_several_columns(tmp_path):
    (tmp_path / "a.csv").write_text("doc,n,score\np,1,2\nq,1,3\n")
    judged = read_judgements(tmp_path / "a.csv", system=None, segment=("doc", "n"))
    assert (judged.segments, judged.values.tolist()) == (("p/1", "q/1"), [[[2, 3]]])
