"""What a trained member is held against: itself untrained, its vote, a classifier, an oracle."""

import numpy as np
from numpy.typing import NDArray

from ensemble.candidates import Ballot
from ensemble.diversity.config import CHOOSER, ORACLE, UNTOUCHED, VOTED
from ensemble.diversity.training.chooser import learn
from ensemble.diversity.training.decisions import Choice, Decisions, Places
from ensemble.diversity.training.direct import option_rewards
from ensemble.diversity.training.policy import best
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.training import Task, bar_of

Array = NDArray[np.float64]


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
        CHOOSER: supervised(train, test),
        ORACLE: oracle(test.decisions, untouched),
    }


def most_voted(decisions: Decisions, ballots: list[Ballot], names: list[list[str]]) -> Places:
    """Return the option that most versions agree on, to keep the source among them."""
    votes = []
    for choice in decisions.choices:
        made = [_made(ballots[choice.segment], choice, name) for name in names[choice.segment]]
        votes += [made.count(option) for option in choice.options]
    return best(np.array(votes, dtype=np.float64), decisions.first)


def supervised(train: Task, test: Task) -> Places:
    """Return what a logistic regression on what the policy sees believes in most.

    It takes an option that is more often right than not, the most probable where several are.
    """
    learnt = learn(train.inputs, train.decisions.own[:, 0] == train.decisions.own[:, 1])
    return best(learnt.log_odds(test.inputs).double().numpy(), test.decisions.first)


def oracle(decisions: Decisions, chosen: Places) -> Places:
    """Return the options that the combined F0.5 rises most by, knowing what is right."""
    reward = Reward(terms={"marginal": 1.0})
    for _ in range(5):
        bar = bar_of(chosen_states(decisions, chosen), reward)
        worth = option_rewards(decisions, chosen, reward, bar, 1.0)
        chosen = best(worth, decisions.first)
    return chosen


def _made(ballot: Ballot, choice: Choice, name: str) -> tuple[object, ...]:
    within = {edit for option in choice.options for edit in option}
    return tuple(c.edit for c in ballot.candidates if name in c.voters and c.edit in within)
