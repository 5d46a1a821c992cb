"""Certifies a judge: all figures on it, and the conclusion."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluation.certificate.agreement import (
    agreement_rows,
    self_agreement_rows,
    tested,
    undefined,
)
from evaluation.certificate.bias import bias_rows, own_gap
from evaluation.certificate.correction import (
    FEWEST_LABELS,
    SURE_LABELS,
    SystemMean,
    system_means,
)
from evaluation.certificate.lengths import with_lengths
from evaluation.certificate.options import Compared, Options, compared
from evaluation.certificate.pairs import (
    judge_preferences,
    people_preferences,
    strength_rows,
)
from evaluation.certificate.tables import Matched, judges_of, read_matched
from evaluation.data.preference_tables import is_preferences
from evaluation.meta_evaluation.options import UNMATCHED_TOLERANCE
from evaluation.reporting.markdown import figure
from evaluation.reporting.table import Row, Table, sign
from evaluation.statistics.alt_test import FEWEST_FOR_T, AltTest
from evaluation.statistics.prediction_powered import Mean
from evaluation.statistics.rogan_gladen import Prevalence

MOST_OTHERS = 8
"""Other judges of the table, whose scores of a judge's own family are shown beside its own."""


@dataclass(frozen=True)
class Certificate:
    """The figures on a judge; `test` is a sentence where no test was made: the reason.

    `undefined` is the reason why coefficients of agreement are NaN, if they are.
    """

    judge: str
    raters: tuple[str, ...]
    test: AltTest | str
    agreement: tuple[Row, ...]
    undefined: str | None
    biases: tuple[Row, ...]
    means: tuple[SystemMean, ...]
    notes: tuple[str, ...]
    table: Table


def certify(
    judge: Path,
    human: Path,
    options: Options,
    name: str | None = None,
    rater: str | None = None,
    texts: Path | None = None,
    tolerance: float = UNMATCHED_TOLERANCE,
) -> Certificate:
    """Compare the scores of a judge, in one file, with those of people in another.

    Args:
        judge: a table with `segment,score` and more columns, as `tables.read_judge` describes.
        human: a table as `judgements.read_judgements` describes.
        options: how they are compared.
        name: the judge, where its table has several.
        rater: the column of people's names.
        tolerance: the share of the labels that may be of items without a score of the judge.
        texts: a folder with `NAME.txt` of each system, whose lengths replace the column `length`.

    Raises:
        DataError: a file cannot be read, or they have no item in common.
        InputError: an option does not fit the data, or too many labels find no score.
    """
    matched = read_matched(judge, human, name, rater, tolerance)
    if texts is not None:
        matched = replace(matched, scores=with_lengths(matched.scores, texts))
    more: tuple[Row, ...] = ()
    if is_preferences(judge):
        options = replace(options, categories=True)
        given = judge_preferences(judge, name), people_preferences(human, rater)
        more = tuple(strength_rows(*given, options.resamples))
    result = certificate(matched, options, more)
    others = [other for other in judges_of(judge) if other not in (*options.own, result.judge)]
    if not options.own or not others:
        return result
    gaps = [
        own_gap(compared(read_matched(judge, human, other, rater, 1), options), options)
        for other in others[:MOST_OTHERS]
    ]
    listed = ", ".join(f"{gap.name} {figure(gap.value)}" for gap in gaps)
    note = f"{gaps[0].statistic}, by other judges: {listed}; only more than theirs is a bias"
    return replace(result, notes=(*result.notes, note))


def certificate(matched: Matched, options: Options, more: tuple[Row, ...] = ()) -> Certificate:
    """Return the certificate of scores that are matched, with `more` rows; raises as `certify`."""
    scores = compared(matched, options)
    options = options.bounded(int(scores.rated.sum()))
    test = tested(scores, options)
    agreement = (*agreement_rows(scores, options), *self_agreement_rows(scores, options))
    agreement += tuple(row for row in more if row.level != "bias")
    biases = (*bias_rows(scores, options), *(row for row in more if row.level == "bias"))
    means = tuple(system_means(scores, options))
    name = matched.scores.judge
    rows = [*_test_rows(name, test), *agreement, *biases, *_mean_rows(means)]
    return Certificate(
        name,
        matched.raters,
        test,
        agreement,
        undefined(scores),
        biases,
        means,
        tuple(_notes(scores, test, means)),
        Table(rows, sign(f"certify {name}", options.parameters())),
    )


def _test_rows(name: str, test: AltTest | str) -> Iterator[Row]:
    if isinstance(test, AltTest):
        n = len(test.annotators)
        yield Row(name, "annotators", "winning rate", test.winning_rate, n=n)
        yield Row(name, "annotators", "advantage probability", test.advantage, n=n)


def _mean_rows(means: tuple[SystemMean, ...]) -> Iterator[Row]:
    for mean in means:
        yield _mean_row(mean.system, "labels alone", mean.alone, mean.alone.labels)
        if mean.is_complete:
            continue
        yield _mean_row(mean.system, "corrected", mean.corrected, mean.alone.labels)
        if mean.prevalence is not None and not np.isnan(mean.prevalence.value):
            yield _mean_row(mean.system, "Rogan-Gladen", mean.prevalence, mean.alone.labels)
        if mean.needed is not None:
            statistic = f"labels for ±{mean.half_width:.3g}"
            yield Row(mean.system, "system", statistic, mean.needed)


def _mean_row(system: str, kind: str, mean: Mean | Prevalence, labels: int) -> Row:
    return Row(system, "system", f"mean, {kind}", mean.value, mean.low, mean.high, labels)


def _notes(scores: Compared, test: AltTest | str, means: tuple[SystemMean, ...]) -> Iterator[str]:
    matched = scores.matched
    yield from matched.notes
    if scores.ties:
        yield f"{scores.ties} items whose most frequent category is not clear are left out"
    if isinstance(test, AltTest) and (few := (test.items < FEWEST_FOR_T).sum()):
        yield f"{few} annotators have fewer than {FEWEST_FOR_T} items: Wilcoxon's test, not t"
    yield from _notes_on_means(scores, means)


def _notes_on_means(scores: Compared, means: tuple[SystemMean, ...]) -> Iterator[str]:
    systems = scores.matched.scores.systems
    if few := sorted(set(systems) - {mean.system for mean in means}):
        yield f"fewer than {FEWEST_LABELS} labels, and no mean: {', '.join(few)}"
    if any(mean.alone.labels < SURE_LABELS for mean in means):
        yield f"means of fewer than {SURE_LABELS} labels: intervals may be too narrow"
    reasons: dict[str, list[str]] = {}
    for mean in means:
        for reason in _reasons(mean):
            reasons.setdefault(reason, []).append(mean.system)
    for reason, names in reasons.items():
        yield f"{', '.join(names)}: {reason}"


def _reasons(mean: SystemMean) -> Iterator[str]:
    """Yield the reasons not to correct a mean, and why more labels would not be enough."""
    if mean.refusal:
        yield f"use labels alone; {mean.refusal}"
    if mean.prevalence is not None and mean.prevalence.refusal:
        yield f"no correction by Rogan-Gladen; {mean.prevalence.refusal}"
    if mean.needed is None and not mean.is_complete:
        yield f"±{mean.half_width:.3g} needs more items than the judge scored"
