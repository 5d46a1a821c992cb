"""What all seeds of a run share: the material, what is proposed on it, and the combiner."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.baselines import Majority
from ensemble.diversity.assessment.ensembles import given
from ensemble.diversity.config import Config
from ensemble.diversity.data.material import Material
from ensemble.diversity.training.decisions import Choice, Decisions, Places, choices
from ensemble.diversity.training.effects import count, options_of, quantities
from ensemble.diversity.training.observation import Observer
from ensemble.diversity.training.training import Task
from ensemble.targets import Targets, from_gold
from ensemble.training.cross_validation import counts
from evaluation.metrics.registry import load_metric

Array = NDArray[np.float64]

MEMBER = "member"
"""What the trained one is called among the systems that are combined."""


@dataclass(frozen=True)
class Seen:
    """Some segments with all that is known of them: what is proposed, what is right, the task.

    `ballots` hold everybody's proposals, `visible` those that the policy may look at.
    """

    material: Material
    ballots: list[Ballot]
    visible: list[Ballot]
    targets: Targets
    found: list[Choice]
    decisions: Decisions

    def task(self, observer: Observer) -> Task:
        """Return the decisions, with what `observer` sees of them."""
        return Task(self.decisions, observer.see(self.visible, self.material.versions, self.found))

    @property
    def names(self) -> list[list[str]]:
        """The names of the member's versions, a segment."""
        return [list(some) for some in self.material.versions.texts]


@dataclass(frozen=True)
class Outcome:
    """What one member was worth on the m test segments of a seed, as texts.

    `own` and `combined` (m, 3) count right, made and gold edits; `texts` and `outputs` are what
    they count; `distance` (m, systems) is the Jaccard distance from each other system.
    """

    texts: Sequence[str]
    outputs: Sequence[str]
    own: Array
    combined: Array
    distance: Array


class Bench:
    """What all seeds of a run share: the material, its ballots, and the combiners there are.

    `given` are those that are not trained in the run, by the names the configuration has.
    """

    def __init__(self, config: Config, material: Material) -> None:
        self.config, self.material = config, material
        self.others = list(material.others)
        self.vote = Majority(weights={MEMBER: config.weight} if config.weight != 1 else {})
        combiners = {
            name: given(name, config, self.vote) for name in (config.combiner, *config.judges)
        }
        self.given = {name: one for name, one in combiners.items() if one}
        everyone = config.sees == "everyone"
        self.ballots = list(collect_all(material.segments(), "edits"))
        self.visible = (
            self.ballots
            if everyone
            else list(collect_all(material.segments(others=False), "edits"))
        )
        self.targets = from_gold(self.ballots, material.gold)

    def part(
        self, rows: Places, combiner: Combiner | None = None, untouched: str | None = None
    ) -> Seen:
        """Return the segments `rows`, with what each option of the member does by `combiner`.

        By default that is the vote, else an option is beside what the version `untouched` makes
        elsewhere.
        """
        material, targets = self.material.part(rows), self.targets[rows]
        ballots = [self.ballots[i] for i in rows.tolist()]
        names = [list(some) for some in material.versions.texts]
        found = choices(ballots, names, self.config.unit)
        around = [
            tuple(c.edit for c in ballot.candidates if untouched in c.voters) for ballot in ballots
        ]
        in_loop = combiner or self.vote
        decisions = count(ballots, targets, found, self.others, MEMBER, in_loop, around)
        if counted := self.config.quantities:
            metric = load_metric(self.config.metric) if self.config.metric else None
            options = options_of(material, ballots, found, metric)
            decisions = replace(decisions, quantities=quantities(counted, options))
        visible = [self.visible[i] for i in rows.tolist()]
        return Seen(material, ballots, visible, targets, found, decisions)

    def best_version(self, rows: Places) -> str:
        """Return the version whose edits score best on the segments `rows`."""
        ballots, targets = [self.ballots[i] for i in rows.tolist()], self.targets[rows]
        scores = {}
        for name in self.material.versions.names:
            made = [
                np.array([name in c.voters for c in ballot.candidates], dtype=bool)
                for ballot in ballots
            ]
            right = sum(v[m].sum() for v, m in zip(targets.values, made, strict=True))
            proposed = sum(m.sum() for m in made)
            scores[name] = float(right / max(proposed + 0.25 * targets.gold.sum(), 1e-9))
        return max(scores, key=lambda name: scores[name])

    def outcome(
        self, part: Seen, texts: Sequence[str] | None, combiner: Combiner | None = None
    ) -> Outcome:
        """Return what a member is worth that says `texts`, by `combiner` or the vote.

        All is read off the texts, as anyone would who has only them.
        """
        material = part.material
        ballots, targets = labelled(material, texts)
        combined = combine_all(ballots, combiner or self.vote)
        return Outcome(
            list(texts or material.sources),
            [one.text or "" for one in combined],
            _own(ballots, targets),
            counts(combined, targets),
            _distance(ballots, self.others),
        )


def labelled(material: Material, texts: Sequence[str] | None) -> tuple[list[Ballot], Targets]:
    """Return what the others and a member that says `texts` propose, and what of it is right.

    `None`: there is no member.
    """
    said = dict(material.others) | ({MEMBER: texts} if texts is not None else {})
    ballots = list(collect_all(material.with_only(said), "edits"))
    return ballots, from_gold(ballots, material.gold)


def _own(ballots: Sequence[Ballot], targets: Targets) -> Array:
    """Return the counts (m, 3) of right, made and gold edits that the member itself made."""
    rows = []
    for ballot, values, gold in zip(ballots, targets.values, targets.gold, strict=True):
        made = np.array([MEMBER in c.voters for c in ballot.candidates], dtype=bool)
        rows.append((float(values[made].sum()), float(made.sum()), float(gold)))
    return np.array(rows)


def _distance(ballots: Sequence[Ballot], others: Sequence[str]) -> Array:
    """Return the Jaccard distance of the member's edits from those of each of `others`."""
    rows = []
    for ballot in ballots:
        own, *rest = (
            {c.edit for c in ballot.candidates if name in c.voters} for name in (MEMBER, *others)
        )
        rows.append([1 - len(own & a) / len(own | a) if own | a else 0.0 for a in rest])
    return np.array(rows)
