"""Which of the edits a system may have made are taken: those an annotator made too."""

from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.align import apply
from evaluation.metrics.maxmatch.search import Explanations
from evaluation.records import GoldEdit

WORDS = st.lists(st.sampled_from("abc"), max_size=7)
GOLDS = st.lists(
    st.builds(
        lambda start, size, words: GoldEdit(start, start + size, (tuple(words),), ""),
        st.integers(0, 6),
        st.integers(0, 2),
        st.lists(st.sampled_from("abc"), max_size=2),
    ),
    max_size=4,
)


def closest(source: str, hypothesis: str, *golds: tuple[int, int, str]) -> list[tuple]:
    wanted = [GoldEdit(start, end, (tuple(text.split()),), "") for start, end, text in golds]
    edits = Explanations(source.split(), hypothesis.split(), 2).closest_to(wanted)
    return [(edit.start, edit.end, " ".join(edit.replacement)) for edit in edits]


@given(WORDS, WORDS, GOLDS)
def test_the_edits_make_the_hypothesis_whatever_is_looked_for(source, hypothesis, golds):
    edits = Explanations(source, hypothesis, 2).closest_to(golds)
    assert apply(source, edits) == hypothesis


def test_without_a_gold_edit_there_are_as_few_edits_as_can_be():
    assert closest("a b c d", "x b y d") == [(0, 3, "x b y")]


def test_gold_edits_are_found_apart():
    gold = [(0, 1, "x"), (2, 3, "y")]
    assert closest("a b c d", "x b y d", *gold) == gold


def test_a_gold_edit_may_take_unchanged_words_along():
    gold = (0, 4, "x b c y")
    assert closest("a b c d e", "x b c y e", gold) == [gold]


def test_but_no_more_than_two():
    assert len(closest("a b c d e", "x b c d y", (0, 5, "x b c d y"))) == 2


def test_the_example_of_the_paper():
    source = "Our baseline system feeds word into PB-SMT pipeline ."
    hypothesis = "Our baseline system feeds a word into PB-SMT pipeline ."
    assert closest(source, hypothesis, (4, 5, "a word")) == [(4, 5, "a word")]
    assert closest(source, hypothesis, (4, 4, "a")) == [(4, 4, "a")]


def test_two_gold_insertions_at_one_place_are_two_edits():
    assert closest("a b", "a x y b", (1, 1, "x"), (1, 1, "y")) == [(1, 1, "x"), (1, 1, "y")]


def test_one_gold_insertion_is_not_found_twice():
    assert closest("a b", "a x x b", (1, 1, "x")).count((1, 1, "x")) == 1
    assert len(closest("a b", "a x x b")) == 1


@given(WORDS, WORDS, st.lists(GOLDS, max_size=4))
def test_several_annotators_share_what_each_is_told_alone(source, hypothesis, annotators):
    together = Explanations(source, hypothesis, 2)
    for golds in annotators:
        alone = Explanations(source, hypothesis, 2).closest_to(golds)
        assert together.closest_to(golds) == alone
