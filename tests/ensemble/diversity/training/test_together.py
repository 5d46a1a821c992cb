"""Samples that vote together: counted exactly, credited one by one, and learnt from."""

from collections import Counter
from functools import partial
from itertools import pairwise, product
from math import comb

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.diversity.assessment.experiment_data import MEMBER, ExperimentData
from ensemble.diversity.config import Config, Experiment
from ensemble.diversity.data.dataset import Dataset, Versions
from ensemble.diversity.policy import sample_sets
from ensemble.diversity.policy.effects import Ensemble
from ensemble.diversity.policy.kinds import Edits
from ensemble.diversity.policy.network import log_softmax
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.episodes import Episodes
from ensemble.diversity.training.expected import expected_rewards
from ensemble.diversity.training.rewards import Reward, f_score
from ensemble.diversity.training.task import Plan, Task, choose
from evaluation.errors import InputError
from evaluation.execution.progress import Step
from evaluation.metrics.correction import gold_from_references
from tests.ensemble.diversity.conftest import CONFIG, OTHERS, toy

PLANS = {
    "expectation": Plan(method="expectation", steps=60, every=10),
    "group": Plan(method="group", steps=8192, every=2048, rate=0.05, slots=48, group=6),
}


def configured(samples: int, term: str = "sentence marginal") -> tuple[Config, Reward]:
    reward = {"terms": {term: 1}, "together": samples}
    lesson = {"reward": reward, "plan": {"method": "expectation"}}
    config = Config.model_validate({**CONFIG, "lessons": {"together": lesson}, "weight": 2})
    return config, Reward.model_validate(reward)


def task_of(config: Config, dataset: Dataset, untrained: str) -> Task:
    part = (known := ExperimentData(config, dataset)).prepare(np.arange(len(dataset.sources)))
    assert known.vote.weight(MEMBER) == config.weight
    return part.task(Observer.of(part.visible, untrained, None))


class Sets:
    """Whole samples of the one segment, combined by a vote of their own; and their rewards."""

    def __init__(self, config: Config, task: Task, term: str = "sentence marginal") -> None:
        known = ExperimentData(config, toy(1))
        self.ballot, self.vote = known.ballots[0], known.vote
        values = zip(self.ballot.candidates, known.targets.values[0], strict=True)
        self.right = {c.edit for c, value in values if value}
        self.options = [option for choice in task.decisions.choices for option in choice.options]
        self.gold, self.term = task.decisions.gold, term
        self.known: dict[tuple[tuple[int, ...], ...], float] = {}

    def value(self, samples) -> float:
        """The reward of the samples' options (k, d), whatever their order."""
        key = tuple(sorted(tuple(map(int, sample)) for sample in samples))
        if key not in self.known:
            self.known[key] = self._value(key)
        return self.known[key]

    def _value(self, samples) -> float:
        made = {
            f"sample {i}": tuple(edit for place in sample for edit in self.options[place])
            for i, sample in enumerate(samples)
        }
        ballot = Ensemble(list(OTHERS), MEMBER, self.vote, Edits()).joined(self.ballot, made)
        vote = Majority(weights=dict.fromkeys(made, self.vote.weight(MEMBER)))
        taken = [d.candidate.edit for d in combine_all([ballot], vote)[0].decisions if d.accepted]
        right, made_in_all = sum(edit in self.right for edit in taken), len(taken)
        if self.term == "marginal":
            return 1.25 * right - 0.5 * made_in_all
        return float(f_score(np.array([right]), np.array([made_in_all]), self.gold)[0])


@pytest.mark.parametrize("term", ["sentence marginal", "marginal"])
@pytest.mark.parametrize("samples", [2, 3])
def test_the_expected_reward_of_a_set_is_the_mean_over_all_samples(term, samples) -> None:
    config, reward = configured(samples, term)
    task = task_of(config, toy(1), "eager")
    scores = torch.from_numpy(np.random.default_rng(2).normal(size=task.decisions.first[-1]))
    log_p = log_softmax(scores, task.decision, len(task.decisions.segment))
    sets, value = task.sets_of(samples), Sets(config, task, term).value
    first = task.decisions.first
    places = [range(a, b) for a, b in pairwise(first)]
    whole = list(product(*places))
    kept = value([tuple(first[:-1])] * samples)
    mean = sum(
        float(log_p[torch.tensor(drawn)].sum().exp()) * (value(drawn) - kept)
        for drawn in product(whole, repeat=samples)
    )
    of_sets = sets.log_probabilities(log_p)
    assert expected_rewards(of_sets, sets.decisions, reward, 0.5) == pytest.approx([mean])


