"""Agreement profiles: who is good, as far as it shows without labels; twins share one voice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates import collect_all
from ensemble.competence import Profile
from evaluation.records import Segment

LABELS = "abcd"


def labelled(skills: dict[str, float], n: int = 400, seed: int = 0) -> list[Segment]:
    """Segments whose systems give the right label as often as they are skilled, apart."""
    chance = np.random.default_rng(seed)
    segments = []
    for i in range(n):
        truth = chance.integers(len(LABELS))
        wrong = {name: (truth + chance.integers(1, len(LABELS))) % len(LABELS) for name in skills}
        given = {name: truth if chance.random() < p else wrong[name] for name, p in skills.items()}
        segments.append(Segment(f"text {i}", {name: LABELS[k] for name, k in given.items()}))
    return segments


def profile(segments: list[Segment]) -> Profile:
    return Profile.of(list(collect_all(segments, "labels")))


UNEQUAL = {"strong": 0.9, "middling": 0.6, "weak": 0.5, "weaker": 0.4}


def test_skill_is_found_without_labels():
    found = profile(labelled(UNEQUAL, 4000))
    by_name = dict(zip(found.systems, found.skill, strict=True))
    assert sorted(by_name, key=by_name.__getitem__, reverse=True) == list(UNEQUAL)


def test_a_twin_gains_no_influence():
    segments = labelled(UNEQUAL)
    alone = profile(segments).weights
    twins = profile(
        [Segment(s.source, {**s.hypotheses, "twin": s.hypotheses["strong"]}) for s in segments]
    ).weights
    assert twins["strong"] + twins["twin"] == pytest.approx(alone["strong"])
    for name in ("middling", "weak", "weaker"):
        assert twins[name] == pytest.approx(alone[name])


def test_counts_add_up():
    segments = labelled(UNEQUAL)
    whole, parts = profile(segments), profile(segments[:100]) + profile(segments[100:])
    assert np.array_equal(whole.shared, parts.shared)
    assert np.array_equal(whole.made, parts.made)


def test_those_of_whom_nothing_is_known_count_the_same():
    weights = Profile.unknown(["b", "a", "c"]).weights
    assert list(weights) == ["a", "b", "c"]
    assert len(set(weights.values())) == 1


def test_one_segment_says_little():
    found = profile([Segment("x", {"a": "1", "b": "1", "c": "2"})]).weights
    assert found["a"] == found["b"] > found["c"] > 0.9 * found["a"]


def test_a_system_alone_has_all_the_weight():
    assert profile([Segment("x", {"a": "1"})] * 50).weights == {"a": 1.0}


def test_scaling_keeps_proportions():
    found = profile(labelled(UNEQUAL))
    less = found.scaled(100)
    assert less.made.max() == 100
    assert np.allclose(less.overlap, found.overlap)
    assert np.array_equal(found.scaled(1e9).made, found.made)


@given(
    st.lists(
        st.dictionaries(st.sampled_from("vwxyz"), st.sampled_from("abc"), min_size=1), max_size=30
    )
)
def test_weights_are_shares(answers):
    found = profile([Segment("x", given) for given in answers])
    assert all(0 <= weight <= 1 for weight in found.weights.values())
    assert np.all((found.overlap >= 0) & (found.overlap <= 1))
    assert np.array_equal(found.overlap, found.overlap.T)
    assert np.all((found.skill >= 0) & (found.skill <= 1))
