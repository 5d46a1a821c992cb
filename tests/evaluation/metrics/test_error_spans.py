"""Error spans: the count of WMT25 by hand and by brute force, and spans that are the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.error_spans import ErrorSpan, read_span_table
from evaluation.metrics.error_spans import exact_counts, overlap_counts, score_spans
from evaluation.records import DataError

SPANS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(["minor", "major"])).map(
        lambda span: ErrorSpan(min(span[:2]), max(span[:2]), span[2])
    ),
    max_size=4,
)


def by_brute_force(predicted, gold, length, credit=0.5):
    """WMT25: full credit by severity at each character, then half for the rest."""
    matched = 0.0
    sizes = [0, 0]
    for place in range(length):
        counts = [
            [sum(s.start <= place < s.end and s.severity == kind for s in side) for side in sides]
            for sides in [(predicted, gold)]
            for kind in ("major", "minor")
        ]
        sizes = [size + sum(row[i] for row in counts) for i, size in enumerate(sizes)]
        matched += sum(min(row) for row in counts)
        left = [sum(max(0, row[i] - row[1 - i]) for row in counts) for i in (0, 1)]
        matched += min(left) * credit
    return [matched, *sizes]


@given(SPANS, SPANS, st.integers(0, 12))
def test_overlap_is_the_count_of_wmt25(predicted, gold, length):
    expected = by_brute_force(predicted, gold, length)
    assert overlap_counts(predicted, gold, length).tolist() == expected
    assert overlap_counts(predicted, gold).tolist() == by_brute_force(predicted, gold, 9)


@given(SPANS, SPANS, st.sampled_from([overlap_counts, exact_counts]))
def test_laws_of_counts(predicted, gold, counted):
    matched, found, marked = counted(predicted, gold)
    assert 0 <= matched <= min(found, marked)
    assert counted(gold, predicted).tolist() == [matched, marked, found]
    size = counted(gold, gold)
    assert size[0] == size[1] == size[2]
    assert counted([], gold)[0] == 0


def test_by_hand():
    gold = [ErrorSpan(0, 4, "major"), ErrorSpan(6, 8, "minor")]
    predicted = [ErrorSpan(2, 4, "major"), ErrorSpan(6, 8, "major")]
    assert overlap_counts(predicted, gold, 10).tolist() == [2 + 2 * 0.5, 4, 6]
    assert exact_counts(predicted, gold, 10).tolist() == [0.5, 2, 2]
    assert overlap_counts(predicted, gold, 10, credit=0).tolist() == [2, 4, 6]


def test_micro_and_macro_figures():
    gold = [[ErrorSpan(0, 4, "major")], [ErrorSpan(0, 1, "minor")], []]
    predicted = [[ErrorSpan(0, 4, "major")], [ErrorSpan(2, 3, "minor")], []]
    rows = score_spans(predicted, gold, [5, 5, 5])
    figures = {(row.level, row.statistic): row.value for row in rows}
    assert figures["corpus", "precision, overlap"] == pytest.approx(80)
    assert figures["corpus", "f1, exact"] == pytest.approx(50)
    assert figures["segment", "f1, overlap"] == pytest.approx(200 / 3)
    for row in rows:
        assert row.low <= row.value <= row.high
        assert row.n == 3


HEAD = "source_lang\ttarget_lang\tdoc_id\tsegment_id\thypothesis_segment\tstart_indices\t\
end_indices\terror_types"


def write(tmp_path, *rows):
    path = tmp_path / "spans.tsv"
    path.write_text("\n".join([HEAD, *("\t".join(row) for row in rows)]) + "\n")
    return path


def test_a_table_of_wmt25(tmp_path):
    path = write(
        tmp_path,
        ("en", "cs", "d", "1", "abcdef", "0 missing 4", "2 missing 5", "minor major critical"),
        ("en", "cs", "d", "2", "abc", "-1", "-1", "no-error"),
    )
    first, second = read_span_table(path).values()
    assert first.spans == (ErrorSpan(0, 2, "minor"), ErrorSpan(4, 5, "major"))
    assert (first.length, second.spans) == (6, ())


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("1 2", "3", "minor"), "has 2, 1, 1 start_indices, end_indices, error_types"),
        (("x", "3", "minor"), "span from 'x' to 3: not places"),
        (("3", "1", "minor"), "span from 3 to 1: not places"),
        (("1", "3", "large"), "severity 'large'; there are minor, major, critical"),
    ],
)
def test_faults_name_the_line(tmp_path, cells, message):
    path = write(
        tmp_path,
        ("en", "cs", "d", "1", "abc", "", "", "no-error"),
        ("en", "cs", "d", "2", "abc", *cells),
    )
    with pytest.raises(DataError, match=message) as error:
        read_span_table(path)
    assert "spans.tsv:3:" in str(error.value)


def test_an_output_that_is_there_twice(tmp_path):
    row = ("en", "cs", "d", "1", "abc", "", "", "no-error")
    with pytest.raises(DataError, match="has the output of line 2 again"):
        read_span_table(write(tmp_path, row, row))


def test_no_spans_at_all_are_all_right():
    assert np.allclose([row.value for row in score_spans([[]], [[]], [3])], 100)
