"""One page on a training: the weights of systems, scores, calibration and learning curve."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.base import combine_all
from ensemble.combiners.trainable import Trainable, VoteWeights
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets, folds_of, subset, without
from ensemble.training.baselines import VOTE, Learner, baselines
from ensemble.training.comparison import beliefs, verdict
from ensemble.training.cross_validation import YARDSTICKS, Yardstick, counts, cross_validate
from ensemble.types import Array
from evaluation.edits.type_words import in_words
from evaluation.execution.progress import Progress, Step, as_one_step, parts
from evaluation.reporting.page import Section, page
from evaluation.reporting.plots import Series, bars, calibration, curves, heat_map
from evaluation.reporting.table import Table
from evaluation.statistics.calibration import calibration_error
from evaluation.statistics.significance import SEED, paired_difference

_SIZES = (25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_DRAWS = 3


class Training(NamedTuple):
    """A training to report on: labelled `ballots`, the trained `combiner`, and its scores.

    `outputs` are the held-out ones that `table` scores, by the name of their combiner, and
    `learner` trained them. `data` is the name of the data, if it has one.
    """

    ballots: Sequence[Ballot]
    targets: Targets
    combiner: Trainable
    outputs: Mapping[str, Sequence[Combination]]
    table: Table
    learner: Learner
    data: str = ""

    @property
    def yardstick(self) -> Yardstick:
        """The statistic that combiners of this kind are compared by."""
        return YARDSTICKS[self.ballots[0].kind]


def training_page(training: Training, progress: Progress, short: bool = False) -> str:
    """Return the page on a training, as HTML.

    It shows what training on fewer labels gives, and training without each of the systems, for
    which the combiner is trained many times; a `short` page is without both.

    Raises:
        ImportError: what draws is not installed; the message names the extra.
    """
    combiner, table = training.combiner, training.table
    weights = combiner.vote_weights()
    sections = [
        Section(
            "Where it was not trained",
            ("Every figure is of segments that the combiner had not seen.",),
            table=table,
        ),
        *([_vote_weights(weights)] if weights else []),
        _calibration(training.outputs[combiner.name], training.targets),
    ]
    if not short:
        sections += [_learning_curve(training, progress), _without_each(training, progress)]
    lead = verdict(table.rows, combiner.name, training.data)
    signature = f"{combiner.signature} {table.signature}"
    return page("What the combiner learnt", sections, signature, lead)


def _vote_weights(weights: VoteWeights) -> Section:
    """Return the section on the votes of systems: the longer side of the table is in its rows."""
    columns = [_explained(name) for name in weights.columns]
    names: tuple[Sequence[str], Sequence[str]] = (weights.systems, columns)
    caption = "Rows are systems; columns are what their votes differ on most."
    values = weights.values
    if len(columns) > len(weights.systems):
        names, values = (columns, weights.systems), values.T
        caption = "Columns are systems; rows are what their votes differ on most."
    drawing = heat_map(values, *names, "log-odds", centre=0.0)
    return Section("Whom it believes, on what", (weights.note,), drawing, caption)


def _explained(name: str) -> str:
    """Return a type of edits with its meaning in words, and another name as it is."""
    words = in_words(name)
    return f"{words} ({name})" if words else name


def _calibration(outputs: Sequence[Combination], targets: Targets) -> Section:
    probability, right = beliefs(outputs, targets)
    if not len(right):
        return Section("Calibration", ("No candidate has a label.",))
    error = calibration_error(probability, right)
    return Section(
        "Does it know when it is right",
        (f"Expected calibration error on held-out segments: {error:.4f}.",),
        calibration(probability, right),
        "What was said to be right so often, and how often it was.",
    )


def _learning_curve(training: Training, progress: Progress) -> Section:
    ballots, targets = training.ballots, training.targets
    fold = folds_of(ballots, 5, SEED)
    pool, asked = np.flatnonzero(fold > 0), np.flatnonzero(fold == 0)
    sizes = [size for size in _SIZES if size < len(pool)] + [len(pool)]
    test, truth = subset(ballots, targets, asked)
    name, statistic = training.yardstick
    vote = counts(combine_all(test, baselines(ballots[0].kind)[VOTE](test, truth)), truth)
    drawn: dict[int, list[Array]] = {size: [] for size in sizes}
    for step in progress(_draws(sizes), "Learning curve"):
        size, draw = step.item
        chosen = np.random.default_rng(draw).permutation(pool)[:size]
        combiner = training.learner(*subset(ballots, targets, chosen))
        drawn[size].append(counts(combine_all(test, combiner), truth))
        gain = statistic(drawn[size][-1].sum(axis=0)) - statistic(vote.sum(axis=0))
        step.figures["gain over the vote"] = float(gain)
    level = np.tile(vote, (_DRAWS, 1))
    gains = [paired_difference(np.concatenate(own), level, statistic) for own in drawn.values()]
    values, low, high = np.array([[g.delta, g.low, g.high] for g in gains], dtype=np.float64).T
    series = {"gain over the vote": Series(values, low, high)}
    return Section(
        "How many labels it takes",
        (f"Trained on some of four fifths, measured on the last fifth; {_DRAWS} draws each.",),
        curves(sizes, series, "labelled segments", name, log_x=True),
        "Above zero it is better than the vote; 95% bootstrap over segments.",
    )


def _draws(sizes: Sequence[int]) -> list[Step[tuple[int, int]]]:
    pairs = [(size, draw) for size in sizes for draw in range(_DRAWS)]
    return [Step((size, draw), f"{size} segments, draw {draw + 1}") for size, draw in pairs]


def _without_each(training: Training, progress: Progress) -> Section:
    ballots, targets, learner = training.ballots, training.targets, training.learner
    name, statistic = training.yardstick
    systems = sorted({system for ballot in ballots for system in ballot.systems})
    whole = as_one_step(
        lambda: _score(ballots, targets, learner), "Training with all systems", progress
    )
    gains = []
    for step in progress([Step(system, system) for system in systems], "Leaving each system out"):
        rest, truth = without(ballots, targets, step.item)
        gain = paired_difference(whole, _score(rest, truth, learner), statistic)
        step.figures["lost without it"] = float(gain.delta)
        gains.append(gain)
    values, low, high = np.array([[g.delta, g.low, g.high] for g in gains], dtype=np.float64).T
    return Section(
        "What each system is worth",
        ("What is lost without it, by the combiner trained on the others (two folds).",),
        bars(systems, values, low, high, name),
        "Below zero, the others do better without it.",
    )


def _score(ballots: Sequence[Ballot], targets: Targets, learner: Learner) -> Array:
    outputs = cross_validate(ballots, targets, {"": learner}, 2, SEED, parts)
    return counts(outputs[""], targets)
