"""The laws of a reward: every registered one keeps them, and `check_reward` tries one of yours."""

from dataclasses import replace

import numpy as np

from ensemble.combiners.majority import Majority
from ensemble.diversity.data.dataset import Dataset, Versions
from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.effects import Ensemble, option_effects, whole_outputs
from ensemble.diversity.policy.kinds import KINDS, OutputKind
from ensemble.diversity.training.expected import option_rewards, row_rewards
from ensemble.diversity.training.rewards import Reward, State, chosen_states, start
from ensemble.diversity.training.rewards.options import Options
from ensemble.diversity.training.rewards.registry import (
    count_quantities,
    registered,
    value_of,
)
from ensemble.diversity.training.rewards.whole import with_whole
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric

_SOURCE, _TARGET = "He go to scool {} times .", "He goes to school {} times ."
_OTHERS = {"grammar": "He goes to scool {} times .", "speller": "He go to school {} time ."}
_VERSIONS = {"eager": "He goes to school {} time .", "odd": "He go too scool {} times ."}
_SEGMENTS = 6
_TARGETS = (0.0, 0.5, 1.0)


def check_reward(term: str, *, seed: int = 0) -> None:
    """Check that a registered reward does what training relies on.

    Its value is one finite number a segment, the same at each call, which does not depend on the
    other segments; it changes nothing it is given. An option that chooses nothing is worth 0,
    and so is a policy that never chooses anything. What the steps of an episode earn adds up to the
    value of the chosen options. Where it is registered as additive, that is the sum of what they
    are worth alone. All that holds for each kind of output.

    Args:
        term: its name, with options or without, as in `quality:beta=1`.
        seed: of the states it is tried on.

    Raises:
        AssertionError: naming the law that it breaks.
        ValueError: the reward or the option is unknown.
    """
    for kind in KINDS.values():
        decisions = _decisions(term, kind())
        chance = np.random.default_rng(seed)
        for state in (_random_states(decisions, chance), start(decisions, np.arange(_SEGMENTS))):
            for target_f in _TARGETS:
                _check_value(term, state, target_f)
        _check_unchanged(term, decisions)
        _check_steps(term, decisions, chance)
        if registered(term).additive:
            _check_additive(term, decisions)


def _check_value(term: str, state: State, target_f: float) -> None:
    value = value_of(term)
    before = state.to_lists()
    values = value(state, target_f)
    r = len(state.gold)
    assert values.shape == (r,), f"its value has the shape {values.shape}, not ({r},)"
    assert np.isfinite(values).all(), "its value is not a finite number"
    assert np.array_equal(values, value(state, target_f)), "asked again, it has another value"
    assert state.to_lists() == before, "it changes the state that it is given"
    alone = [float(value(state.rows(np.array([row])), target_f)[0]) for row in range(r)]
    assert np.allclose(values, alone), "the value of a segment depends on the other segments"


def _check_unchanged(term: str, decisions: Decisions) -> None:
    """To choose nothing anywhere is worth nothing, whatever a step would be worth."""
    keeping = decisions.first[:-1]
    for name, counted in decisions.quantities.items():
        kept = counted[keeping]
        assert not kept.any(), f"its quantity {name!r} is not 0 where nothing is chosen"
    reward = Reward(terms={term: 1.0})
    worth = option_rewards(decisions, keeping, reward, 0.5, 0.0)
    assert np.isfinite(worth).all(), "an option is not worth a finite number"
    assert not worth[keeping].any(), "an option that chooses nothing is not worth 0"


def _check_steps(term: str, decisions: Decisions, chance: np.random.Generator) -> None:
    """The rewards of the steps, one after the other, add up to the value of the options."""
    reward = Reward(terms={term: 1.0})
    segments = np.arange(len(decisions.gold))
    chosen = decisions.first[:-1] + chance.integers(np.diff(decisions.first))
    begin, state = start(decisions, segments), start(decisions, segments)
    earned = np.zeros(len(segments))
    for segment, option in zip(decisions.segment, chosen, strict=True):
        row = np.array([segment])
        before = state.rows(row)
        after = before.plus(decisions, np.array([option]))
        earned[segment] += (reward.total(after, 0.5, 0.0) - reward.total(before, 0.5, 0.0))[0]
        state.put(row, after)
    end = chosen_states(decisions, chosen)
    gain = reward.total(end, 0.5, 0.0) - reward.total(begin, 0.5, 0.0)
    assert np.allclose(earned, gain), "what steps earn does not add up to the value of the whole"


def _check_additive(term: str, decisions: Decisions) -> None:
    """Every joint choice is worth the sum of what its options are worth beside the source."""
    reward = Reward(terms={term: 1.0})
    for target_f in _TARGETS:
        alone = option_rewards(decisions, decisions.first[:-1], reward, target_f, 0.0)
        together = row_rewards(decisions, reward, target_f, 0.0)
        summed = decisions.joint.sums(alone)
        assert np.allclose(together, summed), "it is registered as additive, but is not"


def _decisions(term: str, kind: OutputKind) -> Decisions:
    """Return the decisions of a small member, with what the reward of `term` counts."""
    numbers = range(_SEGMENTS)
    sources = [_SOURCE.format(n) for n in numbers]
    references = [[_TARGET.format(n)] for n in numbers]
    dataset = Dataset(
        sources,
        {name: [text.format(n) for n in numbers] for name, text in _OTHERS.items()},
        Versions([{name: text.format(n) for name, text in _VERSIONS.items()} for n in numbers]),
        gold_from_references(sources, references),
        references=references,
    )
    ballots = kind.ballots(dataset.segments())
    found = kind.choices(ballots, [list(_VERSIONS)] * _SEGMENTS)
    ensemble = Ensemble(list(_OTHERS), "member", Majority(), kind)
    decisions = option_effects(ballots, kind.targets(ballots, dataset), found, ensemble)
    reward = registered(term)
    metric = load_metric("levenshtein") if reward.needs_metric else None
    if reward.quantity is not None:
        options = Options.of(dataset, ballots, found, kind, metric)
        return replace(decisions, quantities=count_quantities([reward.name], options))
    if reward.whole is not None:
        texts = whole_outputs(ballots, decisions, ensemble)
        return with_whole(decisions, [reward.name], dataset, texts, kind, metric)
    return decisions


def _random_states(decisions: Decisions, chance: np.random.Generator) -> State:
    """Return states of segments with up to nine edits, some of which are right and shared."""
    systems = decisions.others.shape[1]
    made, absent, combined, gold = chance.integers(0, 10, (4, _SEGMENTS))
    others = chance.integers(0, 10, (_SEGMENTS, systems))
    return State(
        own=np.stack([chance.integers(0, np.minimum(made, gold) + 1), made], axis=1).astype(float),
        shared=chance.integers(0, np.minimum(made[:, None], others) + 1).astype(float),
        absent=np.stack([chance.integers(0, np.minimum(absent, gold) + 1), absent], axis=1).astype(
            float
        ),
        combined=np.stack(
            [chance.integers(0, np.minimum(combined, gold) + 1), combined], axis=1
        ).astype(float),
        gold=gold.astype(float),
        others=others.astype(float),
        quantities={
            name: chance.integers(0, len(decisions.whole[name]), _SEGMENTS).astype(float)
            if name in decisions.whole
            else chance.normal(size=_SEGMENTS)
            for name in decisions.quantities
        },
        whole=decisions.whole,
    )
