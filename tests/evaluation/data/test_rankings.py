"""Rankings: what the XML says, what it must not say, and who is above whom."""

import numpy as np
import pytest

from evaluation.data.rankings import Rankings, read_rankings
from evaluation.records import DataError

NAN = float("nan")
ITEM = '<ranking-item user="u" src-id="7">{}</ranking-item>'


def write(folder, body, head=""):
    path = folder / "judgments.xml"
    path.write_text(f'<?xml version="1.0"?>\n{head}<r>\n{body}\n</r>\n')
    return path


def test_systems_with_the_same_text_share_a_rank(tmp_path):
    shown = '<translation rank="2" system="b"/><translation rank="1" system="c a"/>'
    other = '<translation rank="1" system="d"/><translation rank="1" system="a"/>'
    path = write(tmp_path, "\n".join(map(ITEM.format, [shown, "", other])))
    read = read_rankings(path)
    assert (read.systems, read.judges, read.segments) == (tuple("abcd"), ("u", "u"), ("7", "7"))
    assert np.array_equal(read.ranks, [[1, 2, 1, NAN], [1, NAN, NAN, 1]], equal_nan=True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", ": no rankings"),
        (ITEM.format(""), ": no rankings"),
        (ITEM.format('<translation rank="0" system="a"/>'), ":3: rank '0' is not a whole number"),
        (ITEM.format('<translation system="a"/>'), ":3: rank '' is not a whole number"),
        (ITEM.format('\n<translation rank="1" system=""/>'), ":4: a translation without a system"),
        (ITEM.format('<translation rank="1" system="a a"/>'), ":3: a is ranked twice"),
        ('<translation rank="1" system="a"/>', ":3: a translation outside a ranking-item"),
        ("<open>", ":4: is not XML: mismatched tag"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, body, message):
    path = write(tmp_path, body)
    with pytest.raises(DataError) as error:
        read_rankings(path)
    assert str(error.value).startswith(f"{path}{message}")


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n',
        '<!DOCTYPE r SYSTEM "file:///etc/passwd">\n',
    ],
)
def test_document_types_are_refused(tmp_path, head):
    path = write(tmp_path, ITEM.format('<translation rank="1" system="a"/>'), head)
    with pytest.raises(DataError, match=":2: a document type is declared"):
        read_rankings(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_rankings(tmp_path / "none.xml")


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"ranks of shape \(1, 2\) for 2 judges"):
        Rankings(("a", "b"), ("u", "u"), ("1", "2"), np.ones((1, 2)))


def test_wins_and_pairs_say_the_same():
    ranks = np.random.default_rng(0).integers(1, 4, (50, 6)).astype(float)
    ranks[np.random.default_rng(1).random(ranks.shape) < 0.3] = np.nan
    some = Rankings(tuple("abcdef"), ("u",) * 50, ("1",) * 50, ranks)
    wins, pairs = some.wins(), some.pairs()
    again = np.zeros_like(wins)
    for ranking, first, second, tie in pairs:
        again[ranking, first, second] = not tie
    assert np.array_equal(wins, again)
    shown = (~np.isnan(ranks)).sum(axis=1)
    assert len(pairs) == (shown * (shown - 1) // 2).sum()
    assert pairs[:, 3].sum() == len(pairs) - wins.sum()


def test_rankings_of_correctors(data):
    read = read_rankings(data / "gec" / "gjg15" / "judgments.xml")
    assert read.ranks.shape == (2319 - 13, 13)  # thirteen were skipped
    assert len(set(read.judges)) == 8
    assert read.segments[0] == "135"
    assert read.ranks[0, read.systems.index("CAMB")] == 3
    assert set(read.ranks[~np.isnan(read.ranks)]) == {1, 2, 3, 4, 5}
