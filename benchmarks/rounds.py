"""Rewards by the ensemble that a member will meet: the vote, a trained combiner, one trained again.

A member is trained on BEA-dev by the reward `marginal`, in the design that `benchmarks.rewards` has
chosen on CoNLL-2014, in three ensembles: the vote; a neural combiner that was trained with the
untouched member; and the same in three rounds, in which the combiner is trained again with the
member of the round before. Each member is then tested in three: the vote, the neural combiner of
the untouched member, and a neural combiner that is trained again with the member that is tested.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks import design
from benchmarks.table import data, publish
from ensemble.diversity.assessment.baselines import supervised
from ensemble.diversity.assessment.ensembles import train_neural
from ensemble.diversity.assessment.experiment_data import ExperimentData, labelled_ballots
from ensemble.diversity.assessment.judging import texts_of
from ensemble.diversity.assessment.rounds import Round, first_round, train_in_rounds
from ensemble.diversity.assessment.trial import with_chooser
from ensemble.diversity.config import CHOOSER, NEURAL, UNTRAINED, VOTE
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.data.split import Parts, split
from ensemble.diversity.policy.network import best
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.task import choose
from ensemble.types import Array, Integers
from evaluation.execution.progress import quietly
from evaluation.metrics.fscore import f_half
from evaluation.statistics.significance import bootstrap, paired_difference

COMMAND = "python -m benchmarks.rounds"
DESIGN, HOLD, ROUNDS, SEEDS = ("chooser", 2), 0.1, 3, 5
LESSON = {
    "reward": {"terms": {"marginal": 1}},
    "plan": {"method": "expectation", "hold": HOLD},
}
REWARDED = ("rewarded by the vote", "by neural", f"by neural, {ROUNDS} rounds")
JUDGES = ("vote", "neural of the untouched", "neural trained again")

Counts = Mapping[tuple[str, str], Array]
"""The combined output's right, made and gold edits, (m, 3), by judge and by member."""


class Studies(NamedTuple):
    """The same data with the vote, with a neural combiner, and with one in rounds."""

    vote: ExperimentData
    neural: ExperimentData
    rounds: ExperimentData


def main() -> None:
    """Print the table after each seed: a seed takes minutes."""
    data()
    config = design.configured("bea_dev", DESIGN, {"marginal": LESSON})
    dataset = read_dataset(config, quietly)
    changes = ({"combiner": VOTE}, {"combiner": NEURAL}, {"combiner": NEURAL, "rounds": ROUNDS})
    studies = Studies(
        *(ExperimentData(config.model_copy(update=change), dataset) for change in changes)
    )
    seeds = []
    for seed in range(SEEDS):
        seeds.append(_seed(studies, seed))
        _publish(seeds)


def _seed(studies: Studies, seed: int) -> Counts:
    rows = split(studies.vote.dataset.sources, studies.vote.config.split, seed)
    untrained = studies.vote.best_version(rows.train)
    voted, learnt = (first_round(study, rows, untrained) for study in studies[:2])
    observer = Observer.of(voted.parts.train.visible, untrained, None)
    chosen = _trained(studies, (voted, learnt, learnt), rows, observer, seed)
    counts: dict[tuple[str, str], Array] = {}
    for name, (on_train, on_test) in chosen.items():
        train, test = voted.parts.train, voted.parts.test
        texts = texts_of(studies.vote, train, on_train)
        labels = labelled_ballots(train.dataset, texts, studies.vote.kind)
        again = learnt.combiner if name == UNTRAINED else train_neural(*labels)
        judges = (studies.vote.vote, learnt.combiner, again)
        for judge, combiner in zip(JUDGES, judges, strict=True):
            texts = texts_of(studies.vote, test, on_test)
            outcome = studies.vote.outcome(test, texts, combiner)
            counts[judge, name] = outcome.combined
    return counts


def _trained(
    studies: Studies, begin: Sequence[Round], rows: Parts, observer: Observer, seed: int
) -> dict[str, tuple[Integers, Integers]]:
    """Return the options that each member takes on the segments trained on, and tested."""
    train, _, test = begin[0].tasks(observer)
    priors = [best(t.inputs.prior.double().numpy(), t.decisions.first) for t in (train, test)]
    chosen = {UNTRAINED: (priors[0], priors[1])}
    chosen[CHOOSER] = supervised(train, train), supervised(train, test)
    observer = with_chooser(observer, train)
    for name, study, first in zip(REWARDED, studies, begin, strict=True):
        tasks = first.tasks(observer)
        policy = train_in_rounds(
            study, rows, first, tasks, "marginal", observer, seed, None, quietly
        ).policy
        chosen[name] = choose(policy, tasks[0]), choose(policy, tasks[2])
    return chosen


def _publish(seeds: Sequence[Counts]) -> None:
    pooled = {key: np.concatenate([counts[key] for counts in seeds]) for key in seeds[0]}
    rows = []
    for member in dict.fromkeys(name for _, name in pooled):
        cells = {"member": member}
        for judge in JUDGES:
            counts = pooled[judge, member]
            low, high = bootstrap(counts, f_half)
            cells[judge] = f"{f_half(counts.sum(axis=0)):.2f} ({low:.2f} to {high:.2f})"
            if member != UNTRAINED:
                gain = paired_difference(counts, pooled[judge, UNTRAINED], f_half)
                cells[judge] += f"; {gain.delta:+.2f} ({gain.low:+.2f} to {gain.high:+.2f})"
        rows.append(cells)
    told = f"Combined F0.5 and what it is above the untouched member's; {len(seeds)} seeds, "
    told += f"{len(pooled[JUDGES[0], UNTRAINED]):,} sentences. 95% bootstrap, paired."
    publish(COMMAND, rows, told)


if __name__ == "__main__":
    main()
