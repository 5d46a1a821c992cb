"""Laws of fused texts, on any systems and any texts."""

from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.registry import create
from ensemble.decoding.decode import Combination
from evaluation.edits.glyphs import fold
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment

WORDS = st.lists(st.sampled_from("a an the cat cats Cat sat , . on mat".split()), max_size=9)
SENTENCE = WORDS.map(" ".join)
TEXTS = st.lists(SENTENCE | st.text("aB 中\n.", max_size=9), min_size=1, max_size=6)
WINDOW = st.sampled_from([1, 2, 3])


@st.composite
def noisy(draw) -> tuple[list[str], list[list[str]]]:
    """Draw a text of different words, and copies of it that each have another word wrong.

    Wrong words are apart, so that there is one best alignment.
    """
    truth = [f"word{i}" for i in range(draw(st.integers(13, 16)))]
    places = draw(st.permutations(range(0, len(truth), 3)))[: draw(st.integers(3, 5))]
    copies = []
    for at in places:
        wrong = draw(st.sampled_from([[], ["other"], [truth[at], "more"]]))
        copies.append([*truth[:at], *wrong, *truth[at + 1 :]])
    return truth, copies


def fuse(texts: list[str], window: int = 3, name: str = "fuse") -> Combination:
    segment = Segment("", {f"s{i}": text for i, text in enumerate(texts)}, has_source=False)
    term = f"{name}:window={window}" if name == "fuse" else name
    return combine(collect(segment, "texts"), create(term))


def words(text: str) -> list[str]:
    return list(map(fold, tokenise(text)))


@given(texts=TEXTS, window=WINDOW)
def test_every_word_is_in_an_output_and_every_window_too(texts, window):
    fused = fuse(texts, window).text
    known = {part for text in texts for part in windows(text, window)}
    assert not any(map(str.strip, texts)) or set(windows(fused, window)) <= known


def windows(text: str, window: int) -> list[tuple[str, ...]]:
    # Words of different outputs can become one where no space is between them, so letters count.
    padded = ["\n"] * (window - 1) + words(text) + ["\n"] * (window - 1)
    return [tuple(padded[i : i + window]) for i in range(len(padded) - window + 1)]


@given(texts=TEXTS, window=WINDOW)
def test_it_is_as_like_all_outputs_together_as_the_backbone(texts, window):
    fused, chosen = fuse(texts, window).text, fuse(texts, name="mbr").text
    answers = [words(text) for text in texts if text.strip()]
    apart = [sum(Levenshtein.distance(words(t), a) for a in answers) for t in (fused, chosen)]
    assert apart[0] <= apart[1]


@given(texts=TEXTS, window=WINDOW, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_systems_only_settles_ties_of_the_backbone(texts, window, shuffle: Random):
    # Of one text in several forms, as with a space behind it, the first is taken where forms tie.
    texts = [" ".join(text.split()) for text in texts]
    assume(not any(decision.tied for decision in fuse(texts, name="mbr").decisions))
    turned = list(texts)
    shuffle.shuffle(turned)
    assert fuse(texts, window).text == fuse(turned, window).text


@given(drawn=noisy(), window=WINDOW)
def test_where_each_system_has_another_word_wrong_all_are_right(drawn, window):
    truth, copies = drawn
    assert fuse(list(map(" ".join, copies)), window).text == " ".join(truth)


@given(drawn=noisy(), more=st.integers(1, 3))
@settings(max_examples=25)
def test_a_system_that_has_the_result_does_not_change_it(drawn, more):
    truth, copies = drawn
    assert fuse([*map(" ".join, copies), *[" ".join(truth)] * more]).text == " ".join(truth)


@given(texts=TEXTS, window=WINDOW)
def test_every_change_that_is_taken_has_more_voters_than_its_place_unchanged(texts, window):
    fused = fuse(texts, window)
    if fused.backbone is None:
        return
    for decision in fused.decisions:
        assert not decision.accepted or decision.probability > 0.5
        assert not decision.accepted or len(decision.candidate.voters) >= 2
