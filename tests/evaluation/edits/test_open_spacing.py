"""Texts are read in one of the possible conventions, whatever further texts there are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.edits.open_spacing import possible_conventions
from evaluation.edits.spacing import Convention

WORDS = ["it", "'s", "it's", "do", "n't", "don't", "well-known", "well", "-", ".", ","]
TEXT = st.builds(
    lambda words, attached: " ".join(words).replace(" .", "." if attached else " ."),
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.booleans(),
)
TEXTS = st.lists(TEXT, min_size=1, max_size=4)


@given(source=TEXT, texts=TEXTS, more=TEXTS, usual=st.sampled_from([None, "running", "tokenised"]))
@settings(max_examples=500)
def test_further_texts_lead_to_one_of_the_possible_conventions(source, texts, more, usual):
    final = Convention.of(source, [*texts, *more], usual)
    possible = possible_conventions(source, texts, usual, len(more))
    for text in texts:
        readings = {(c.style, c.read(text)) for c in possible}
        assert (final.style, final.read(text)) in readings


def test_a_source_that_shows_its_spacing_leaves_nothing_open():
    source, texts = "It is n't , is it ?", ["It isn't, is it?", "It is n't , is it ?"]
    [only] = possible_conventions(source, texts, None, 5)
    assert only.style == "tokenised"


def test_a_source_without_punctuation_is_open_until_more_texts_cannot_outnumber_the_others():
    texts = ["he goes .", "he goes .", "he goes ."]
    assert len(possible_conventions("he go", texts, None, 2)) == 1
    assert len(possible_conventions("he go", texts, None, 3)) == 2
    assert len(possible_conventions("he go", texts, "running", 3)) == 1
