"""The tokens of `tokenize=combine` are those that the combiner votes on."""

from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from evaluation.edits.align import align
from evaluation.edits.tokens import tokenise
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import EditsF, gold_from_references
from evaluation.metrics.tokenizers import tokens
from evaluation.records import Edit, Segment

UNSPACED = st.text("他每天早上都去公园跑步然后回家彼は毎朝をてるいฉันไปโรง", min_size=1, max_size=30)


@given(st.text(max_size=40))
def test_tokens_are_the_combiners_without_white_space(text):
    expected = [token.strip() for token in tokenise(text)]
    assert tokens(text, "combine") == tuple(filter(None, expected))


@given(source=UNSPACED, output=UNSPACED)
def test_edits_of_text_without_spaces_are_the_candidates(source, output):
    """But for changes of white space alone, as where a character is put before the first one."""
    before = tokens(source, "combine")
    ballot = collect(Segment(source, {"a": output}), "edits")
    voted = [
        Edit(*c.edit[:2], tuple(map(str.strip, c.edit.replacement))) for c in ballot.candidates
    ]
    changed = [edit for edit in voted if edit.replacement != before[edit.start : edit.end]]
    assert changed == align(before, tokens(output, "combine"))


@given(source=UNSPACED, output=UNSPACED)
def test_an_output_of_right_candidates_alone_is_perfect(source, output):
    gold = gold_from_references([source], [[output]])
    scores = EditsF(tokenize="combine").segment_scores(Texts([output], gold=gold))
    assert scores.tolist() == [100]
