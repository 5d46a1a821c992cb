"""Fusing: a text of the parts of several, or the text of `mbr` where they do not fit together."""

import pytest

from ensemble.candidates import collect, collect_all
from ensemble.combiners.base import combine, combine_all
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.combiners.registry import COMBINERS, create
from ensemble.decoding.decode import Combination
from evaluation.edits.align import MAX_TOKENS
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment
from tests.raising import raises_code

CALL = [
    "at this time all participants are in listen only mode",
    "this time all participants are in a listen only mode",
    "at this time or participants are in a listen only mode",
]


def fuse(*texts: str | None, window: int = 3) -> Combination:
    segment = Segment("", {f"s{i}": text for i, text in enumerate(texts)}, has_source=False)
    return combine(collect(segment, "texts"), create(f"fuse:window={window}"))


def test_each_word_is_as_most_outputs_have_it_and_says_who_proposed_it():
    fused = fuse(*CALL)
    assert fused.text == "at this time all participants are in a listen only mode"
    assert fused.text not in CALL
    assert fused.backbone in CALL
    for decision in fused.decisions:
        change = decision.candidate
        assert fused.backbone[change.offset :].startswith(change.original)
        assert decision.accepted == (len(change.voters) == 2)
        assert decision.candidate.voters


def test_more_for_a_change_than_for_none_is_enough_where_others_change_it_otherwise():
    fused = fuse(*(f"we like {word} very much" for word in "tea tea tee key sea see".split()))
    assert fused.text == "we like tea very much"
    # Of three words that two systems each have, none outvotes the backbone's own.
    words = "tea tea tee tee sea sea".split()
    assert fuse(*(f"we like {word} very much" for word in words)).text == "we like tea very much"


@pytest.mark.parametrize(
    "texts",
    [
        ["one text"],
        ["one text", "another text"],
        ["one text"] * 4,
        ["the cat sat on the mat", "nobody knows where they went", "it rained all day in May"],
    ],
)
def test_elsewhere_the_output_of_mbr_is_kept_whole(texts):
    kept = fuse(*texts)
    segment = Segment("", {f"s{i}": text for i, text in enumerate(texts)}, has_source=False)
    assert kept == combine(collect(segment, "texts"), MinimumBayesRisk())
    assert kept.backbone is None


def test_without_any_answer_there_is_no_text():
    assert fuse(None, "", " ").text == ""
    assert fuse("a text", None, "").text == "a text"


def test_texts_that_are_too_long_to_align_are_kept_whole():
    texts = [f"{'a ' * (MAX_TOKENS + 10)}{end}" for end in ("x y", "x z", "q y")]
    assert fuse(*texts).backbone is None


def test_the_final_answer_stays_that_of_most():
    lines = [
        "We have two and two and one. The answer is 5.",
        "We had two and two and one. The answer is 5.",
        "We had two and two and one. The answer is 4.",
    ]
    assert fuse(*lines, window=1).text == lines[1]
    # As words alone 15 and apples win; as answers 15 has two votes, and stays.
    odd = ["It is so. The answer is 15.", "It is so. The answer is 15.", "It is so. It is 16."]
    assert fuse(*odd, window=1).text == odd[0]


def test_where_the_parts_would_state_no_answer_any_more_the_text_is_kept_whole():
    texts = [
        "two and two and one and so the answer is 5",
        "two and two and one and so the right option is 5",
        "two and two and one and so the right sum is 5",
        "two and two and one and so the right sum is 5",
    ]
    kept = fuse(*texts, window=1)
    assert (kept.text, kept.backbone) == (texts[1], None)
    words = [text.replace("answer", "total").replace("option", "result") for text in texts]
    assert fuse(*words, window=1).text == texts[2]


def test_capitals_quotes_and_marks_are_words_of_their_own():
    fused = fuse("i said, \u201cGo\u201d.", "I said, \u201cGo\u201d.", "I said \u201cgo\u201d.")
    assert fused.text == "I said, \u201cGo\u201d."


def test_texts_without_spaces_are_fused_by_characters():
    fused = fuse("我们今天去学校上课", "我们明天去学校上课", "我们今天去学院上课", window=2)
    assert fused.text == "我们今天去学校上课"
    fused = fuse("他们今天去学校上课", "我们明天去学校上课", "我们今天去学院上课", window=1)
    assert fused.text == "我们今天去学校上课"


def test_line_breaks_are_those_of_the_backbone():
    texts = ["one two\nthree four\nfive", "one two\nthree for\nfive", "one to\nthree four\nfive"]
    assert fuse(*texts).text == "one two\nthree four\nfive"
    flat = "one two three four five"
    assert fuse(flat, "one two\nthree for five", "one to\nthree four five").text == flat
    # A word that begins a line stays, even where most leave it out.
    first = ["a b c\nd e f g h i j", "a b c\ne f g h i j", "a c\ne f g h i j k"]
    assert fuse(*first, window=1).text.count("\n") == 1


def test_addresses_are_not_put_together():
    texts = [
        "see https://a.example/one for the news today",
        "see https://b.example/two for the news today",
        "see https://b.example/two for all the news",
    ]
    fused = fuse(*texts, window=1).text
    assert "https://b.example/two" in fused
    assert set(tokenise(fused)) <= {token for text in texts for token in tokenise(text)}


def test_the_window_is_an_option_and_signed():
    assert create("fuse").window == 3
    assert create("fuse:window=1").signature != create("fuse").signature
    with raises_code("out-of-range"):
        create("fuse:window=0")
    assert [name for name, entry in COMBINERS.all().items() if entry.writes] == ["fuse"]


def test_fitted_it_settles_ties_of_backbones_as_mbr_does():
    segments = [Segment("", dict(zip("abc", CALL, strict=True)), has_source=False)] * 3
    ballots = list(collect_all(segments, "texts"))
    fitted = create("fuse").fit(ballots)
    assert fitted.tie_weights == MinimumBayesRisk().fit(ballots).tie_weights
    assert combine_all(ballots, fitted) == [combine(ballot, fitted) for ballot in ballots]
