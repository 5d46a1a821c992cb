"""The rows of the report on a trained combiner: scores, gains over the vote, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np

from ensemble.candidates import Kind
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets
from ensemble.targets.changes import is_nearer
from ensemble.training.baselines import VOTE
from ensemble.training.cross_validation import (
    WORD_ERRORS,
    YARDSTICKS,
    Yardstick,
    counts,
    wrong_words,
)
from ensemble.types import Array
from evaluation.reporting.table import Row
from evaluation.statistics.calibration import calibration_error
from evaluation.statistics.significance import bootstrap, paired_difference

GAIN = "gain over the vote"
"""The statistic of the rows that compare with the vote."""


FEWER = "fewer word errors"
"""The statistic of the rows that compare word error rates with that of the vote."""


def compare(
    outputs: Mapping[str, Sequence[Combination]], targets: Targets, kind: Kind
) -> list[Row]:
    """Return the score of each, and its gain over the vote, with paired 95% intervals."""
    scored = {who: counts(found, targets) for who, found in outputs.items()}
    return _compared(scored, YARDSTICKS[kind], GAIN)


def compare_words(outputs: Mapping[str, Sequence[Combination]], targets: Targets) -> list[Row]:
    """Return the word error rate of each, and how much lower than that of the vote it is.

    There are none where texts were not labelled by references, or are to be near them by chrF.
    """
    if not targets.references or targets.loss != "wer":
        return []
    wrong = {who: wrong_words(found, targets) for who, found in outputs.items()}
    return _compared(wrong, WORD_ERRORS, FEWER, lower_is_better=True)


def _compared(
    scored: Mapping[str, Array],
    yardstick: Yardstick,
    gain_name: str,
    *,
    lower_is_better: bool = False,
) -> list[Row]:
    name, statistic = yardstick
    rows = []
    for who, own in scored.items():
        rows.append(_row(who, name, statistic(own.sum(axis=0)), bootstrap(own, statistic), own))
        if who != VOTE:
            better, worse = (scored[VOTE], own) if lower_is_better else (own, scored[VOTE])
            gain = paired_difference(better, worse, statistic)
            rows.append(_row(who, gain_name, gain.delta, (gain.low, gain.high), own))
    return rows


def by_group(
    outputs: Mapping[str, Sequence[Combination]], targets: Targets, kind: Kind, name: str
) -> list[Row]:
    """Return the gain over the vote of the combiner `name` in each group, if there are several."""
    statistic = YARDSTICKS[kind].statistic
    own, vote = counts(outputs[name], targets), counts(outputs[VOTE], targets)
    rows = []
    for group in sorted(set(targets.groups)):
        inside = np.array([other == group for other in targets.groups])
        gain = paired_difference(own[inside], vote[inside], statistic)
        bounds = float(gain.low), float(gain.high)
        rows.append(Row(name, f"in {group}", GAIN, float(gain.delta), *bounds, int(inside.sum())))
    return rows


def report_rows(
    outputs: Mapping[str, Sequence[Combination]], targets: Targets, kind: Kind, name: str
) -> list[Row]:
    """Return all rows on the trained combiner `name`: scores, gain by group, calibration."""
    return [
        *compare(outputs, targets, kind),
        *compare_words(outputs, targets),
        *by_group(outputs, targets, kind, name),
        *calibrated(outputs, targets, name),
    ]


def advice(rows: Sequence[Row], name: str, grouped: bool) -> str:
    """Return a sentence on where the combiner `name` may be used, by its gain over the vote.

    It is the gain in word errors where these are among the `rows`.
    """
    gain, conclusion = _concluded(rows, name)
    where = "on groups it was not trained on" if grouped else "on held-out segments"
    unit = " word errors in 100 fewer" if gain.statistic == FEWER else ""
    sentence = f"{conclusion}: {_bounded(gain)}{unit} {where}"
    if conclusion == _better(name) and not grouped:
        return f"{sentence}; on texts of other origin this is not known"
    return f"{sentence}; use the vote" if conclusion == _worse(name) else sentence


def verdict(rows: Sequence[Row], name: str, data: str) -> str:
    """Return the sentence that a report on the combiner `name` begins with.

    It has the gain over the vote with its interval, and on how many segments of which `data`, if
    that has a name, it was measured.
    """
    gain, conclusion = _concluded(rows, name)
    measured = next(row.statistic for row in rows if row.name == name)
    unit = FEWER if gain.statistic == FEWER else measured
    of_data = f" of {data}" if data else ""
    bounds = _bounded(gain).replace("(", "(95% interval ")
    return f"{conclusion}: {bounds} {unit}, held out, on {gain.n} segments{of_data}."


def _concluded(rows: Sequence[Row], name: str) -> tuple[Row, str]:
    """Return the gain of the combiner `name` over the vote, and in words whether it is clear."""
    held_out = {r.statistic: r for r in rows if (r.name, r.level) == (name, "held out")}
    gain = held_out.get(FEWER, held_out[GAIN])
    if (gain.low or 0.0) > 0:
        return gain, _better(name)
    if (gain.high or 0.0) < 0:
        return gain, _worse(name)
    return gain, f"{name} is not clearly better than the vote"


def _better(name: str) -> str:
    return f"{name} is better than the vote"


def _worse(name: str) -> str:
    return f"{name} is worse than the vote"


def _bounded(gain: Row) -> str:
    return f"{gain.value:+.2f} ({gain.low or 0.0:+.2f} to {gain.high or 0.0:+.2f})"


def _row(who: str, name: str, value: Array, bounds: tuple[Array, Array], own: Array) -> Row:
    low, high = bounds
    return Row(who, "held out", name, float(value), float(low), float(high), len(own))


def calibrated(
    outputs: Mapping[str, Sequence[Combination]], targets: Targets, name: str
) -> list[Row]:
    """Return the expected calibration error of the combiner `name`, if anything is labelled."""
    probability, right = beliefs(outputs[name], targets)
    if not len(right):
        return []
    error = calibration_error(probability, right)
    return [Row(name, "held out", "calibration error", error, n=len(right))]


def beliefs(combinations: Sequence[Combination], targets: Targets) -> tuple[Array, Array]:
    """Return the probability of each candidate that has a target, and whether it is right, (n,).

    A text is right if no other text of its segment has a better score. Of texts fused from several,
    the candidates are changes, which are right where they alone bring the text nearer a reference.
    """
    if any(combination.backbone is not None for combination in combinations):
        return _beliefs_in_changes(combinations, targets)
    found = [[d.probability for d in combination.decisions] for combination in combinations]
    probability = np.concatenate([*map(np.asarray, found), np.zeros(0)])
    known = np.isfinite(targets.flat)
    texts = any(d.candidate.type == "text" for c in combinations for d in c.decisions)
    best = [v >= np.nanmax(v, initial=-np.inf) for v in targets.values] if texts else []
    right = np.concatenate(best).astype(np.float64) if texts else targets.flat
    return probability[known], right[known]


def _beliefs_in_changes(
    combinations: Sequence[Combination], targets: Targets
) -> tuple[Array, Array]:
    rows = []
    for combination, references in zip(combinations, targets.references, strict=True):
        if combination.backbone is not None:
            edits = [decision.candidate.edit for decision in combination.decisions]
            right = is_nearer(combination.backbone, edits, references, targets.loss)
            probability = [decision.probability for decision in combination.decisions]
            rows.append(np.column_stack([probability, right]))
    probability, right = np.concatenate([*rows, np.zeros((0, 2))]).T
    known = np.isfinite(right)
    return probability[known], right[known]
