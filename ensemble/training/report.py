"""One page on a training: the weights of systems, scores, calibration and learning curve."""

from collections.abc import Mapping, Sequence

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import combine_all
from ensemble.combiners.trainable import Trainable, VoteWeights
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets, folds_of, subset, without
from ensemble.training.baselines import VOTE, Learner, baselines
from ensemble.training.comparison import beliefs
from ensemble.training.cross_validation import YARDSTICKS, counts, cross_validate
from ensemble.types import Array
from evaluation.execution.progress import Progress, quietly
from evaluation.reporting.page import Section, page
from evaluation.reporting.plots import Series, bars, calibration, curves, heat_map
from evaluation.reporting.table import Table
from evaluation.statistics.calibration import calibration_error
from evaluation.statistics.significance import SEED, paired_difference

_SIZES = (25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_DRAWS = 3


def training_page(
    ballots: Sequence[Ballot],
    targets: Targets,
    combiner: Trainable,
    outputs: Mapping[str, Sequence[Combination]],
    table: Table,
    learner: Learner,
    progress: Progress,
) -> str:
    """Return the page on a trained `combiner`, as HTML.

    `outputs` are the held-out ones that `table` scores; `learner` trained them, and trains
    more here: on fewer labels, and without each of the systems.

    Raises:
        ImportError: what draws is not installed; the message names the extra.
    """
    kind, weights = ballots[0].kind, combiner.vote_weights()
    sections = [
        Section(
            "Where it was not trained",
            ("Every figure is of segments that the combiner had not seen.",),
            table=table,
        ),
        *([_vote_weights(weights)] if weights else []),
        _calibration(outputs[combiner.name], targets),
        _learning_curve(ballots, targets, kind, learner, progress),
        _without_each(ballots, targets, kind, learner, progress),
    ]
    return page("What the combiner learnt", sections, f"{combiner.signature} {table.signature}")


def _vote_weights(weights: VoteWeights) -> Section:
    return Section(
        "Whom it believes, on what",
        (weights.note,),
        heat_map(weights.values, weights.systems, weights.columns, "log-odds", centre=0.0),
        "Rows are systems; columns what their votes differ on most.",
    )


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


def _learning_curve(
    ballots: Sequence[Ballot], targets: Targets, kind: Kind, learner: Learner, progress: Progress
) -> Section:
    fold = folds_of(ballots, 5, SEED)
    pool, asked = np.flatnonzero(fold > 0), np.flatnonzero(fold == 0)
    sizes = [size for size in _SIZES if size < len(pool)] + [len(pool)]
    test, truth = subset(ballots, targets, asked)
    found = []
    for size in progress(sizes, "Learning curve"):
        chosen = [np.random.default_rng(draw).permutation(pool)[:size] for draw in range(_DRAWS)]
        combiners = [learner(*subset(ballots, targets, some)) for some in chosen]
        found.append(np.concatenate([counts(combine_all(test, each), truth) for each in combiners]))
    vote = baselines(kind)[VOTE](test, truth)
    level = np.tile(counts(combine_all(test, vote), truth), (_DRAWS, 1))
    name, statistic = YARDSTICKS[kind]
    gains = [paired_difference(own, level, statistic) for own in found]
    values, low, high = np.array([[g.delta, g.low, g.high] for g in gains], dtype=np.float64).T
    series = {"gain over the vote": Series(values, low, high)}
    return Section(
        "How many labels it takes",
        (f"Trained on some of four fifths, measured on the last fifth; {_DRAWS} draws each.",),
        curves(sizes, series, "labelled segments", name, log_x=True),
        "Above zero it is better than the vote; 95% bootstrap over segments.",
    )


def _without_each(
    ballots: Sequence[Ballot], targets: Targets, kind: Kind, learner: Learner, progress: Progress
) -> Section:
    name, statistic = YARDSTICKS[kind]
    systems = sorted({system for ballot in ballots for system in ballot.systems})
    whole = _score(ballots, targets, learner)
    gains = []
    for system in progress(systems, "Leaving each system out"):
        rest, truth = without(ballots, targets, system)
        gains.append(paired_difference(whole, _score(rest, truth, learner), statistic))
    values, low, high = np.array([[g.delta, g.low, g.high] for g in gains], dtype=np.float64).T
    return Section(
        "What each system is worth",
        ("What is lost without it, by the combiner trained on the others (two folds).",),
        bars(systems, values, low, high, name),
        "Below zero, the others do better without it.",
    )


def _score(ballots: Sequence[Ballot], targets: Targets, learner: Learner) -> Array:
    outputs = cross_validate(ballots, targets, {"": learner}, 2, SEED, quietly)
    return counts(outputs[""], targets)
