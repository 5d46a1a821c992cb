"""Reliability of systems at labels, from their agreement alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.reliability import Reliability

SKILLS = (0.95, 0.8, 0.6, 0.5)

answers = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz\0"), max_size=4), max_size=12
)


def simulated(n, labels, skills=SKILLS, seed=0):
    """Labels of systems that are right as often as `skills` says, and wrong at random."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(labels, size=n)
    return truth, [
        {
            f"s{j}": str(t if chance.random() < skill else chance.integers(labels))
            for j, skill in enumerate(skills)
        }
        for t in truth.tolist()
    ]


@pytest.mark.parametrize("labels", [3, 20, 1000])
def test_skills_are_found(labels):
    _, answered = simulated(2000, labels)
    found = Reliability.estimate(answered)
    expected = [skill + (1 - skill) / labels for skill in SKILLS]
    assert [found.skills[f"s{j}"] for j in range(4)] == pytest.approx(expected, abs=0.05)


def test_as_many_labels_as_segments():
    truth, answered = simulated(10_000, 5_000)
    found = Reliability.estimate(answered)
    posteriors = list(map(found.posterior, answered))
    chosen = [max(p, key=p.get) for p in posteriors]
    right = np.mean([label == str(t) for label, t in zip(chosen, truth, strict=True)])
    # The label that two systems or more agree on, else that of the best system.
    assert right > np.mean([a["s0"] == str(t) for a, t in zip(answered, truth, strict=True)])


@given(answers)
def test_posteriors_are_probabilities_of_the_labels_given(answered):
    found = Reliability.estimate(answered)
    assert sum(found.prior.values()) == pytest.approx(1 if any(answered) else 0)
    for answer in answered:
        posterior = found.posterior(answer)
        assert set(posterior) == set(answer.values())
        assert sum(posterior.values()) == pytest.approx(1 if answer else 0)


@given(answers)
def test_names_do_not_matter(answered):
    renamed = [{f"{name}!": f"{label}!" for name, label in one.items()} for one in answered]
    found, other = Reliability.estimate(answered), Reliability.estimate(renamed)
    assert {f"{k}!": v for k, v in found.skills.items()} == pytest.approx(other.skills)
    assert {f"{k}!": v for k, v in found.prior.items()} == pytest.approx(other.prior)


def test_a_system_that_is_unknown_has_no_say():
    found = Reliability.estimate([{"a": "x", "b": "x"}, {"a": "y", "b": "y"}])
    assert found.posterior({"a": "x", "new": "y"}) == {"x": 1.0}