def test_orders_and_probabilities_of_sets_add_up() -> None:
    config, _ = configured(3)
    sets = task_of(config, toy(2), "eager").sets_of(3)
    sizes = np.diff(sets.decisions.first)
    assert sizes.tolist() == [comb(2 + 3 - 1, 3)] * len(sizes)
    orders = np.exp(sets.log_orders).round().astype(int)
    assert Counter(orders.tolist()) == {1: len(orders) // 2, 3: len(orders) // 2}


def test_a_sample_is_credited_with_what_its_set_loses_without_it() -> None:
    config, reward = configured(3)
    task = task_of(config, toy(1), "eager")
    first, chance = task.decisions.first, np.random.default_rng(5)
    value = Sets(config, task).value
    for _ in range(10):
        episodes = Episodes(task, reward, slots=3, seed=0, group=3)
        drawn = first[:-1] + chance.integers(0, np.diff(first), (3, len(first) - 1))
        earned = sum(
            episodes.step(drawn[:, place] - first[place])[0] for place in range(len(first) - 1)
        )
        kept = [tuple(first[:-1])] * 3
        nothing = value(kept) - value(kept[1:])
        expected = [value(drawn) - value(np.delete(drawn, i, axis=0)) - nothing for i in range(3)]
        assert earned == pytest.approx(expected)


@pytest.mark.parametrize("method", PLANS)
def test_samples_learn_to_make_together_what_one_alone_cannot(method: str, tmp_path) -> None:
    """Three idle systems outvote one sample, but not three."""
    sources = [f"teh cat saw it {i} ." for i in range(20)]
    right = [f"the cat saw it {i} ." for i in range(20)]
    versions = [{"eager": r, "lazy": s} for r, s in zip(right, sources, strict=True)]
    idle = dict.fromkeys(OTHERS, sources)
    dataset = Dataset(
        sources, idle, Versions(versions), gold_from_references(sources, [[r] for r in right])
    )
    train = direct.train
    if method == "group":
        train = pytest.importorskip("ensemble.diversity.training.ppo", exc_type=ImportError).train
    chosen = []
    for samples in (1, 3):
        config, reward = configured(samples, "marginal")
        task = task_of(config.model_copy(update={"weight": 1.0}), dataset, "lazy")
        file = tmp_path / "run.checkpoint"
        policy, _ = train(
            task, task, reward, PLANS[method], 0, Checkpoint(file, "run"), partial(map, Step)
        )
        chosen.append(set((choose(policy, task) - task.decisions.first[:-1]).tolist()))
    assert chosen == [{0}, {1}]


@pytest.mark.parametrize(
    ("reward", "plan", "fault"),
    [
        ({"terms": {"quality": 1}}, {}, "quality is about the member's own: use best_of"),
        ({"terms": {"combined metric": 1}}, {}, "combined metric: use best_of"),
        ({"terms": {"marginal": 1}, "best_of": 2}, {}, "by best_of or by together, not by both"),
        ({"terms": {"marginal": 1}}, {"method": "ppo"}, "together needs the method expectation"),
        ({"terms": {"marginal": 1}}, {"method": "group"}, "must be a multiple of together"),
    ],
)
def test_a_set_that_cannot_be_scored_is_refused(reward, plan, fault) -> None:
    plan = {"method": "expectation", **plan}
    with pytest.raises(ValidationError, match=fault):
        Experiment.model_validate({"reward": {"together": 3, **reward}, "plan": plan})


def test_sets_are_of_the_vote_and_bounded(monkeypatch) -> None:
    config, _ = configured(3)
    with pytest.raises(ValidationError, match="by the combiner vote, not neural"):
        Config.model_validate({**config.model_dump(), "combiner": "neural"})
    monkeypatch.setattr(sample_sets, "MOST", 3)
    with pytest.raises(InputError, match="3 samples of 2 options are 4 sets"):
        task_of(config, toy(1), "eager")
