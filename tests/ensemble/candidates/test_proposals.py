"""The same change is one proposal, however a system spaces and encodes its text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.candidates.proposals import identity
from evaluation.data.readers import read_folder
from evaluation.models.causal_lm import detokenise
from evaluation.records import Segment

SENTENCE = st.lists(
    st.sampled_from("He he had have went go to the school cafés don't I".split()), max_size=9
).map(lambda words: " ".join([*words, "."]))


def apart(text: str) -> str:
    return re.sub(r"(\w)([.,!?;:])", r"\1 \2", text)


def double(text: str) -> str:
    return re.sub(r"((?:\S+ ){4}\S+) ", r"\1  ", text)


FORMS = {
    "tokenised": apart,
    "detokenised": detokenise,
    "double spaces": double,
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "a space before the stop": lambda text: re.sub(r"(\w)([.!?])$", r"\1 \2", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "curly": lambda text: text.replace("'", "’"),
}


def lost(source: str, text: str, form: str) -> tuple[int, int]:
    """Return how many changes of `text` a copy of it in another form does not vote for."""
    twins = Segment(source, {"a": text, "b": FORMS[form](text), "c": source})
    both = collect(twins, "edits")
    voters = {identity(c.edit, both.tokens): c.voters for c in both.candidates}
    alone = collect(Segment(source, {"a": text, "c": source}), "edits")
    ours = [identity(c.edit, alone.tokens) for c in alone.candidates if c.type != "R:SPACE"]
    return sum(not {"a", "b"} <= set(voters.get(same, ())) for same in ours), len(ours)


@pytest.mark.parametrize("form", FORMS)
@given(source=SENTENCE, text=SENTENCE)
def test_a_twin_in_another_form_votes_for_the_same_changes(form, source, text):
    for some in (source, detokenise(source)):
        assert lost(some, detokenise(text) if some != source else text, form)[0] == 0


@pytest.mark.parametrize("form", FORMS)
def test_so_it_is_of_real_outputs(form, data):
    missed = counted = 0
    for segment in read_folder(data / "gec" / "bea_dev", ["T5-11B", "GECToR-2024"])[::16]:
        for text in segment.hypotheses.values():
            for plain in (str, detokenise):
                some = lost(plain(segment.source), plain(text or ""), form)
                missed, counted = missed + some[0], counted + some[1]
    assert counted > 800
    assert missed <= 0.01 * counted


@pytest.mark.parametrize(
    ("source", "texts", "accepted"),
    [
        ("see http://a.b/c?x=1 now .", ["see http://a.b/c? x=1 now .", "See http://a.b/C? x=1 ."],
         ["", "See"]),
        ("mail jon.smth@exmaple.org .", ["mail jon.smith@example.org .", "Mail it ."], ["Mail"]),
        ("run `evry` day", ["run `every` day", "ran `very` day"], ["ran"]),
    ],
)  # fmt: skip
def test_protected_text_is_changed_by_nobody_who_may_not(source, texts, accepted):
    segment = Segment(source, dict(zip("ab", texts, strict=True)))
    ballot = collect(segment, "edits")
    assert sorted(c.edit.replacement[0].strip() if c.edit.replacement else ""
                  for c in ballot.candidates) == accepted  # fmt: skip


def test_who_may_change_protected_text_does():
    segment = Segment("mail a@b.com .", {"a": "mail x@b.com .", "b": "Mail a@c.com ."})
    by_one = collect(segment, "edits", may_change_protected={"a"}).candidates
    assert [c.voters for c in by_one] == [("b",), ("a",)]
    by_all = collect(segment, "edits", may_change_protected=None).candidates
    assert {c.replacement for c in by_all} == {"Mail", "x@b.com", "a@c.com"}


def test_the_form_most_used_is_put_out_and_of_two_the_plainest():
    texts = {"a": "don’t", "b": "don’t", "c": "don't"}
    (candidate,) = collect(Segment("dont", texts), "edits").candidates
    assert (candidate.replacement, candidate.voters) == ("don’t", ("a", "b", "c"))
    (candidate,) = collect(Segment("dont", {"a": "don’t", "b": "don't"}), "edits").candidates
    assert candidate.replacement == "don't"


def test_a_word_beside_a_tag_gains_no_space():
    texts = {"a": "< b > hello < / b > world", "b": "<b>hello</b> world"}
    candidates = collect(Segment("<b>helo</b> wrld", texts), "edits").candidates
    assert [(c.original, c.replacement) for c in candidates] == [
        ("helo", "hello"),
        ("wrld", "world"),
    ]
