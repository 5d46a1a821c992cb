"""MQM tables in WMT's layout: a row for each error, summed by rater and output."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.mqm import WEIGHTS, Weights, mqm_rows, read_mqm
from evaluation.errors import InputError
from evaluation.records import DataError

WMT21 = "system\tdoc\tdoc_id\tseg_id\trater\tsource\ttarget\tcategory\tseverity"
WMT23 = "system\tdoc\tdocSegId\tglobalSegId\trater\tsource\ttarget\tcategory\tseverity\tmetadata"


def write(tmp_path, *rows, headings=WMT21):
    path = tmp_path / "mqm.tsv"
    path.write_text("\n".join([headings, *("\t".join(row) for row in rows)]) + "\n")
    return path


def row(system, segment, rater, category, severity, target="a <v>b</v> c"):
    return (system, "news", segment, segment, rater, "q <v>r</v> s", target, category, severity)


def score(judgements, rater, system, segment):
    where = [judgements.raters, judgements.systems, judgements.segments]
    names = rater, system, segment
    return judgements.values[tuple(axis.index(n) for axis, n in zip(where, names, strict=True))]


def test_penalties_of_a_raters_errors_are_summed_and_negative(tmp_path):
    path = write(
        tmp_path,
        row("A", "1", "rater1", "Accuracy/Mistranslation", "Major"),
        row("A", "1", "rater1", "Fluency/Punctuation", "Minor"),
        row("A", "1", "rater1", "Style/Awkward", "Minor"),
        row("A", "1", "rater2", "No-error", "No-error"),
        row("B", "1", "rater1", "Non-translation!", "Major"),
        row("B", "1", "rater1", "Source error", "Neutral"),
        row("B", "2", "rater1", "Fluency/Punctuation", "Major"),
    )
    found = read_mqm([path])
    assert score(found, "rater1", "A", "1") == pytest.approx(-6.1)
    assert score(found, "rater2", "A", "1") == 0
    assert score(found, "rater1", "B", "1") == -25
    assert score(found, "rater1", "B", "2") == -5
    assert np.isnan(score(found, "rater2", "B", "2"))
    assert found.mean[0, 0] == pytest.approx(-3.05)


def test_segments_of_newer_tables_are_numbered_by_globalsegid(tmp_path):
    rows = [("A", "d1", "1", str(n), "r", "q", "t", "No-error", "no-error", "{}") for n in (6, 7)]
    path = write(tmp_path, *rows, headings=WMT23)
    assert read_mqm([path]).segments == ("6", "7")
    assert read_mqm([path], numbered_from=6).segments == ("1", "2")
    assert read_mqm([path], segment=("doc", "globalSegId")).segments == ("d1/6", "d1/7")


def test_texts_are_without_the_marks_of_errors(tmp_path):
    (found,) = mqm_rows(write(tmp_path, row("A", "1", "r", "Style", "Minor")))
    assert (found.source, found.target) == ("q r s", "a b c")


def test_several_files_are_one_table(tmp_path):
    first = write(tmp_path, row("A", "1", "r", "Style", "Minor")).rename(tmp_path / "first.tsv")
    second = write(tmp_path, row("A", "2", "r", "Style", "Major"))
    assert read_mqm([first, second]).values.tolist() == [[[-1, -5]]]


@pytest.mark.parametrize(
    ("severity", "category", "weight"),
    [
        ("Major", "Accuracy/Omission", 5),
        ("major", "", 5),
        ("Major", "Non-translation!", 25),
        ("Minor", "Non-translation!", 1),
        ("Minor", "Fluency/Punctuation", 0.1),
        ("minor", "fluency / punctuation", 0.1),
        ("Minor", "Fluency/Grammar", 1),
        ("Minor", "Fluency", 1),
        ("Neutral", "Fluency/Punctuation", 0),
    ],
)
def test_the_most_specific_weight_counts(severity, category, weight):
    assert Weights().of(severity, category) == weight


@given(st.dictionaries(st.sampled_from(["Major", "Minor/Style", "Minor"]), st.floats(0, 99)))
def test_entries_are_what_they_say(entries):
    weights = Weights({"Minor": 1, **entries})
    for name, weight in entries.items():
        severity, _, category = name.partition("/")
        assert weights.of(severity, category) == weight


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ([row("A", "1", "r", "Style", "Severe")], 2, "severity 'Severe' has no weight; there are"),
        ([row("A", "1", "", "Style", "Minor")], 2, "the cell of rater is empty"),
        ([row("A", "", "r", "Style", "Minor")], 2, "the cell of seg_id is empty"),
        ([row("A", "1", "r", "Style", "Minor")[:-1]], 2, "cells"),
    ],
)
def test_faults_name_the_line(tmp_path, rows, line, message):
    with pytest.raises(DataError, match=message) as error:
        read_mqm([write(tmp_path, *rows)])
    assert f"mqm.tsv:{line}:" in str(error.value)


def test_ids_that_are_counted_must_be_numbers(tmp_path):
    path = write(tmp_path, row("A", "x1", "r", "Style", "Minor"))
    with pytest.raises(DataError, match="segment 'x1' is not a number, to be counted from 0"):
        read_mqm([path], numbered_from=0)


def test_a_table_without_segments_says_what_it_has(tmp_path):
    path = write(tmp_path, ("A", "r"), headings="system\trater")
    with pytest.raises(DataError, match="no column globalSegId or seg_id, but system, rater"):
        read_mqm([path])


def test_a_severity_that_is_configured_is_known():
    assert Weights({**WEIGHTS, "Critical": 10}).of("critical", "Accuracy") == 10
    with pytest.raises(InputError, match="Critical"):
        Weights().of("Critical", "Accuracy")
