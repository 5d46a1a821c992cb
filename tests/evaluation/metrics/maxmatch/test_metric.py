"""MaxMatch: the official scorer's counts, figures and ties."""

import pytest

from evaluation.data.m2 import parse_m2, read_m2
from evaluation.data.readers import read_lines
from evaluation.metrics.base import Texts
from evaluation.metrics.fscore import Counts
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.records import Annotated, GoldEdit

CONLL14 = {
    "AMU": (41.62, 21.40, 35.01),
    "CAMB": (39.71, 30.10, 37.33),
    "CUUI": (41.78, 24.88, 36.79),
    "POST": (34.51, 21.73, 30.88),
    "NTHU": (35.08, 18.85, 29.92),
    "UFC": (70.00, 1.72, 7.84),
    "INPUT": (100.00, 0.00, 0.00),
}

# What the official scorer counts where equally good ways to explain a hypothesis differ in
# how many edits they propose, and where gold edits are out of order, empty or change nothing.
TIES = [
    ("a a b", "b b a b a", ["1 1 a"], (0, 2, 1)),
    ("c d a", "c b b a c b", ["0 1 |", "0 2 d", "1 2 d c", "2 3 a"], (0, 2, 4)),
    ("c d a", "c b b a c b", ["2 2 d", "1 1 a b", "2 2 a"], (0, 1, 3)),
    ("c b b d", "c b c a d b", ["0 3 ", "2 4 d a"], (0, 2, 2)),
    (
        "d b f f e c",
        "d b g d e e e c f f b",
        ["0 1 h f", "1 2 b h|b", "1 2 ", "2 2 b", "2 2 d h"],
        (0, 2, 5),
    ),
    (
        "e f b f c a c c",
        "a c d f f f c d f",
        ["5 6 |", "2 2 b", "0 3 f f|d a"],
        (1, 4, 3),
    ),
]


def gold(source: str, *annotators: list[str]) -> Annotated:
    """Edits written as `start end this|or that`."""
    return Annotated(
        tuple(source.split()),
        {annotator: tuple(map(_edit, edits)) for annotator, edits in enumerate(annotators)},
    )


def _edit(text: str) -> GoldEdit:
    start, end, replacements = text.split(" ", 2)
    alternatives = tuple(tuple(words.split()) for words in replacements.split("|"))
    return GoldEdit(int(start), int(end), alternatives, "")


@pytest.mark.parametrize(("system", "figures"), CONLL14.items())
def test_figures_of_the_official_scorer(data, system, figures):
    folder = data / "gec" / "conll14_official"
    texts = Texts(read_lines(folder / f"{system}.txt"), gold=read_m2(folder / "gold.m2"))
    f, precision, recall = (row.value for row in MaxMatch().corpus_score(texts).rows)
    assert tuple(round(value, 2) for value in (precision, recall, f)) == figures


@pytest.mark.parametrize(("source", "hypothesis", "edits", "counts"), TIES)
def test_ties_fall_as_in_the_official_scorer(source, hypothesis, edits, counts):
    assert MaxMatch().options(gold(source, edits), hypothesis) == {0: counts}


def test_any_alternative_is_right():
    annotated = gold("a cat sit", ["2 3 sits|sat"])
    for verb in ("sits", "sat"):
        assert MaxMatch().options(annotated, f"a cat {verb}") == {0: (1, 1, 1)}


def test_after_a_match_only_later_gold_edits_count():
    in_order, reversed_ = ["0 1 x", "3 4 y"], ["3 4 y", "0 1 x"]
    options = MaxMatch().options(gold("a b c d", in_order, reversed_), "x b c y")
    assert options == {0: (2, 2, 2), 1: (1, 2, 2)}


def test_a_gold_edit_given_twice_counts_twice():
    assert MaxMatch().options(gold("a b", ["0 1 x", "0 1 x"]), "x b") == {0: (2, 1, 2)}


def test_an_unchanged_text_proposes_nothing():
    annotated = gold("a b", ["0 1 x", "0 1 a"], [])
    assert MaxMatch().options(annotated, "a b") == {0: (0, 0, 2), 1: (0, 0, 0)}


def test_each_segment_is_scored_by_the_annotator_who_agrees_best():
    texts = Texts(["x b"], gold=[gold("a b", ["1 2 y"], ["0 1 x"])])
    assert MaxMatch().counts(texts).tolist() == [[1, 1, 1]]
    assert MaxMatch().segment_scores(texts).tolist() == [100.0]


def test_the_annotator_depends_on_the_figures_so_far():
    choice = {0: Counts(1, 2, 2), 1: Counts(0, 0, 0)}
    poor = {0: Counts(0, 10, 10)}
    assert MaxMatch().choose([choice]) == [1]
    assert MaxMatch().choose([poor, choice]) == [0, 0]


def test_of_annotators_equally_good_the_first_is_chosen():
    assert MaxMatch().choose([{4: Counts(1, 1, 1), 7: Counts(1, 1, 1)}]) == [4]


def test_beta_weighs_recall():
    texts = Texts(["x b c"], gold=[gold("a b c", ["0 1 x", "2 3 y"])])
    assert MaxMatch(beta=1).corpus_score(texts).value == pytest.approx(200 / 3)
    assert MaxMatch(beta=1).corpus_score(texts).rows[0].statistic == "f1"


def test_no_words_at_all_are_scored_too():
    assert MaxMatch().options(gold("", ["0 0 a"]), "a") == {0: (1, 1, 1)}
    assert MaxMatch().options(gold("a", ["0 1 "]), "") == {0: (1, 1, 1)}
    assert MaxMatch().options(gold("", []), " ") == {0: (0, 0, 0)}


def test_a_long_rewrite_is_counted_on_one_alignment():
    source = " ".join(f"s{k}" for k in range(2000))
    rewrite = " ".join(f"h{k}" for k in range(2000))
    assert MaxMatch().options(gold(source, [f"0 2000 {rewrite}"]), rewrite)[0].gold == 1


def test_a_text_over_the_limit_is_named():
    texts = Texts(["a", "b " * 5000], gold=[gold("a", []), gold("a", [])])
    with pytest.raises(ValueError, match=r"^segment 2: a text of 5000 tokens; at most"):
        MaxMatch().corpus_score(texts)


def test_an_error_without_a_correction_is_a_deletion_to_the_official_scorer():
    (sentence,) = parse_m2(["S a b", "A 0 1|||UNK|||-NONE-|||REQUIRED|||-NONE-|||0"], "gold.m2")
    assert MaxMatch().options(sentence, "b") == {0: Counts(1, 1, 1)}
