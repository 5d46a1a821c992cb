"""Held-out figures: nobody is asked about what they have seen."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.targets import Targets
from ensemble.training.baselines import baselines
from ensemble.training.comparison import (
    GAIN,
    advice,
    beliefs,
    by_group,
    calibrated,
    compare,
    compare_words,
    verdict,
)
from ensemble.training.cross_validation import counts, cross_validate
from evaluation.execution.progress import quietly
from evaluation.reporting.table import Row

SKILLS = {"a": 0.9, "b": 0.6, "c": 0.3}


class Learnt(Majority):
    """A vote that is refused on what it has seen."""

    def __init__(self, seen):
        super().__init__()
        object.__setattr__(self, "seen", seen)

    def judge(self, ballots):
        assert not self.seen & {ballot.source for ballot in ballots}
        return super().judge(ballots)


def test_nobody_is_asked_about_what_they_have_seen(planted):
    ballots, targets = planted.edits(40, SKILLS)
    shown = []

    def learner(known, truth):
        shown.append(len(known))
        return Learnt({ballot.source for ballot in known})

    outputs = cross_validate(ballots, targets, {"x": learner}, 4, 1, quietly)
    assert sum(shown) == 3 * len(ballots)
    assert outputs["x"] == combine_all(ballots, Majority())


def test_what_a_segment_adds(planted):
    ballots, targets = planted.edits(30, SKILLS)
    found = counts(combine_all(ballots, Majority(k=1)), targets)
    assert found.shape == (30, 3)
    assert found[:, 2].tolist() == targets.gold.tolist()
    assert np.all(found[:, 0] <= found[:, 1])
    ballots, targets = planted.labels(30, SKILLS)
    right = counts(combine_all(ballots, Majority()), targets)
    assert set(right[:, 0]) <= {0.0, 1.0}
    assert right[:, 1].tolist() == [1.0] * 30


def test_a_text_without_a_score_counts_for_nothing(planted):
    ballots, targets = planted.texts(5, SKILLS)
    unknown = Targets(tuple(np.full(len(v), np.nan) for v in targets.values), targets.gold)
    assert counts(combine_all(ballots, Majority()), unknown).tolist() == [[0, 0]] * 5


def test_a_text_that_no_system_gave_has_no_score_without_references(planted):
    ballots, targets = planted.texts(5, SKILLS)
    targets = replace(targets, references=())
    fused = [replace(c, backbone="a text") for c in combine_all(ballots, Majority())]
    with pytest.raises(ValueError, match="has no score"):
        counts(fused, targets)
    assert not any("fuse" in name for name in baselines("texts"))


def test_a_text_that_no_system_gave_is_scored_by_its_references(planted):
    ballots, targets = planted.texts(5, SKILLS)
    right = [texts[0] for texts in targets.references]
    combined = combine_all(ballots, Majority())
    fused = [
        replace(c, text=text, backbone="a text") for c, text in zip(combined, right, strict=True)
    ]
    assert counts(fused, targets).tolist() == [[100, 1]] * 5
    whole = [replace(c, text=text) for c, text in zip(combined, right, strict=True)]
    assert (counts(whole, targets)[:, 0] < 100).any()  # as the systems' own texts are scored
    assert "fuse untrained" in baselines("texts", has_references=True)


def test_word_errors_are_compared_where_they_are_the_loss(planted):
    ballots, targets = planted.texts(8, SKILLS)
    vote = combine_all(ballots, Majority())
    right = [replace(c, text=t[0]) for c, t in zip(vote, targets.references, strict=True)]
    assert compare_words({"vote": vote, "right": right}, targets) == []
    rows = compare_words({"vote": vote, "right": right}, replace(targets, loss="wer"))
    assert [row.statistic for row in rows] == [
        "word error rate", "word error rate", "fewer word errors",
    ]  # fmt: skip
    assert rows[0].value > rows[1].value == 0
    assert rows[2].value == rows[0].value


def test_the_vote_gains_nothing_over_itself(planted):
    ballots, targets = planted.labels(40, SKILLS)
    vote = combine_all(ballots, Majority())
    rows = compare({"vote": vote, "again": vote}, targets, "labels")
    assert [(row.name, row.statistic) for row in rows] == [
        ("vote", "accuracy"),
        ("again", "accuracy"),
        ("again", "gain over the vote"),
    ]
    assert (rows[2].value, rows[2].low, rows[2].high) == (0, 0, 0)


def test_beliefs_are_about_what_is_known(planted):
    ballots, targets = planted.labels(40, SKILLS)
    vote = combine_all(ballots, Majority())
    probability, right = beliefs(vote, targets)
    assert len(probability) == len(right) == sum(len(b.candidates) for b in ballots)
    (row,) = calibrated({"vote": vote}, targets, "vote")
    assert 0 <= row.value <= 1


def test_a_text_is_right_if_none_is_better(planted):
    ballots, targets = planted.texts(5, SKILLS)
    probability, right = beliefs(combine_all(ballots, Majority()), targets)
    assert len(probability) == len(right) == len(targets.flat)
    best = [values == values.max() for values in targets.values]
    assert right.tolist() == np.concatenate(best).tolist()


def test_without_labels_nothing_is_calibrated(planted):
    ballots, targets = planted.texts(5, SKILLS)
    unknown = Targets(tuple(np.full(len(v), np.nan) for v in targets.values), targets.gold)
    assert calibrated({"vote": combine_all(ballots, Majority())}, unknown, "vote") == []


def test_more_folds_than_sources(planted):
    with pytest.raises(ValueError, match="too few"):
        cross_validate(*planted.labels(3, SKILLS), {}, 5, 1, quietly)


def test_groups_are_tried_by_what_was_trained_on_others(planted):
    ballots, targets = planted.labels(60, SKILLS)
    targets = replace(targets, groups=tuple("abc"[i % 3] for i in range(60)))
    seen = []

    def learner(known, truth):
        seen.append(set(truth.groups))
        return Majority()

    outputs = cross_validate(ballots, targets, {"vote": learner}, 5, 1, quietly)
    assert sorted(map(sorted, seen)) == [["a", "b"], ["a", "c"], ["b", "c"]]
    rows = by_group(outputs, targets, "labels", "vote")
    assert [(row.level, row.value, row.n) for row in rows] == [
        ("in a", 0, 20), ("in b", 0, 20), ("in c", 0, 20)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bounds", "grouped", "start", "end"),
    [
        ((0.5, 2.0), False, "own is better than the vote: +1.00 (+0.50 to +2.00)", "not known"),
        ((0.5, 2.0), True, "own is better than the vote", "on groups it was not trained on"),
        ((-0.5, 2.0), False, "own is not clearly better than the vote", "on held-out segments"),
        ((-2.0, -0.5), True, "own is worse than the vote", "use the vote"),
    ],
)
def test_the_advice_is_by_the_interval_of_the_gain(bounds, grouped, start, end):
    sentence = advice([Row("own", "held out", GAIN, 1.0, *bounds)], "own", grouped)
    assert sentence.startswith(start)
    assert sentence.endswith(end)


def test_each_step_has_the_score_so_far_and_the_last_one_that_of_all(planted):
    ballots, targets = planted.edits(60, SKILLS)
    steps = []

    def progress(items, what, total=None):
        steps.extend(items)
        return steps

    learners = baselines("edits")
    outputs = cross_validate(ballots, targets, learners, 3, 1, progress)
    assert [step.name for step in steps] == [
        f"fold {k} of 3" for k in (1, 2, 3) for _ in learners
    ]  # fmt: skip
    last = {name: value for step in steps for name, value in step.figures.items()}
    scores = {
        f"{row.name} {row.statistic} so far": row.value
        for row in compare(outputs, targets, "edits")
        if row.statistic != GAIN
    }
    assert last == pytest.approx(scores)


@pytest.mark.parametrize(
    ("low", "high", "word"), [(1, 3, "better"), (-3, -1, "worse"), (-1, 1, "not")]
)
def test_the_verdict_is_that_of_the_advice(low, high, word):
    rows = [
        Row("own", "held out", "accuracy", 60.0, 50.0, 70.0, 12),
        Row("own", "held out", GAIN, (low + high) / 2, low, high, 12),
    ]
    sentence = verdict(rows, "own", "data")
    conclusion = sentence.partition(":")[0]
    assert word in conclusion
    assert advice(rows, "own", grouped=False).startswith(f"{conclusion}: ")
    assert "accuracy, held out, on 12 segments of data" in sentence
