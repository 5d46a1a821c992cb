"""Error span annotation in the layout of Appraise, as WMT24 publishes it."""

import numpy as np
import pytest

from evaluation.data.error_spans import ErrorSpan
from evaluation.data.esa import esa_rows, read_esa
from evaluation.records import DataError

SPANS = (
    '"[{""start_i"":2,""end_i"":5,""severity"":""minor"",""error_type"":null},'
    '{""start_i"":""missing"",""end_i"":""missing"",""severity"":""major""}]"'
)


def row(system="A", segment="1", score="80", **other):
    cells = {"rater": "engjpn01", "kind": "TGT", "pair": "eng,jpn", "document": "news_1"}
    cells |= {"spans": "[]", **other}
    head = f"{cells['rater']},{system},{segment},{cells['kind']},{cells['pair']},{score}"
    return f"{head},{cells['document']},False,{cells['spans']},1.5,2.5"


def write(tmp_path, *rows):
    path = tmp_path / "esa.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_scores_of_outputs_and_their_spans(tmp_path):
    path = write(tmp_path, row(spans=SPANS), row("B", "2", "100", rater="other"))
    first, second = esa_rows(path)
    assert (first.system, first.segment, first.score, first.pair) == ("A", "1", 80, "eng-jpn")
    assert first.spans == (ErrorSpan(2, 5, "minor"),)
    assert second.spans == ()
    found = read_esa([path])
    assert found.raters == ("engjpn01", "other")
    assert np.nansum(found.values) == 180


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "BAD"},
        {"document": "news_1#bad"},
        {"document": "news_1#dup"},
        {"document": "news_1#incomplete"},
        {"document": "ende-tutorial1"},
    ],
)
def test_controls_and_tutorials_are_left_out(tmp_path, other):
    path = write(tmp_path, row(score="70"), row(score="1", **other))
    assert read_esa([path]).values.tolist() == [[[70]]]


def test_the_mean_over_raters_is_the_mean_of_all_scores(tmp_path):
    path = write(tmp_path, row(score="70"), row(score="90"), row(score="50", rater="other"))
    found = read_esa([path])
    assert found.raters == ("engjpn01", "engjpn01 (2)", "other")
    assert found.mean.tolist() == [[70]]


def test_ids_counted_from_0(tmp_path):
    path = write(tmp_path, row(segment="0"), row(segment="1"))
    assert read_esa([path], numbered_from=0).segments == ("1", "2")


def test_one_pair_of_languages_is_chosen(tmp_path):
    path = write(tmp_path, row(), row(pair="ces,ukr", segment="9"))
    with pytest.raises(DataError, match="has the language pairs eng-jpn, ces-ukr; choose one"):
        read_esa([path])
    assert read_esa([path], "ces-ukr").segments == ("9",)
    with pytest.raises(DataError, match="no judgements of eng-deu; there are eng-jpn, ces-ukr"):
        read_esa([path], "eng-deu")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("a,b,c", "has 3 cells; a row of ESA has rater, system, segment"),
        (row(score="101"), "score '101' is not from 0 to 100"),
        (row(score=""), "score '' is not from 0 to 100"),
        (row(score="good"), "score 'good' is not a number"),
        (row(spans="none"), "spans 'none' are not a JSON list"),
        (row(spans="[1]"), "span 1 is not a JSON object"),
        (row(spans=SPANS.replace("2", "7")), "span from 7 to 5: not places in a text"),
        (row(spans=SPANS.replace("minor", "bad")), "severity 'bad'; there are minor, major"),
    ],
)
def test_faults_name_the_line(tmp_path, bad, message):
    path = write(tmp_path, row(), bad)
    with pytest.raises(DataError, match=message) as error:
        read_esa([path])
    assert "esa.csv:2:" in str(error.value)
