"""The alternative annotator test: whether a judge may take the place of a human annotator.

Calderon, Reichart & Dror (2025), "The Alternative Annotator Test for LLM-as-a-Judge". Each
annotator in turn is left out; the judge and that annotator are compared by how well each agrees
with the others on every item.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control, ttest_1samp, wilcoxon

from evaluation.errors import InputError
from evaluation.types import Array, Booleans, Integers

Alignment = Literal["accuracy", "rmse"]
"""How agreement with the other annotators is measured: of categories the share that are equal, of
numbers minus the root of the mean squared distance."""

FEWEST_ANNOTATORS = 3
"""With two, the test would only tell which of them the judge is closer to."""

FEWEST_FOR_T = 30
"""Items of an annotator from which a t-test is used; below, Wilcoxon's signed-rank test."""

WINNING_RATE = 0.5
"""The winning rate from which a judge passes."""

_ROUNDING = 1e-9  # distances this close, beside their size, are equal


class AltTest(NamedTuple):
    """The result of the test; fields of shape (annotators,) leave out those without an item.

    `annotators` are their rows, `items` the items each was compared on. `judge` and `human` are
    the advantage probabilities: how often the judge agrees with the other annotators at least
    as well as the annotator does, and the reverse. `p` is adjusted by Benjamini & Yekutieli
    (2001). `winning_rate` is the share of annotators that the judge wins against, and
    `advantage` the mean of `judge`.
    """

    annotators: Integers
    items: Integers
    judge: Array
    human: Array
    p: Array
    wins: Booleans
    winning_rate: float
    advantage: float

    @property
    def passed(self) -> bool:
        """Whether the judge wins against at least half of the annotators."""
        return self.winning_rate >= WINNING_RATE


def alt_test(
    judge: ArrayLike,
    annotators: ArrayLike,
    alignment: Alignment,
    epsilon: float = 0.2,
    level: float = 0.05,
) -> AltTest:
    """Return whether a judge may take the place of an annotator.

    For each annotator the null hypothesis is that the judge's advantage probability is at most
    the annotator's less `epsilon`; the judge wins where it is rejected. Items with fewer than two
    annotators, or without the judge, are left out.

    Args:
        judge: the judge's scores, shape (items,), NaN if missing.
        annotators: theirs, shape (annotators, items), NaN if missing.
        alignment: see `Alignment`.
        epsilon: the advantage that a judge is given for its lower cost; the paper has 0.2 for
            experts, 0.15 for skilled annotators and 0.1 for crowd workers.
        level: the false discovery rate.

    Raises:
        InputError: the shapes do not match, fewer than `FEWEST_ANNOTATORS` share an item with
            another annotator and the judge, or `epsilon` is not from 0 to below 1.
    """
    scores, values = _checked(judge, annotators, epsilon)
    shared = ~np.isnan(scores) & ((~np.isnan(values)).sum(axis=0) >= 2)
    rows = np.flatnonzero((~np.isnan(values) & shared).any(axis=1))
    if len(rows) < FEWEST_ANNOTATORS:
        counted = f"{len(rows)} of {len(values)} annotators share items with others and the judge"
        raise InputError("out-of-range", f"{counted}; the test needs {FEWEST_ANNOTATORS}")
    compared = [_compared(scores[shared], values[:, shared], int(row), alignment) for row in rows]
    raw = [_p_value(human - judge_ahead, epsilon) for judge_ahead, human in compared]
    p = false_discovery_control(raw, method="by")
    advantage = np.array([judge_ahead.mean() for judge_ahead, _ in compared])
    return AltTest(
        annotators=rows,
        items=np.array([len(human) for _, human in compared]),
        judge=advantage,
        human=np.array([human.mean() for _, human in compared]),
        p=p,
        wins=p <= level,
        winning_rate=float((p <= level).mean()),
        advantage=float(advantage.mean()),
    )


def _checked(judge: ArrayLike, annotators: ArrayLike, epsilon: float) -> tuple[Array, Array]:
    scores = np.asarray(judge, dtype=np.float64)
    values = np.asarray(annotators, dtype=np.float64)
    if scores.ndim != 1 or values.ndim != 2 or values.shape[1:] != scores.shape:
        shapes = f"a judge of shape {scores.shape} and annotators of shape {values.shape}"
        raise InputError("invalid-data", f"{shapes}; (items,) and (annotators, items) are needed")
    if not 0 <= epsilon < 1:
        raise InputError("out-of-range", f"epsilon {epsilon}; it is from 0 to below 1")
    return scores, values


def _compared(
    judge: Array, annotators: Array, left_out: int, alignment: Alignment
) -> tuple[Array, Array]:
    """Return where the judge is at least as good as an annotator, and the reverse: 0 and 1."""
    human = annotators[left_out]
    rated = ~np.isnan(human)
    others = np.delete(annotators, left_out, axis=0)[:, rated]
    by_judge = _distance(judge[rated], others, alignment)
    by_human = _distance(human[rated], others, alignment)
    margin = _ROUNDING * np.maximum(by_judge, by_human)
    ahead = by_judge <= by_human + margin, by_human <= by_judge + margin
    return ahead[0].astype(np.float64), ahead[1].astype(np.float64)


def _distance(scores: Array, others: Array, alignment: Alignment) -> Array:
    """Return the summed distance of scores to those of others, shape (items,).

    Both sides of a comparison have the same others, so sums are ordered as means and roots are.
    """
    gaps = np.abs(others - scores)
    gaps = (gaps > 0).astype(np.float64) if alignment == "accuracy" else gaps**2
    return np.asarray(np.where(np.isnan(others), 0, gaps).sum(axis=0))


def _p_value(differences: Array, epsilon: float) -> float:
    """Return the p-value of the mean difference being at least `epsilon`."""
    is_constant = np.ptp(differences) == 0
    if is_constant and differences[0] >= epsilon:
        return 1.0
    if len(differences) < FEWEST_FOR_T:
        return float(wilcoxon(differences - epsilon, alternative="less").pvalue)
    if is_constant:
        return 0.0  # a variance of 0, for which t is infinite
    return float(ttest_1samp(differences, epsilon, alternative="less").pvalue)
