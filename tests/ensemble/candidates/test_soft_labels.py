"""Labels from class probabilities: the votes, the spellings, and labels without voters."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect, collect_all
from ensemble.candidates.labels import MOST_UNVOTED, beliefs
from ensemble.combiners.base import combine
from ensemble.combiners.registry import create
from ensemble.targets import fingerprint, from_references
from evaluation.data.class_probabilities import segment_of
from evaluation.records import Segment
from tests.raising import raises_code

LABELS = st.sampled_from(["spam", "ham", " ham", "Ham", "other", "\u200b"])
DISTRIBUTIONS = st.dictionaries(LABELS, st.integers(1, 9), min_size=1).map(
    lambda weights: {label: weight / sum(weights.values()) for label, weight in weights.items()}
)


def candidates(case="keep", **outputs):
    ballot = collect(segment_of("x", outputs), "labels", label_case=case)
    return {c.replacement: (c.voters, dict(c.probabilities)) for c in ballot.candidates}


def test_a_system_votes_for_its_most_probable_class():
    assert candidates(a={"ham": 0.3, "spam": 0.6}, b="ham", c={"ham": 0.5, "spam": 0.5}) == {
        "spam": (("a",), {"a": 0.6, "c": 0.5}),
        "ham": (("b", "c"), {"a": 0.3, "c": 0.5}),
    }


def test_a_class_that_no_system_finds_the_most_probable_has_no_voters():
    found = candidates(a={"spam": 0.6, "other": 0.4}, b={"ham": 0.9, "other": 0.1, "none": 0.0})
    assert list(found) == ["spam", "ham", "other"]
    assert found["other"] == ((), {"a": 0.4, "b": 0.1})


def test_of_many_classes_without_voters_the_most_probable_are_candidates():
    many = {f"c{i}": i / 1000 for i in range(1, 31)}
    found = candidates(a={"spam": 0.5, **many}, b={"spam": 0.5, "c1": 0.4})
    assert list(found) == ["spam", "c1", *(f"c{i}" for i in range(22, 31))]
    assert len(found) == 1 + MOST_UNVOTED


def test_spellings_of_one_label_add_up_before_the_most_probable_is_taken():
    given = {"a": {"ham": 0.4, "spam": 0.3, " spam\u200b": 0.2, "Spam": 0.1}, "b": "spam"}
    assert candidates(**given)["spam"] == (("a", "b"), {"a": pytest.approx(0.5)})
    assert candidates("ignore", **given)["spam"] == (("a", "b"), {"a": pytest.approx(0.6)})
    assert list(candidates(**given)) == ["spam", "ham", "Spam"]


def test_sums_over_spellings_do_not_break_a_tie():
    # In floating point, 0.1 + 0.2 is more than 0.3.
    assert list(candidates(a={"ham": 0.3, "spam": 0.1, "spam ": 0.2})) == ["ham", "spam"]


def test_a_sum_above_one_by_rounding_is_scaled():
    total = sum(belief.probability for belief in beliefs({"a": 0.505, "b": 0.505}).values())
    assert total == pytest.approx(1)


def test_an_invisible_class_is_not_a_label():
    assert candidates(a={"spam": 0.6, "\u200b": 0.4}) == {"spam": (("a",), {"a": 0.6})}
    assert candidates(a={"spam": 0.4, "\u200b": 0.6}, b="ham") == {"ham": (("b",), {})}


@pytest.mark.parametrize("kind", ["edits", "texts"])
def test_class_probabilities_are_for_labels(kind):
    segment = segment_of("x", {"a": "x", "b": {"spam": 1.0}})
    with raises_code("invalid-option") as error:
        collect(segment, kind)
    assert error.match(f"^b gives an integer or class probabilities.*not to {kind}")
    with raises_code("invalid-option") as error:
        list(collect_all([Segment("x", {"a": "x"}), segment], kind))
    assert error.match("^segment 2: b gives")


@given(st.lists(DISTRIBUTIONS | LABELS, min_size=1, max_size=4))
def test_probabilities_of_a_system_sum_to_at_most_one(outputs):
    ballot = collect(segment_of("x", dict(zip("abcd", outputs, strict=False))), "labels")
    for name in ballot.systems:
        total = math.fsum(dict(c.probabilities).get(name, 0.0) for c in ballot.candidates)
        assert total <= 1 + 1e-9
    voters = [name for c in ballot.candidates for name in c.voters]
    assert sorted(voters) == list(ballot.systems)


@pytest.mark.parametrize("name", ["vote", "agreement", "best-single", "dawid-skene"])
@given(st.lists(st.lists(DISTRIBUTIONS | LABELS, min_size=3, max_size=3), min_size=1, max_size=4))
def test_other_combiners_take_probabilities_as_the_votes_they_are(name, rows):
    soft = [segment_of("x", dict(zip("abc", row, strict=True))) for row in rows]
    ballots = list(collect_all(soft, "labels"))
    hard = [
        Segment("x", {v: c.replacement for c in ballot.candidates for v in c.voters})
        for ballot in ballots
    ]
    # In the order of the systems, which settles ties.
    hard = [Segment("x", dict(sorted(segment.hypotheses.items()))) for segment in hard]
    plain = list(collect_all(hard, "labels"))
    fitted, other = create(name).fit(ballots), create(name).fit(plain)
    for ballot, votes in zip(ballots, plain, strict=True):
        combination, expected = combine(ballot, fitted), combine(votes, other)
        assert combination.text == expected.text
        voted = [d for d in combination.decisions if d.candidate.voters]
        assert [d.probability for d in voted] == [d.probability for d in expected.decisions]


def test_probabilities_are_not_in_the_fingerprint_of_training_data():
    def digest(share: float) -> str:
        segment = segment_of("x", {"a": {"spam": share}, "b": "ham"})
        ballots = list(collect_all([segment], "labels"))
        return fingerprint(ballots, from_references(ballots, [["spam"]]))

    plain = list(collect_all([Segment("x", {"a": "spam", "b": "ham"})], "labels"))
    assert digest(0.6) == digest(0.7) == fingerprint(plain, from_references(plain, [["spam"]]))
