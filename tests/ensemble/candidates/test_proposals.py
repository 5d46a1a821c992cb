"""The same change is one proposal, however a system spaces and encodes its text."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ensemble.candidates import collect, collect_all
from ensemble.candidates.proposals import identity
from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
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
@example(source="He had cafés cafés cafés .", text="He cafés cafés cafés had .")
@example(source="He don't don't don't .", text="don't don't don't He .")
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


WORDS = st.lists(
    st.sampled_from(["He", "had", "do n't", "go", "to", ",", "school", "it 's", "I"]), min_size=1
)
TOLD = {"tokenised": "Yes , it is .", "running": "Yes, it is."}


def votes(segments: list[Segment]) -> list[str | None]:
    """Return the texts that the vote makes of a batch."""
    return [made.text for made in combine_all(list(collect_all(segments, "edits")), Majority())]


@pytest.mark.parametrize("style", TOLD)
@given(source=WORDS, texts=st.lists(st.tuples(WORDS, st.booleans()), min_size=2, max_size=6))
def test_a_source_without_marks_comes_out_as_its_batch_whoever_detokenises(style, source, texts):
    outputs = {f"s{i}": " ".join([*words, "."]) for i, (words, _) in enumerate(texts)}
    mixed = {name: detokenise(text) if texts[i][1] else text
             for i, (name, text) in enumerate(outputs.items())}  # fmt: skip
    # A clitic is cut where a text of the style cuts one: here, one that the vote cannot take.
    apart = {"cut": "it 's do n't ."} if style == "tokenised" else {"whole": "it's don't."}
    words = " ".join(word for word in source if word != ",")
    made = [
        votes([Segment(words, {**some, **apart, "same": words}), Segment(TOLD[style])])[0]
        for some in (outputs, mixed)
    ]
    assert made[0] == made[1]


def test_a_batch_has_one_style_and_a_segment_alone_that_of_most_outputs():
    texts = {"a": "He goes home.", "b": "He goes home .", "c": "He goes home .", "d": "He went."}
    silent = Segment("He go home", texts | {"d": "He went home."})
    for told, expected in (
        (TOLD["tokenised"], "He goes home ."),
        (TOLD["running"], "He goes home."),
    ):
        for batch in ([silent, Segment(told)], [Segment(told), silent]):
            assert expected in votes(batch)
    assert votes([silent]) == ["He goes home."]


def test_systems_that_detokenise_change_few_votes_on_real_outputs(data):
    names = "CTC-Copy GECToR-2024 EditScorer T5-11B UL2-20B Chat-LLaMa-2-7B-FT Chat-LLaMa-2-13B-FT"
    segments = read_folder(data / "gec" / "bea_dev", names.split())[::8]
    clean = votes(segments)
    for of in ((0, 2, 4, 6), (1, 3, 5)):
        chosen = {names.split()[i] for i in of}
        mixed = [
            Segment(s.source, {n: detokenise(text or "") if n in chosen else text
                               for n, text in s.hypotheses.items()})
            for s in segments
        ]  # fmt: skip
        changed = sum(one != other for one, other in zip(clean, votes(mixed), strict=True))
        assert changed <= 0.01 * len(segments)


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
