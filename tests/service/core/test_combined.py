"""The law of what a process sends back: it is what a combination in this process is."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.combiners.base import combine
from ensemble.combiners.registry import create, stateless
from evaluation.data.class_probabilities import segment_of
from service.core.combined import Combined
from service.core.combining import combine_segment

_WORDS = st.lists(st.sampled_from(["a", "the", "cat", "cats", "sat", ".", "手", "e-mail"]))
_TEXT = _WORDS.map(" ".join)


def _sent(combined: Combined) -> Combined:
    return pickle.loads(pickle.dumps(combined))


def _combined(source: str, outputs: dict[str, object], kind: str, combiner: str) -> Combined:
    return combine_segment(segment_of(source, outputs), kind, create(combiner), "keep", ())


@pytest.mark.parametrize("combiner", stateless())
@given(source=_TEXT, outputs=st.lists(st.none() | _TEXT, min_size=1, max_size=5))
def test_another_process_makes_the_same(
    combiner: str, source: str, outputs: list[str | None]
) -> None:
    named = {f"system{i}": output for i, output in enumerate(outputs)}
    for kind in create(combiner).kinds:
        combined = _combined(source, named, kind, combiner)
        sent = _sent(combined)
        assert sent == combined
        assert combine(sent.ballot, create(combiner)) == combined.combination


@pytest.mark.parametrize(
    "outputs",
    [
        {"a": {"yes": 0.6, "no": 0.4}, "b": "no"},
        {"a": {"yes": 0.5, "no": 0.5}, "b": {"maybe": 1.0}},
        {"a": None, "b": None},
    ],
)
def test_labels_keep_their_probabilities(outputs: dict[str, object]) -> None:
    combined = _combined("Is it?", outputs, "labels", "vote")
    assert _sent(combined) == combined


@pytest.mark.parametrize("same", [True, False])
def test_decisions_share_the_candidates_of_the_ballot_where_they_decide_on_those(
    same: bool,
) -> None:
    texts = {"a": "The cat sat down .", "b": "The cats sat .", "c": "A cat sat down ."}
    kind, combiner = ("edits", "vote") if same else ("texts", "fuse")
    sent = _sent(_combined("Cat sat .", texts, kind, combiner))
    pairs = zip(sent.ballot.candidates, sent.combination.decisions, strict=False)
    assert sent.combination.decisions
    assert all((candidate is decision.candidate) == same for candidate, decision in pairs)
