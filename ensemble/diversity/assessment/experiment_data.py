"""The data that all seeds of a run share: the dataset, candidates, targets and combiners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.majority import Majority
from ensemble.diversity.assessment.ensembles import read_combiner
from ensemble.diversity.config import Config
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Choice, Decisions, Option
from ensemble.diversity.policy.effects import Ensemble, option_effects, whole_outputs
from ensemble.diversity.policy.kinds import OutputKind
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.policy.sample_sets import SampleSets, sample_sets
from ensemble.diversity.training.rewards import Options
from ensemble.diversity.training.rewards.registry import count_quantities
from ensemble.diversity.training.rewards.whole import with_whole
from ensemble.diversity.training.task import Task
from ensemble.targets import Targets
from ensemble.types import Array, Integers
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

    `own` and `combined` (m, 3) count right, made and gold edits of the member's `texts`, `None`
    where it abstains, and of the combined `outputs`; `distance` (m, systems) is the Jaccard
    distance from each other system.
    """

    texts: Sequence[str | None]
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
        self.others, self.kind = list(dataset.others), config.outputs
        self.vote = Majority(weights={MEMBER: config.weight} if config.weight != 1 else {})
        combiners = {
            name: read_combiner(name, config, self.vote)
            for name in (config.combiner, *config.judges)
        }
        self.fixed_combiners = {name: combiner for name, combiner in combiners.items() if combiner}
        self.ballots = self.kind.ballots(dataset.segments())
        self.visible = (
            self.ballots
            if config.sees == "everyone"
            else self.kind.ballots(dataset.segments(others=False))
        )
        self.targets = self.kind.targets(self.ballots, dataset)

    def version(self, name: str, dataset: Dataset) -> list[str | None]:
        """Return the texts of a version; where it is missing, the output with nothing chosen."""
        nothing = dataset.sources if self.kind.edits_source else [None] * len(dataset.sources)
        return dataset.versions.of(name, nothing)

    def prepare(
        self, rows: Integers, combiner: Combiner | None = None, context: Sequence[Option] = ()
    ) -> PreparedSegments:
        """Return the segments `rows`, with the effect of each option of the member by `combiner`.

        By default that is the vote. An option's effect is counted beside the edits `context`, one
        option a segment, elsewhere in the segment; by default the source is kept there.
        """
        dataset, targets = self.dataset.part(rows), self.targets[rows]
        ballots = [self.ballots[i] for i in rows.tolist()]
        names = [list(versions) for versions in dataset.versions.texts]
        member_choices = self.kind.choices(ballots, names)
        ensemble = Ensemble(self.others, MEMBER, combiner or self.vote, self.kind)
        decisions = option_effects(ballots, targets, member_choices, ensemble, context)
        metric = load_metric(self.config.metric) if self.config.metric else None
        if quantities := self.config.quantities:
            options = Options.of(dataset, ballots, member_choices, self.kind, metric)
            decisions = replace(decisions, quantities=count_quantities(quantities, options))
        if whole := self.config.whole:
            texts = whole_outputs(ballots, decisions, ensemble)
            decisions = with_whole(decisions, whole, dataset, texts, self.kind, metric)
        visible = [self.visible[i] for i in rows.tolist()]
        sets = {
            k: sample_sets(ballots, targets, decisions, ensemble, self.vote, k)
            for k in self.config.together
        }
        return PreparedSegments(dataset, ballots, visible, targets, member_choices, decisions, sets)

    def edits_of(self, version: str, rows: Integers) -> list[Option]:
        """Return the edits of a version of the member in each of the segments `rows`."""
        ballots = [self.ballots[i] for i in rows.tolist()]
        return [tuple(c.edit for c in b.candidates if version in c.voters) for b in ballots]

    def best_version(self, rows: Integers) -> str:
        """Return the version with the best score by itself on the segments `rows`."""
        ballots, targets = [self.ballots[i] for i in rows.tolist()], self.targets[rows]
        scores = {}
        for name in self.dataset.versions.names:
            counted = edit_counts(ballots, targets, name, self.kind)
            scores[name] = float(self.kind.statistic(counted.sum(axis=0)))
        return max(scores, key=lambda name: scores[name])

    def outcome(
        self,
        part: PreparedSegments,
        texts: Sequence[str | None] | None,
        combiner: Combiner | None = None,
    ) -> Outcome:
        """Return the figures of a member with the output `texts`, by `combiner` or the vote.

        They are computed from the texts alone, independently of the effects counted before.
        """
        ballots, targets = labelled_ballots(part.dataset, texts, self.kind)
        combined = combine_all(ballots, combiner or self.vote)
        return Outcome(
            list(texts or [None] * len(part.ballots)),
            [combination.text or "" for combination in combined],
            edit_counts(ballots, targets, MEMBER, self.kind),
            self.kind.counts(combined, targets),
            _distance(ballots, self.others, self.kind),
        )


def labelled_ballots(
    dataset: Dataset, texts: Sequence[str | None] | None, kind: OutputKind
) -> tuple[list[Ballot], Targets]:
    """Return the ballots of the other systems and a member with the output `texts`, with targets.

    `None` leaves the member out.
    """
    outputs: dict[str, Sequence[str | None]] = dict(dataset.others)
    outputs |= {MEMBER: texts} if texts is not None else {}
    ballots = kind.ballots(dataset.with_only(outputs))
    return ballots, kind.targets(ballots, dataset)


def edit_counts(ballots: Sequence[Ballot], targets: Targets, name: str, kind: OutputKind) -> Array:
    """Return the counts (m, 3) of right, made and gold edits of the system or version `name`."""
    rows = []
    for ballot, values, gold in zip(ballots, kind.worth(targets), targets.gold, strict=True):
        made = np.array([name in c.voters for c in ballot.candidates], dtype=bool)
        rows.append((float(values[made].sum()), float(made.sum()), float(gold)))
    return np.array(rows)


def _distance(ballots: Sequence[Ballot], others: Sequence[str], kind: OutputKind) -> Array:
    """Return the Jaccard distance of the member's output from that of each of `others`."""
    rows = []
    for ballot in ballots:
        member, *rest = (
            {c.edit for c in ballot.candidates if name in c.voters} for name in (MEMBER, *others)
        )
        rows.append([kind.distance(member, other) for other in rest])
    return np.array(rows)
