"""What a trained member is held against: itself untrained, its vote, a classifier, an oracle."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ensemble.candidates import Ballot
from ensemble.diversity.config import CHOOSER, ORACLE, UNTOUCHED, VOTED
from ensemble.diversity.decisions import Choice, Decisions, Places
from ensemble.diversity.direct import option_rewards
from ensemble.diversity.policy import best
from ensemble.diversity.rewards import Reward, chosen_states
from ensemble.diversity.training import Task, bar_of

Array = NDArray[np.float64]

_STRENGTH = 0.1  # of what a logistic regression learns, over its prior
_ORACLE = Reward(terms={"marginal": 1.0})


def rivals(
    train: Task, test: Task, ballots: list[Ballot], names: list[list[str]]
) -> dict[str, Places]:
    """Return the option each rival takes at each decision of `test`, (d,).

    `ballots` are those of `test`, and `names` the member's versions there.
    """
    first = test.decisions.first
    untouched = best(test.inputs.prior.double().numpy(), first)
    return {
        UNTOUCHED: untouched,
        VOTED: most_voted(test.decisions, ballots, names),
        CHOOSER: chooser(train, test),
        ORACLE: oracle(test.decisions, untouched),
    }


def most_voted(decisions: Decisions, ballots: list[Ballot], names: list[list[str]]) -> Places:
    """Return the option that most versions agree on, to keep the source among them."""
    votes = []
    for choice in decisions.choices:
        made = [_made(ballots[choice.segment], choice, name) for name in names[choice.segment]]
        votes += [made.count(option) for option in choice.options]
    return best(np.array(votes, dtype=np.float64), decisions.first)


def chooser(train: Task, test: Task) -> Places:
    """Return what a logistic regression on what the policy sees believes in most.

    It learns which options make right edits only, and takes one that is so more often than not.
    """
    seen, there = _table(train), train.inputs.prior.numpy() != 0
    right = train.decisions.own[there, 0] == train.decisions.own[there, 1]
    if len(set(right.tolist())) < 2:
        return test.decisions.first[:-1]
    mean, spread = seen[there].mean(axis=0), seen[there].std(axis=0) + 0.05
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit((seen[there] - mean) / spread, right)
    belief = model.predict_proba((_table(test) - mean) / spread)[:, 1]
    return best(np.where(test.inputs.prior.numpy() != 0, belief, 0.5), test.decisions.first)


def oracle(decisions: Decisions, chosen: Places) -> Places:
    """Return the options that the combined F0.5 rises most by, knowing what is right."""
    for _ in range(5):
        bar = bar_of(chosen_states(decisions, chosen), _ORACLE)
        worth = option_rewards(decisions, chosen, _ORACLE, bar, 1.0)
        chosen = best(worth, decisions.first)
    return chosen


def _made(ballot: Ballot, choice: Choice, name: str) -> tuple[object, ...]:
    within = {edit for option in choice.options for edit in option}
    return tuple(c.edit for c in ballot.candidates if name in c.voters and c.edit in within)


def _table(task: Task) -> Array:
    prior, values, voices, traits = (part.numpy() for part in task.inputs)
    shared = (voices[:, :, None] * traits[:, None, :]).reshape(len(prior), -1)
    own = prior[:, None] > 0
    return np.concatenate([own, values, voices, traits, shared], axis=1).astype(np.float64)
