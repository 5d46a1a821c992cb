"""`check_combiner` finds combiners that break a law, and says which."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.registry import COMBINERS, register
from ensemble.combiners.trainable import State, Trainable
from ensemble.competence import Profile
from ensemble.testing import check_combiner
from evaluation.errors import InputError


class Sound(Combiner):
    """Each candidate's share of the votes."""

    name, all_kinds = "sound", ("edits",)

    def judge_one(self, ballot):
        shares = [len(c.voters) / len(ballot.systems) for c in ballot.candidates]
        return Verdict(shares, 0.5)


class TooFew(Sound):
    def judge_one(self, ballot):
        return Verdict([1.0][: len(ballot.candidates)], 0.5)


class TooHigh(Sound):
    def judge_one(self, ballot):
        return Verdict([len(c.voters) for c in ballot.candidates], 0.5)


class Batched(Sound):
    def judge(self, ballots):
        return [Verdict([1 / len(ballots)] * len(b.candidates), 0.5) for b in ballots]


class OrderedOutputs(Sound):
    """Texts are in the order in which a segment has its systems."""

    all_kinds = ("texts",)

    def judge_one(self, ballot):
        return Verdict([1.0, *[0.0] * len(ballot.candidates)][: len(ballot.candidates)], 0.5)


class Silent(Sound):
    def judge(self, ballots):
        return [self.judge_one(ballot) for ballot in ballots or [None]]

    def judge_one(self, ballot):
        return super().judge_one(ballot) if ballot else Verdict([], 0.5)


class Hasty(Sound):
    def settled(self, incomplete):
        return True


class Forgetful(Sound):
    """Judges by the last ballots it was fitted to, which its signature does not name."""

    def __init__(self, n=0):
        self.n = n

    def fit(self, ballots):
        return Forgetful(len(ballots))

    def judge_one(self, ballot):
        return Verdict([1 / (1 + self.n)] * len(ballot.candidates), 0.5)


class Mutable(Sound):
    n = 0

    @property
    def signature(self):
        return f"mutable|{self.n}"

    def fit(self, ballots):
        self.n = len(ballots)
        return self


class Random(Sound):
    def judge_one(self, ballot):
        return Verdict(np.random.default_rng().random(len(ballot.candidates)).tolist(), 0.5)


class Bound(Sound):
    def __init__(self):
        self.weigh = lambda: 1.0


class Negative(Sound):
    def weight(self, system):
        return -1.0


class Calibrating(Sound):
    """Says that it is calibrated as soon as it is fitted."""

    def __init__(self, is_fitted=False):
        self.is_fitted = is_fitted

    @property
    def is_calibrated(self):
        return self.is_fitted

    def fit(self, ballots):
        return Calibrating(True)


def test_a_sound_combiner_passes():
    check_combiner(Sound())


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (TooFew, "1 probabilities, not"),
        (TooHigh, "not from 0 to 1"),
        (Batched, "judged alone"),
        (OrderedOutputs, "another order"),
        (Silent, "no ballots"),
        (Hasty, "settled without"),
        (Forgetful, "the same signature"),
        (Mutable, "fit changes the combiner"),
        (Random, "gives other verdicts"),
        (Negative, "the weight of able is -1"),
        (Calibrating, "without labels, calibrates it"),
    ],
)
def test_a_combiner_that_breaks_a_law_is_told_which(broken, law):
    with pytest.raises(AssertionError, match=law):
        check_combiner(broken())


def test_a_combiner_that_cannot_be_sent_to_a_worker_is_found():
    with pytest.raises((AttributeError, TypeError), match=r"pickle|local"):
        check_combiner(Bound())


@dataclass(frozen=True)
class Accepting(Trainable):
    """Takes each system's proposals by a rate that it learns."""

    rate: float | None = None

    @property
    def is_trained(self):
        return self.rate is not None

    @classmethod
    def learn(cls, ballots, targets, *, seed=0, context=None):
        return cls("edits", Profile.of(ballots), "unsaved", rate=float(targets.flat.mean()))

    def judge_one(self, ballot):
        return Verdict([self.rate or 0.0] * len(ballot.candidates), 0.3)

    def state(self):
        return State({"rate": self.rate}, {})

    @classmethod
    def from_state(cls, trained_on, state):
        return cls(*trained_on, rate=float(state.facts["rate"]))


class Deaf(Accepting):
    """Learns nothing."""

    @classmethod
    def learn(cls, ballots, targets, *, seed=0, context=None):
        return cls("edits", Profile.of(ballots))


class Unseeded(Accepting):
    """Learns without a seed."""

    @classmethod
    def learn(cls, ballots, targets):
        return super().learn(ballots, targets)


class Lossy(Accepting):
    """Saves another rate."""

    def state(self):
        return State({"rate": 0.25}, {})


class Trusting(Accepting):
    """Takes any state."""

    @classmethod
    def from_state(cls, trained_on, state):
        return cls(*trained_on, rate=state.facts.get("rate"))


class Fickle(Accepting):
    """Learns a random rate."""

    @classmethod
    def learn(cls, ballots, targets, *, seed=0, context=None):
        learnt = super().learn(ballots, targets)
        return replace(learnt, rate=float(np.random.default_rng().random()))


@pytest.mark.parametrize(
    ("trainable", "law"),
    [
        (Deaf, "it is not trained after learning"),
        (Lossy, "read again, it gives other verdicts"),
        (Trusting, "a state that is not its own"),
        (Unseeded, "`consort train` calls learn.*: got an unexpected keyword argument 'seed'"),
        (Fickle, "trained again on the same data"),
    ],
)
def test_a_trainable_combiner_that_breaks_a_law_is_told_which(trainable, law):
    with COMBINERS.restored():
        register("toy", kinds=("edits",), needs_labels=True)(trainable)
        with pytest.raises(AssertionError, match=law):
            check_combiner("toy")


def test_a_sound_trainable_combiner_passes():
    with COMBINERS.restored():
        register("toy", kinds=("edits",), needs_labels=True)(Accepting)
        check_combiner("toy")


def test_a_combiner_that_is_not_registered_has_no_check():
    with pytest.raises(InputError) as error:
        check_combiner("nonsense")
    assert error.value.code == "unknown-name"
