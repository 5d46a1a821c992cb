"""The scores of a trained combiner on segments it was not trained on, beside all others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import combine_all
from ensemble.combiners.utility import comparing_once
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets, folds_of, subset
from ensemble.targets.changes import best_chrf, word_errors
from ensemble.training.baselines import Learner
from ensemble.types import Array
from evaluation.execution.progress import Progress, Step
from evaluation.metrics.fscore import f_half
from evaluation.statistics.significance import Statistic


class Yardstick(NamedTuple):
    """How the choices for one kind are scored: the statistic's name and how counts make it."""

    name: str
    statistic: Statistic


def _mean(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1))


YARDSTICKS: dict[Kind, Yardstick] = {
    "edits": Yardstick("F0.5 of edits", f_half),
    "texts": Yardstick("mean score", _mean),
    "labels": Yardstick("accuracy", lambda sums: 100 * _mean(sums)),
}
"""The statistic that compares the combiners of each kind."""

WORD_ERRORS = Yardstick("word error rate", lambda sums: 100 * _mean(sums))
"""Wrong words of all segments for 100 words of the references; lower is better."""


@comparing_once()
def cross_validate(
    ballots: Sequence[Ballot],
    targets: Targets,
    learners: Mapping[str, Learner],
    folds: int,
    seed: int,
    progress: Progress,
) -> dict[str, list[Combination]]:
    """Return what each learner makes of each segment, trained on the other folds.

    Where `targets` have several groups, it was trained on other groups (see `folds_of`).

    `progress` is given a step for each fold and learner, with the score of the learner so far.

    Raises:
        ValueError: there are fewer different sources than folds.
    """
    fold = folds_of(ballots, folds, seed, targets.groups)
    outputs: dict[str, dict[int, Combination]] = {name: {} for name in learners}
    sums: dict[str, Array] = {}
    what, statistic = YARDSTICKS[ballots[0].kind]
    for step in progress(_steps(learners, np.unique(fold).tolist()), "Cross-validating"):
        k, name = step.item
        combiner = learners[name](*subset(ballots, targets, np.flatnonzero(fold != k)))
        asked = np.flatnonzero(fold == k)
        test, truth = subset(ballots, targets, asked)
        made = combine_all(test, combiner)
        outputs[name] |= dict(zip(asked.tolist(), made, strict=True))
        sums[name] = sums.get(name, 0.0) + counts(made, truth).sum(axis=0)
        step.figures[f"{name} {what} so far".strip()] = float(statistic(sums[name]))
    return {name: [made[i] for i in range(len(ballots))] for name, made in outputs.items()}


def _steps(learners: Iterable[str], folds: Sequence[int]) -> list[Step[tuple[int, str]]]:
    """Return a step for each fold and learner.

    All learners are tried on a fold before the next one, so that the time of the first fold tells
    how long the others will take.
    """
    return [
        Step((k, name), f"fold {number} of {len(folds)}")
        for number, k in enumerate(folds, start=1)
        for name in learners
    ]


def counts(combinations: Sequence[Combination], targets: Targets) -> Array:
    """Return what each segment adds to the score.

    Edits, shape (m, 3): right, made, and gold ones. Texts and labels, shape (m, 2): the score
    of the one chosen, and 1; both 0 where it has none. The score of a text fused from several is
    its best chrF against the references, as that of the systems' texts.

    Raises:
        ValueError: a text was fused from several, and there are no references to score it by.
    """
    rows = []
    for i, (combination, values) in enumerate(zip(combinations, targets.values, strict=True)):
        taken = np.array([decision.accepted for decision in combination.decisions], dtype=bool)
        if combination.backbone is not None:
            rows.append(_chosen(_score(combination, targets, i)))
        elif targets.several:
            rows.append(_made(values[taken], targets.gold[i]))
        else:
            rows.append(_chosen(values[taken]))
    return np.array(rows, dtype=np.float64)


def _score(combination: Combination, targets: Targets, i: int) -> Array:
    """Return the score of the fused text of ballot `i`, (1,)."""
    if not targets.references:
        raise ValueError(
            "a text fused from several has no score: only the systems' texts have one, unless the"
            " labels are references"
        )
    return best_chrf([combination.text or ""], targets.references[i])


def wrong_words(combinations: Sequence[Combination], targets: Targets) -> Array:
    """Return the wrong words of each text and the words of its nearest reference, (m, 2)."""
    pairs = zip(combinations, targets.references, strict=True)
    rows = [word_errors([combination.text or ""], texts)[0] for combination, texts in pairs]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _made(values: Array, gold: float) -> tuple[float, ...]:
    return float(values.sum()), float(len(values)), float(gold)


def _chosen(values: Array) -> tuple[float, ...]:
    known = values[np.isfinite(values)]
    return float(known.sum()), float(len(known))
