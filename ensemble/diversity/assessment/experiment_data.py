"""The data that all seeds of a run share: the dataset, candidates, targets and combiners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.majority import Majority
from ensemble.diversity.assessment.ensembles import read_combiner
from ensemble.diversity.config import Config
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Choice, Decisions, choices
from ensemble.diversity.policy.effects import Ensemble, option_effects, whole_outputs
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.policy.sample_sets import SampleSets, sample_sets
from ensemble.diversity.training.rewards import Options
from ensemble.diversity.training.rewards.registry import count_quantities
from ensemble.diversity.training.rewards.whole import with_whole
from ensemble.diversity.training.task import Task
from ensemble.targets import Targets, from_gold
from ensemble.training.cross_validation import counts
from ensemble.types import Array, Integers
from evaluation.metrics.fscore import f_half
from evaluation.metrics.registry import load_metric

MEMBER = "member"
"""The name of the trained member among the systems that are combined."""


@dataclass(frozen=True)
class PreparedSegments:
    """Some segments with their candidates, targets and decisions.

    `ballots` hold the proposals of all systems, `visible` those that the policy may see. `sets`
    has the sets of k samples by k, where a reward needs them.
    """

    dataset: Dataset
    ballots: list[Ballot]
    visible: list[Ballot]
    targets: Targets
    choices: list[Choice]
    decisions: Decisions
    sets: Mapping[int, SampleSets]

    def task(self, observer: Observer) -> Task:
        """Return the decisions, with the features that `observer` sees."""
        seen = observer.see(self.visible, self.dataset.versions, self.choices)
        return Task(self.decisions, seen, self.sets)

    @property
    def names(self) -> list[list[str]]:
        """The names of the member's versions, a segment."""
        return [list(versions) for versions in self.dataset.versions.texts]


@dataclass(frozen=True)
class Outcome:
    """The figures of one member on the m test segments of a seed, computed from texts.

    `own` and `combined` (m, 3) count right, made and gold edits of the member's `texts` and of the
    combined `outputs`; `distance` (m, systems) is the Jaccard distance from each other system.
    """

    texts: Sequence[str]
    outputs: Sequence[str]
    own: Array
    combined: Array
    distance: Array


class ExperimentData:
    """The data that all seeds share: the dataset, its ballots, and the combiners.

    `fixed_combiners` are those that the run does not train, by their names in the configuration.
    """

    def __init__(self, config: Config, dataset: Dataset) -> None:
        self.config, self.dataset = config, dataset
        self.others = list(dataset.others)
        self.vote = Majority(weights={MEMBER: config.weight} if config.weight != 1 else {})
        combiners = {
            name: read_combiner(name, config, self.vote)
            for name in (config.combiner, *config.judges)
        }
        self.fixed_combiners = {name: combiner for name, combiner in combiners.items() if combiner}
        self.ballots = list(collect_all(dataset.segments(), "edits"))
        self.visible = (
            self.ballots
            if config.sees == "everyone"
            else list(collect_all(dataset.segments(others=False), "edits"))
        )
        self.targets = from_gold(self.ballots, dataset.gold)

    def prepare(
        self, rows: Integers, combiner: Combiner | None = None, untrained: str | None = None
    ) -> PreparedSegments:
        """Return the segments `rows`, with the effect of each option of the member by `combiner`.

        By default that is the vote. An option's effect is counted beside the edits of the version
        `untrained` elsewhere in the segment.
        """
        dataset, targets = self.dataset.part(rows), self.targets[rows]
        ballots = [self.ballots[i] for i in rows.tolist()]
        names = [list(versions) for versions in dataset.versions.texts]
        member_choices = choices(ballots, names, self.config.unit)
        context = [
            tuple(c.edit for c in ballot.candidates if untrained in c.voters) for ballot in ballots
        ]
        ensemble = Ensemble(self.others, MEMBER, combiner or self.vote)
        decisions = option_effects(ballots, targets, member_choices, ensemble, context)
        metric = load_metric(self.config.metric) if self.config.metric else None
        if quantities := self.config.quantities:
            options = Options.of(dataset, ballots, member_choices, metric)
            decisions = replace(decisions, quantities=count_quantities(quantities, options))
        if whole := self.config.whole:
            texts = whole_outputs(ballots, decisions, ensemble)
            decisions = with_whole(decisions, whole, dataset, texts, metric)
        visible = [self.visible[i] for i in rows.tolist()]
        sets = {
            k: sample_sets(ballots, targets, decisions, ensemble, self.vote, k)
            for k in self.config.together
        }
        return PreparedSegments(dataset, ballots, visible, targets, member_choices, decisions, sets)

    def best_version(self, rows: Integers) -> str:
        """Return the version whose edits have the best F0.5 on the segments `rows`."""
        ballots, targets = [self.ballots[i] for i in rows.tolist()], self.targets[rows]
        scores = {}
        for name in self.dataset.versions.names:
            scores[name] = float(f_half(edit_counts(ballots, targets, name).sum(axis=0)))
        return max(scores, key=lambda name: scores[name])

    def outcome(
        self,
        part: PreparedSegments,
        texts: Sequence[str] | None,
        combiner: Combiner | None = None,
    ) -> Outcome:
        """Return the figures of a member with the output `texts`, by `combiner` or the vote.

        They are computed from the texts alone, independently of the effects counted before.
        """
        ballots, targets = labelled_ballots(part.dataset, texts)
        combined = combine_all(ballots, combiner or self.vote)
        return Outcome(
            list(texts or part.dataset.sources),
            [combination.text or "" for combination in combined],
            edit_counts(ballots, targets, MEMBER),
            counts(combined, targets),
            _distance(ballots, self.others),
        )


def labelled_ballots(dataset: Dataset, texts: Sequence[str] | None) -> tuple[list[Ballot], Targets]:
    """Return the ballots of the other systems and a member with the output `texts`, with targets.

    `None` leaves the member out.
    """
    outputs = dict(dataset.others) | ({MEMBER: texts} if texts is not None else {})
    ballots = list(collect_all(dataset.with_only(outputs), "edits"))
    return ballots, from_gold(ballots, dataset.gold)


def edit_counts(ballots: Sequence[Ballot], targets: Targets, name: str) -> Array:
    """Return the counts (m, 3) of right, made and gold edits of the system or version `name`."""
    rows = []
    for ballot, values, gold in zip(ballots, targets.values, targets.gold, strict=True):
        made = np.array([name in c.voters for c in ballot.candidates], dtype=bool)
        rows.append((float(values[made].sum()), float(made.sum()), float(gold)))
    return np.array(rows)


def _distance(ballots: Sequence[Ballot], others: Sequence[str]) -> Array:
    """Return the Jaccard distance of the member's edits from those of each of `others`."""
    rows = []
    for ballot in ballots:
        member, *rest = (
            {c.edit for c in ballot.candidates if name in c.voters} for name in (MEMBER, *others)
        )
        rows.append([1 - len(member & a) / len(member | a) if member | a else 0.0 for a in rest])
    return np.array(rows)
