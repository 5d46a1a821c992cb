"""Baselines for a trained member: untrained, its versions' vote, a classifier, and an oracle."""

import numpy as np

from ensemble.candidates import Ballot
from ensemble.diversity.config import CHOOSER, ORACLE, UNTRAINED, VOTED
from ensemble.diversity.policy.chooser import learn
from ensemble.diversity.policy.decisions import Decisions, edits_of
from ensemble.diversity.policy.network import best
from ensemble.diversity.training.expected import option_rewards
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.task import Task, target_f_of
from ensemble.types import Integers


def baseline_choices(
    train: Task, test: Task, ballots: list[Ballot], names: list[list[str]]
) -> dict[str, Integers]:
    """Return the option that each baseline takes at each decision of `test`, (d,).

    `ballots` are those of `test`, and `names` the member's versions there.
    """
    first = test.decisions.first
    untrained = best(test.inputs.prior.double().numpy(), first)
    return {
        UNTRAINED: untrained,
        VOTED: most_voted(test.decisions, ballots, names),
        CHOOSER: supervised(train, test),
        ORACLE: oracle(test.decisions, untrained),
    }


def most_voted(decisions: Decisions, ballots: list[Ballot], names: list[list[str]]) -> Integers:
    """Return the option that most versions agree on; to keep the source may be one of them."""
    votes = []
    for choice in decisions.choices:
        made = [edits_of(name, ballots[choice.segment], choice) for name in names[choice.segment]]
        votes += [made.count(option) for option in choice.options]
    return best(np.array(votes, dtype=np.float64), decisions.first)


def supervised(train: Task, test: Task) -> Integers:
    """Return the choices of a logistic regression on the policy's features.

    It takes an option that is more likely right than not, the most probable of several.
    """
    learnt = learn(train.inputs, train.decisions.right)
    return best(learnt.log_odds(test.inputs).double().numpy(), test.decisions.first)


def oracle(decisions: Decisions, chosen: Integers) -> Integers:
    """Return the options that raise the combined F0.5 most, knowing which edits are right."""
    reward = Reward(terms={"marginal": 1.0})
    for _ in range(5):  # the best options depend on the F0.5 that they lead to
        target_f = target_f_of(chosen_states(decisions, chosen), reward)
        values = option_rewards(decisions, chosen, reward, target_f, 1.0)
        chosen = best(values, decisions.first)
    return chosen
