"""Laws every combiner keeps, on any systems and any texts."""

from random import Random
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemble.candidates import collect, collect_all
from ensemble.candidates.answers import is_answer, is_blank
from ensemble.candidates.labels import label_key
from ensemble.combiners.base import combine, combine_all
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import create
from ensemble.decoding.decode import Combination
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment

SENTENCE = st.lists(
    st.sampled_from("a an the cat cats Cat sat , . ! on mat -".split()), max_size=8
).map(" ".join)
TEXT = st.one_of(SENTENCE, st.text(max_size=12))


@st.composite
def segments(draw, texts=TEXT) -> Segment:
    hypotheses = draw(st.lists(texts | st.none(), min_size=1, max_size=6))
    return Segment(draw(texts), {f"s{i}": text for i, text in enumerate(hypotheses)})


KIND = st.sampled_from(["edits", "texts", "labels"])
WHOLE = st.sampled_from(["texts", "labels"])
CORPORA = st.lists(segments(), min_size=1, max_size=4)
KINDS = {
    "vote": "edits",
    "agreement": "edits",
    "best-single": "edits",
    "mbr": "texts",
    "fuse": "texts",
}


def outputs(corpus: list[Segment], name: str) -> list[str | None]:
    return [output.text for output in combinations(corpus, name, KINDS[name])]


def combinations(corpus: list[Segment], name: str, kind: str) -> list[Combination]:
    ballots = list(collect_all(corpus, kind))
    fitted = create(name).fit(ballots)
    return [combine(ballot, fitted) for ballot in ballots]


@pytest.mark.parametrize("name", KINDS)
@given(source=TEXT, text=TEXT, n=st.integers(1, 6))
def test_where_all_agree_that_is_the_output(name, source, text, n):
    segment = Segment(source, {f"s{i}": text for i in range(n)})
    assert outputs([segment], name) == [text if is_answer(source, text) else source]


@pytest.mark.parametrize("name", KINDS)
@given(source=TEXT, text=TEXT)
def test_one_system_gives_its_own_text(name, source, text):
    expected = text if is_answer(source, text) else source
    assert outputs([Segment(source, {"only": text})], name) == [expected]


def shuffled(segment: Segment, shuffle: Random) -> Segment:
    items = list(segment.hypotheses.items())
    shuffle.shuffle(items)
    return Segment(segment.source, dict(items))


def tied(combination: Combination) -> bool:
    return any(decision.tied for decision in combination.decisions)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind == "edits"])
