"""Laws every combiner keeps, on any systems and any texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemble.baselines import BASELINES
from ensemble.candidates import collect, collect_all
from ensemble.combiner import combine
from ensemble.decode import Combination
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


CORPORA = st.lists(segments(), min_size=1, max_size=4)
KINDS = {"vote": "edits", "agreement": "edits", "best-single": "edits", "mbr": "texts"}


def outputs(corpus: list[Segment], name: str) -> list[str]:
    return [output.text for output in combinations(corpus, name, KINDS[name])]


def combinations(corpus: list[Segment], name: str, kind: str) -> list[Combination]:
    ballots = list(collect_all(corpus, kind))
    fitted = BASELINES[name]().fit(ballots)
    return [combine(ballot, fitted) for ballot in ballots]


@pytest.mark.parametrize("name", KINDS)
@given(source=TEXT, text=TEXT, n=st.integers(1, 6))
def test_where_all_agree_that_is_the_output(name, source, text, n):
    segment = Segment(source, {f"s{i}": text for i in range(n)})
    assert outputs([segment], name) == [text]


@pytest.mark.parametrize("name", KINDS)
@given(source=TEXT, text=TEXT)
def test_one_system_gives_its_own_text(name, source, text):
    assert outputs([Segment(source, {"only": text})], name) == [text]


@pytest.mark.parametrize("name", KINDS)
@given(corpus=CORPORA, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_systems_does_not_matter(name, corpus, shuffle):
    def shuffled(segment: Segment) -> Segment:
        items = list(segment.hypotheses.items())
        shuffle.shuffle(items)
        return Segment(segment.source, dict(items))

    assert outputs(corpus, name) == outputs([shuffled(s) for s in corpus], name)


@pytest.mark.parametrize("name", KINDS)
@given(corpus=CORPORA)
def test_every_token_of_the_output_is_in_the_source_or_a_hypothesis(name, corpus):
    for segment, output in zip(corpus, outputs(corpus, name), strict=True):
        known = {token for text in segment.hypotheses.values() for token in tokenise(text or "")}
        known |= set(tokenise(segment.source))
        # A token may lose or gain a space before it where it comes to stand elsewhere.
        assert {token.strip() for token in tokenise(output)} <= {t.strip() for t in known} | {""}


@given(corpus=CORPORA)
def test_a_batch_gives_what_single_segments_give(corpus):
    for name in ("vote", "mbr"):
        assert outputs(corpus, name) == [outputs([segment], name)[0] for segment in corpus]


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
    for output in combinations(corpus, name, "labels" if name != "mbr" else "texts"):
        assert all(0 <= decision.probability <= 1 for decision in output.decisions)


@given(segment=segments())
def test_every_candidate_has_a_voter_and_a_decision(segment):
    ballot = collect(segment, "edits")
    combination = combine(ballot, BASELINES["vote"]())
    assert [d.candidate for d in combination.decisions] == list(ballot.candidates)
    assert all(d.candidate.voters for d in combination.decisions)
