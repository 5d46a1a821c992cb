"""Training in rounds: a combiner that learns is trained again with the member that it rewarded."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ensemble.combiners.base import Combiner
from ensemble.diversity.assessment.experiment_data import (
    MEMBER,
    ExperimentData,
    PreparedSegments,
)
from ensemble.diversity.assessment.experiments import (
    combiner_folder,
    member_folder,
    round_folder,
    train_experiment,
)
from ensemble.diversity.assessment.judging import reward_combiners
from ensemble.diversity.data.split import Parts
from ensemble.diversity.policy.decisions import Option
from ensemble.diversity.policy.network import Policy
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.task import Task, choose
from ensemble.diversity.training.training_log import Point
from evaluation.execution.progress import Progress


class PreparedParts(NamedTuple):
    """The segments to train on, those held out, and those to test on."""

    train: PreparedSegments
    held_out: PreparedSegments
    test: PreparedSegments


class Round(NamedTuple):
    """The segments with the effects of options in one ensemble.

    `combiner` is that of all segments but those trained on.
    """

    combiner: Combiner
    parts: PreparedParts

    def tasks(self, observer: Observer) -> list[Task]:
        """Return the decisions of each part, with the features that `observer` sees."""
        return [part.task(observer) for part in self.parts]


class Result(NamedTuple):
    """A trained policy, the points of its last training, and the round that this was in."""

    policy: Policy
    points: Sequence[Point]
    round: Round


def first_round(
    data: ExperimentData, rows: Parts, untrained: str, folder: Path | None = None
) -> Round:
    """Return the round before which nothing is trained: the member gives the version `untrained`.

    Combiners that are trained are kept in `folder`, if any.
    """
    dataset = data.dataset.part(rows.train)
    texts = data.version(untrained, dataset)
    combiners = reward_combiners(data, rows.train, texts, folder)
    return _round(data, rows, combiners, [data.edits_of(untrained, part) for part in rows])


def train_in_rounds(
    data: ExperimentData,
    rows: Parts,
    begin: Round,
    tasks: Sequence[Task],
    name: str,
    observer: Observer,
    seed: int,
    folder: Path | None,
    progress: Progress,
) -> Result:
    """Return what the experiment `name` comes to after as many rounds as are configured.

    Args:
        data: what all seeds share.
        rows: the segments of each part.
        begin: the first round.
        tasks: those of the first round; features are the same in all rounds.
        name: of the experiment.
        observer: what the policy sees.
        seed: of the trial.
        folder: where members and combiners are kept, if they are.
        progress: shows the steps.
    """
    present, rounds = begin, data.config.rounds
    for number in range(1, rounds + 1):
        root = folder and (folder if number == rounds else round_folder(folder, number))
        place = root and member_folder(root, seed, name)
        policy, points = train_experiment(
            data, tasks, name, observer, seed, place, progress, number
        )
        if number < rounds:
            kept = folder and combiner_folder(round_folder(folder, number + 1), seed)
            place = kept and kept / name.replace("/", "-")
            present = _next_round(data, rows, present, policy, tasks, place)
            tasks = _with_effects(tasks, present)
    return Result(policy, points, present)


def _next_round(
    data: ExperimentData,
    rows: Parts,
    before: Round,
    policy: Policy,
    tasks: Sequence[Task],
    folder: Path | None,
) -> Round:
    """Return the round in which the member is, at first, as `policy` makes it."""
    made: list[Sequence[Option]] = []
    for part, task in zip(before.parts, tasks, strict=True):
        made.append(list(map(tuple, part.decisions.edits(choose(policy, task)))))
    ballots = before.parts.train.ballots
    texts = [
        data.kind.render(ballot, edits) for ballot, edits in zip(ballots, made[0], strict=True)
    ]
    combiners = reward_combiners(data, rows.train, texts, folder, MEMBER)
    return _round(data, rows, combiners, made)


def _round(
    data: ExperimentData,
    rows: Parts,
    combiners: tuple[Combiner, Combiner],
    made: Sequence[Sequence[Option]],
) -> Round:
    """Return a round, given the combiners and the member's edits in each segment of each part."""
    # Rewards on the training part need a combiner that was not trained on the same segments.
    crossed, whole = combiners
    by_part = zip(rows, (crossed, whole, whole), made, strict=True)
    return Round(whole, PreparedParts(*(data.prepare(*part) for part in by_part)))


def _with_effects(tasks: Sequence[Task], present: Round) -> list[Task]:
    pairs = zip(tasks, present.parts, strict=True)
    return [task._replace(decisions=part.decisions) for task, part in pairs]