@given(corpus=CORPORA, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_systems_does_not_matter_for_edits(name, corpus, shuffle):
    assert outputs(corpus, name) == outputs([shuffled(s, shuffle) for s in corpus], name)


@pytest.mark.parametrize("kind", ["texts", "labels"])
@pytest.mark.parametrize("name", [*sorted(set(KINDS) - {"fuse"}), "dawid-skene", "soft-vote"])
@given(corpus=CORPORA, shuffle=st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_order_of_systems_only_settles_ties_of_texts_and_labels(name, kind, corpus, shuffle):
    if kind not in create(name).kinds:
        return
    given, other = (
        combinations(some, name, kind)
        for some in (corpus, [shuffled(segment, shuffle) for segment in corpus])
    )
    for one, two in zip(given, other, strict=True):
        assert tied(one) == tied(two)
        # Which form of a label is shown may hang on the order; which label it is may not.
        assert tied(one) or label_key(one.text or "") == label_key(two.text or "")


@given(labels=st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), kind=WHOLE)
def test_ties_go_to_the_system_given_first_whatever_the_alphabet_says(labels, kind):
    corpus = [Segment("x", {f"s{9 - i}": label for i, label in enumerate(labels)})]
    [combination] = [combine(ballot, Majority()) for ballot in collect_all(corpus, kind)]
    most = max(map(labels.count, labels))
    winners = [label for label in labels if labels.count(label) == most]
    assert combination.text == winners[0]
    for decision in combination.decisions:
        is_tie = len(set(winners)) > 1 and decision.candidate.replacement in winners
        assert decision.tied == is_tie


@given(label=st.text("aB é\u00a0\t", min_size=1), ends=st.text(" \t\u00a0\u2003"))
def test_a_label_is_the_same_however_it_is_spaced_or_encoded(label, ends):
    variants = [label, ends + label + ends, normalize("NFD", label), label.replace(" ", " \u2009 ")]
    segment = Segment("x", {f"s{i}": text for i, text in enumerate([*variants, "other", "other"])})
    ballot = collect(segment, "labels")
    if label.strip():
        assert [len(candidate.voters) for candidate in ballot.candidates] == [4, 2]
        assert label_key(combine(ballot, Majority()).text) == label_key(label)
    else:
        assert combine(ballot, Majority()).text == "other"


@given(source=TEXT, blank=st.text(" \t\u00a0\u200b"), n=st.integers(1, 4), kind=KIND)
def test_an_empty_output_is_an_answer_to_an_empty_source_only(source, blank, n, kind):
    ballot = collect(Segment(source, {f"s{i}": blank for i in range(n)}), kind)
    assert len(ballot.systems) == (n if is_blank(source) else 0)
    if not is_blank(source):
        assert combine(ballot, Majority()).text == (None if kind == "labels" else source)


@pytest.mark.parametrize("name", KINDS)
@given(corpus=CORPORA)
def test_every_token_of_the_output_is_in_the_source_or_a_hypothesis(name, corpus):
    for segment, output in zip(corpus, outputs(corpus, name), strict=True):
        known = {token for text in segment.hypotheses.values() for token in tokenise(text or "")}
        known |= set(tokenise(segment.source))
        # A token may lose or gain a space before it where it comes to stand elsewhere, and where
        # the source is running text, the tokens of `a - a` become one.
        joined = ["".join((text or "").split()) for text in segment.hypotheses.values()]
        others = {token.strip() for token in tokenise(output)} - {t.strip() for t in known} - {""}
        assert all(any(token in text for text in joined) for token in others)


@given(corpus=CORPORA)
def test_a_batch_gives_what_single_segments_give(corpus):
    for name in ("vote", "mbr", "fuse"):
        combiner = create(name)  # fitted, it would settle ties by all segments
        ballots = list(collect_all(corpus, KINDS[name]))
        assert combine_all(ballots, combiner) == [combine(ballot, combiner) for ballot in ballots]


@pytest.mark.parametrize("name", KINDS)
@given(corpus=CORPORA)
def test_the_same_input_gives_the_same_output_and_evidence(name, corpus):
    first, second = (combinations(corpus, name, KINDS[name]) for _ in range(2))
    assert first == second


@given(labels=st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
def test_the_label_that_most_give_wins(labels):
    segment = Segment("x", {f"s{i}": label for i, label in enumerate(labels)})
    (output,) = combinations([segment], "vote", "labels")
    assert labels.count(output.text) == max(map(labels.count, labels))
    assert len(set(labels)) > 1 or output.text == labels[0]


@pytest.mark.parametrize("name", [*KINDS, "dawid-skene"])
@given(corpus=st.lists(segments(st.sampled_from("abc")), min_size=1, max_size=3))
@settings(max_examples=15)
def test_probabilities_are_probabilities(name, corpus):
    for output in combinations(corpus, name, "texts" if KINDS.get(name) == "texts" else "labels"):
        assert all(0 <= decision.probability <= 1 for decision in output.decisions)


@given(segment=segments())
def test_every_candidate_has_a_voter_and_a_decision(segment):
    ballot = collect(segment, "edits")
    combination = combine(ballot, create("vote"))
    assert [d.candidate for d in combination.decisions] == list(ballot.candidates)
    assert all(d.candidate.voters for d in combination.decisions)
