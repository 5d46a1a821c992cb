"""Whether the scores of judges are worth having: training with and without them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import COMBINERS
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets
from ensemble.training.baselines import Learner
from ensemble.training.cross_validation import YARDSTICKS, counts
from evaluation.statistics.significance import Difference, paired_difference


class Worth(NamedTuple):
    """The gain in the score of a combiner, on held-out segments, by the scores of judges."""

    gain: Difference

    @property
    def is_gain(self) -> bool:
        """Whether the score was higher with them."""
        return float(self.gain.delta) > 0

    def __str__(self) -> str:
        """Return a sentence for the user."""
        low, high, delta = float(self.gain.low), float(self.gain.high), float(self.gain.delta)
        kept = "" if self.is_gain else "; they are left out"
        return f"judges add {delta:+.2g} ({low:+.2g} to {high:+.2g}) on held-out segments{kept}"


def without_judges(name: str) -> str:
    """Return the name, in the report, of the combiner `name` trained without judges."""
    return f"{name} without judges"


def with_and_without(name: str, learner: Learner, ballots: Sequence[Ballot]) -> dict[str, Learner]:
    """Return the `learner` called `name`, and one without judges where it makes a difference."""
    if not COMBINERS.get(name).uses_scores or not any(ballot.scores for ballot in ballots):
        return {name: learner}
    return {name: learner, without_judges(name): partial(_learnt_without, learner)}


def worth(
    outputs: Mapping[str, Sequence[Combination]], targets: Targets, kind: Kind, name: str
) -> Worth | None:
    """Return what judges add to the combiner `name`; `None` where it was not tried without."""
    if without_judges(name) not in outputs:
        return None
    with_judges, without = (counts(outputs[n], targets) for n in (name, without_judges(name)))
    return Worth(paired_difference(with_judges, without, YARDSTICKS[kind].statistic))


def unjudged(ballots: Sequence[Ballot]) -> list[Ballot]:
    """Return `ballots` without the scores of judges."""
    return [replace(ballot, scores={}) for ballot in ballots]


def _learnt_without(learner: Learner, ballots: Sequence[Ballot], targets: Targets) -> Combiner:
    return learner(unjudged(ballots), targets)
