"""A certificate: planted agreement, biases and means are found, whatever the order of the rows."""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.certificate.bias import UNMEASURED
from evaluation.certificate.options import Options
from evaluation.certificate.report import report
from evaluation.certificate.run import Certificate, certify
from evaluation.errors import InputError
from evaluation.records import DataError

FAST = Options(resamples=200)
SYSTEMS = ("a", "b", "c")


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


class Planted:
    """Tables of a judge and of people on 3 systems and `n` segments, of which 60 have labels."""

    def __init__(self, folder: Path, n: int = 200, seed: int = 1, binary: bool = False) -> None:
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.truth = self.rng.normal(size=(3, n)) + np.arange(3)[:, None]
        if binary:
            self.truth = (self.truth > 0).astype(float)
        self.items = [(i, k) for i in range(3) for k in range(n)]

    def people(self, raters: int = 3, noise: float = 0.5, labelled: int = 60) -> Path:
        rows: list[dict[str, object]] = [
            {
                "rater": f"r{rater}",
                "system": SYSTEMS[i],
                "segment": k,
                "score": round(float(self.truth[i, k] + noise * self.rng.normal()), 3),
            }
            for rater in range(raters)
            for i, k in self.items
            if k < labelled
        ]
        return write(self.folder / "human.csv", rows)

    def judge(self, scores: np.ndarray, **columns: list[object]) -> Path:
        rows = [
            {
                "system": SYSTEMS[i],
                "segment": k,
                "score": float(scores[i, k]),
                **{name: cells[place] for name, cells in columns.items()},
            }
            for place, (i, k) in enumerate(self.items)
        ]
        return write(self.folder / "judge.csv", rows)


def figure(certificate: Certificate, statistic: str, name: str | None = None):
    (row,) = [
        row
        for row in certificate.table.rows
        if row.statistic == statistic and name in (None, row.name)
    ]
    return row


def test_a_judge_that_is_the_truth_passes_and_one_of_noise_fails(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    good = certify(planted.judge(np.clip(planted.truth, -2, 3)), people, FAST)
    assert good.test.passed
    assert figure(good, "pearson").low > 0.8
    noise = planted.rng.uniform(-1, 2, size=planted.truth.shape)
    bad = certify(planted.judge(noise), people, FAST)
    assert not bad.test.passed
    assert figure(bad, "pearson").low < 0.1
    verdicts = report(good).verdicts
    assert verdicts[0].startswith("judge can replace an annotator: it wins against 3 of 3")
    assert report(bad).verdicts[0].startswith("judge cannot replace an annotator")


def test_corrected_means_are_narrower_and_hold_the_truth(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people(raters=1, noise=0.0)
    # A scale of its own, on which system c is praised: the mean of the labels is still right.
    scores = 10 * planted.truth + 5 + 20 * (np.arange(3) == 2)[:, None]
    scores += 3 * planted.rng.normal(size=scores.shape)
    means = certify(planted.judge(scores), people, FAST).means
    for mean, truth in zip(means, planted.truth.mean(axis=1), strict=True):
        assert mean.corrected.low < truth < mean.corrected.high
        assert mean.corrected.width < 0.8 * mean.alone.width
        assert mean.refusal is None


def test_a_constant_judge_is_refused(tmp_path):
    planted = Planted(tmp_path, binary=True)
    people = planted.people(raters=1, noise=0.0)
    result = certify(planted.judge(np.ones_like(planted.truth)), people, FAST)
    assert [mean.refusal for mean in result.means] == [
        "the judge scores all labelled items alike"
    ] * 3
    assert [mean.best for mean in result.means] == [mean.alone for mean in result.means]
    assert "use labels alone" in " ".join(report(result).verdicts)
    assert "no better than chance" in " ".join(result.notes)


def test_scores_of_0_and_1_have_accuracy_kappa_and_rogan_gladen(tmp_path):
    planted = Planted(tmp_path, binary=True)
    people = planted.people(raters=1, noise=0.0)
    wrong = planted.rng.random(planted.truth.shape) < 0.1
    result = certify(planted.judge(np.abs(planted.truth - wrong)), people, FAST)
    accuracy = figure(result, "accuracy")
    assert accuracy.value == pytest.approx(1 - wrong[:, :60].mean())
    assert accuracy.low < accuracy.value < accuracy.high
    kappa = figure(result, "Cohen's kappa")
    assert 0.5 < kappa.low < kappa.value < kappa.high
    shares = [figure(result, "mean, Rogan-Gladen", system) for system in "ab"]
    for share, truth in zip(shares, planted.truth[:2].mean(axis=1), strict=True):
        assert share.low <= truth <= share.high


def test_a_threshold_makes_graded_scores_0_and_1(tmp_path):
    planted = Planted(tmp_path, binary=True)
    people = planted.people(raters=1, noise=0.0)
    judge = planted.judge(planted.truth * 2 + 1)
    result = certify(judge, people, replace(FAST, threshold=2.0))
    assert figure(result, "accuracy").value == 1
    assert figure(result, "Cohen's kappa").value == 1


def test_planted_biases_are_found_and_absent_ones_are_not(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    lengths = planted.rng.integers(10, 90, size=planted.truth.shape)
    positions = planted.rng.integers(1, 3, size=planted.truth.shape)
    columns = {
        "length": list(lengths.ravel()),
        "position": list(positions.ravel()),
        "family": [("x", "y", "y")[i] for i, _ in planted.items],
    }
    fair = planted.truth + 0.3 * planted.rng.normal(size=planted.truth.shape)
    options = replace(FAST, own=("x",))
    rows = certify(planted.judge(fair, **columns), people, options).biases
    assert [row.statistic for row in rows] == [
        "residual and length, spearman",
        "first position, less the others",
        "own family, less the others",
    ]
    assert all(row.low < 0.1 < 0.5 > row.high for row in rows)
    unfair = fair + lengths / 40 + 2 * (positions == 1) + 2 * (np.arange(3) == 0)[:, None]
    biased = certify(planted.judge(unfair, **columns), people, options)
    assert all(row.low > 0 for row in biased.biases)
    assert report(biased).verdicts[-1].startswith("biases: residual and length, spearman")


def test_the_own_family_is_compared_with_other_judges(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    rows = [
        {
            "judge": judge,
            "system": SYSTEMS[i],
            "segment": k,
            "score": planted.truth[i, k] + (i == 0) * praise,
        }
        for judge, praise in (("a", 3.0), ("x", 1.0), ("y", 0.0))
        for i, k in planted.items
    ]
    table = write(tmp_path / "judge.csv", rows)
    result = certify(table, people, replace(FAST, own=("a",)), "a")
    gap = figure(result, "own family, less the others").value
    of_others = re.search(r"by other judges: x ([\d.-]+), y ([\d.-]+);", result.notes[-1])
    by_x, by_y = map(float, of_others.groups())
    assert by_y < by_x < gap
    assert gap > 1.5


@pytest.mark.parametrize("given", ["", "7"])
def test_missing_positions_and_lengths_leave_the_bias_undefined(tmp_path, given):
    planted = Planted(tmp_path, n=40)
    people = planted.people(labelled=20)
    # Only items without a label have them, or none.
    cells = [given if k >= 20 else "" for _, k in planted.items]
    judge = planted.judge(planted.truth, position=cells, length=cells)
    rows = certify(judge, people, FAST).biases
    assert [np.isnan(row.value) for row in rows] == [True, True]
    assert [row.low for row in rows] == [None, None]


@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_position_is_measured_within_items_scored_at_both(tmp_path, gap):
    planted = Planted(tmp_path)
    people = planted.people(labelled=20)
    rows = [
        {
            "system": SYSTEMS[i],
            "segment": k,
            "position": position,
            "score": planted.truth[i, k] + (gap if position == 1 else 0.0),
        }
        for i, k in planted.items
        for position in ((1, 2) if k % 2 else (1, 1))
    ]
    judge = write(tmp_path / "judge.csv", rows)
    row = figure(certify(judge, people, FAST), "first position, less the others")
    assert (row.value, row.low, row.high) == pytest.approx((gap, gap, gap), abs=1e-9)
    assert row.n == 600


def test_repeats_have_alpha(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    rows = [
        {"system": SYSTEMS[i], "segment": k, "score": float(planted.truth[i, k])}
        for i, k in planted.items
    ]
    same = certify(write(tmp_path / "judge.csv", rows * 3), people, FAST)
    assert figure(same, "alpha of its repeats").value == pytest.approx(1)
    assert 0.6 < figure(same, "alpha of the annotators").value < 0.99


def test_lengths_come_from_texts(tmp_path):
    planted = Planted(tmp_path, n=30)
    planted.items = [(i, k) for i in range(3) for k in range(1, 30)]
    people = planted.people(labelled=30)
    for i, system in enumerate(SYSTEMS):
        lines = ["x" * (1 + 7 * k % (5 + i)) for k in range(1, 30)]
        (tmp_path / f"{system}.txt").write_text("\n".join(lines) + "\n")
    judge = planted.judge(planted.truth)
    result = certify(judge, people, FAST, texts=tmp_path)
    assert figure(result, "residual and length, spearman").n == 87
    (tmp_path / "c.txt").write_text("short\n")
    with pytest.raises(InputError, match=r"c\.txt has 1 lines, and a score of line 29"):
        certify(judge, people, FAST, texts=tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.integers(0, 10**6), st.booleans())
def test_the_order_of_rows_does_not_matter(tmp_path, seed, binary):
    planted = Planted(tmp_path, n=40, seed=seed, binary=binary)
    people = planted.people(noise=0.0 if binary else 0.5, labelled=20)
    scores = planted.truth + (0 if binary else 0.5 * planted.rng.normal(size=planted.truth.shape))
    judge = planted.judge(scores, length=list(planted.rng.integers(99, size=120)))
    once = report(certify(judge, people, FAST)).to_json()
    for path in (judge, people):
        heads, *rows = path.read_text().splitlines()
        path.write_text("\n".join([heads, *planted.rng.permutation(rows)]) + "\n")
    again = report(certify(judge, people, FAST)).to_json()
    for row, other in zip(json.loads(once)["rows"], json.loads(again)["rows"], strict=True):
        assert row == pytest.approx(other)


def test_the_report_has_every_part(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    result = report(certify(planted.judge(np.clip(planted.truth, -1, 3)), people, FAST))
    text = result.markdown()
    assert "| r0 | 180 |" in text
    assert "mean, corrected" in text
    fields = json.loads(result.to_json())
    assert fields["passed"] is True
    assert [mean["system"] for mean in fields["means"]] == list(SYSTEMS)
    assert "<svg" in result.html()


JUDGE = "segment,score\n1,1\n2,0\n"
HUMAN = "segment,score\n1,1\n2,0\n"


@pytest.mark.parametrize(
    ("judge", "human", "options", "fault"),
    [
        ("segment,score\n1,x\n", HUMAN, FAST, r"judge.csv:2: score 'x' is not a number"),
        ("segment,score\n1,inf\n", HUMAN, FAST, r"judge.csv:2: score 'inf' is not a finite number"),
        ("segment,score\n1,\n", HUMAN, FAST, r"judge.csv: no scores"),
        ("segment,score,length\n1,1,x\n", HUMAN, FAST, r"judge.csv:2: length 'x' is not a number"),
        ("judge,segment,score\nA,1,1\nB,1,1\n", HUMAN, FAST, "several judges; select one of A, B"),
        ("segment,score\n9,1\n", HUMAN, FAST, "labels are of other segments than the scores"),
        (JUDGE, "system,segment,score\na,1,1\n", FAST, "judge.csv:1: has no column system"),
        ("system,segment,score\na,1,1\n", HUMAN, FAST, "human.csv:1: has no column system"),
        (JUDGE, HUMAN, replace(FAST, own=("z",)), "no system or family 'z'; there are texts"),
        (JUDGE, "segment,score\n1,3\n", replace(FAST, threshold=1), "threshold needs human scores"),
    ],
)
def test_bad_input_is_named(tmp_path, judge, human, options, fault):
    for name, text in (("judge.csv", judge), ("human.csv", human)):
        (tmp_path / name).write_text(text)
    with pytest.raises((DataError, InputError), match=fault):
        certify(tmp_path / "judge.csv", tmp_path / "human.csv", options)


@pytest.mark.parametrize(
    "given", [{"epsilon": 1.0}, {"half_width": 0.0}, {"half_width": np.inf}, {"threshold": np.nan}]
)
def test_an_option_outside_its_range_is_named(given):
    with pytest.raises(InputError, match=next(iter(given)).replace("_", " ")):
        Options(**given)


def test_with_a_label_for_every_item_means_are_not_corrected(tmp_path):
    planted = Planted(tmp_path, n=30)
    people = planted.people(labelled=30)
    result = certify(planted.judge(planted.truth), people, FAST)
    assert not any(row.statistic == "mean, corrected" for row in result.table.rows)
    assert "need no correction" in " ".join(report(result).verdicts)
    assert result.notes[-1].startswith("a, b, c: use labels alone; every item")


def test_the_wanted_half_width_is_answered(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    judge = planted.judge(planted.truth + planted.rng.normal(size=planted.truth.shape))
    wide = certify(judge, people, replace(FAST, half_width=0.2)).means
    narrow = certify(judge, people, replace(FAST, half_width=0.001))
    assert all(mean.needed and 20 < mean.needed < 150 for mean in wide)
    assert all(mean.needed is None for mean in narrow.means)
    assert any("±0.001 needs more items than the judge scored" in n for n in narrow.notes)


def test_few_items_are_compared_with_a_note(tmp_path):
    planted = Planted(tmp_path, n=40)
    people = planted.people(labelled=8)
    result = certify(planted.judge(np.clip(planted.truth, -1, 2)), people, FAST)
    assert any("3 annotators have fewer than 30 items" in note for note in result.notes)


def test_many_categories_are_refused(tmp_path):
    planted = Planted(tmp_path, n=20)
    judge, people = planted.judge(planted.truth), planted.people(labelled=20)
    with pytest.raises(InputError, match="different scores, as categories; the limit is 20"):
        certify(judge, people, replace(FAST, categories=True))


def test_two_scores_are_enough_for_a_certificate_without_means(tmp_path):
    for name, text in (("judge.csv", JUDGE), ("human.csv", HUMAN)):
        (tmp_path / name).write_text(text)
    result = certify(tmp_path / "judge.csv", tmp_path / "human.csv", FAST)
    assert figure(result, "accuracy").low is None
    assert result.means == ()
    assert any("fewer than 10 labels" in note for note in result.notes)


def scores(draw: Callable[[int, int], object], labelled: int, judged: int) -> tuple[str, str]:
    """Return tables of a judge and of three raters, with scores `draw(rater, segment)`."""
    people = [f"r{r},{k},{draw(r, k)}\n" for r in range(1, 4) for k in range(labelled)]
    judge = [f"{k},{draw(0, k)}\n" for k in range(judged)]
    return "segment,score\n" + "".join(judge), "rater,segment,score\n" + "".join(people)


def certified(folder: Path, judge: str, human: str, options: Options = FAST) -> Certificate:
    (folder / "judge.csv").write_text(judge)
    (folder / "human.csv").write_text(human)
    return certify(folder / "judge.csv", folder / "human.csv", options)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([2, 5]))
def test_only_agreement_beyond_chance_lets_a_judge_replace_an_annotator(tmp_path, seed, scale):
    rng = np.random.default_rng(seed)
    result = certified(tmp_path, *scores(lambda r, k: rng.integers(scale), 60, 60))
    (verdict, *_) = report(result).verdicts
    alpha = figure(result, "alpha of the annotators")
    coefficient = figure(result, "Cohen's kappa" if scale == 2 else "pearson")
    is_clear = alpha.low > 0 and coefficient.low > 0
    if not is_clear:
        assert not verdict.startswith("judge can replace")
    if alpha.low <= 0:
        assert "the annotators do not agree beyond chance" in verdict
        assert verdict.endswith("the test says nothing")
        assert json.loads(report(result).to_json())["passed"] is None


def test_coin_flips_replace_no_annotator(tmp_path):
    rng = np.random.default_rng(1)
    result = certified(tmp_path, *scores(lambda r, k: rng.integers(2), 300, 300))
    assert result.test.passed
    verdict = report(result).verdicts[0]
    assert verdict.startswith("whether judge can replace an annotator is not known: it wins")
    assert "the annotators do not agree beyond chance (alpha of the annotators " in verdict


def test_a_judge_that_agrees_by_chance_with_loose_annotators_is_not_praised(tmp_path):
    rng = np.random.default_rng(3)
    truth = rng.integers(2, size=300)
    noise = 0.32  # the annotators agree beyond chance, but little
    draw = lambda r, k: int(truth[k] ^ (rng.random() < (noise if r else 0.5)))  # noqa: E731
    tables = scores(draw, 300, 300)
    result = certified(tmp_path, *tables, replace(FAST, epsilon=0.6))
    assert result.test.passed
    assert figure(result, "alpha of the annotators").low > 0
    assert "but the judge and people do not agree beyond chance" in report(result).verdicts[0]


def test_few_segments_do_not_show_that_annotators_agree(tmp_path):
    result = certified(tmp_path, *scores(lambda r, k: k % 2, 8, 8))
    assert result.test.passed
    assert "not shown to agree beyond chance on fewer than 12" in report(result).verdicts[0]


def test_the_range_is_that_of_items_with_labels(tmp_path):
    within = scores(lambda r, k: k % 7 if k < 40 else 99, 40, 60)
    assert certified(tmp_path, *within).test.passed
    beyond = scores(lambda r, k: (k % 7) * (1 if r else 10), 40, 60)
    assert (
        "scores, 0 to 60, exceed the range of people's, 0 to 6" in certified(tmp_path, *beyond).test
    )


def test_too_few_annotators_are_the_first_reason(tmp_path):
    judge, _ = scores(lambda r, k: 10 * k, 40, 40)
    human = "rater,segment,score\n" + "".join(f"a,{k},{k}\nb,{k},{k}\n" for k in range(40))
    assert "the test needs 3" in certified(tmp_path, judge, human).test


def test_biases_that_cannot_be_measured_are_named(tmp_path):
    planted = Planted(tmp_path)
    people = planted.people()
    noisy = planted.truth + 0.3 * planted.rng.normal(size=planted.truth.shape)
    same = [5] * len(planted.items)
    family = ["x"] * len(planted.items)
    judge = planted.judge(noisy, length=same, position=same, family=family)
    verdict = report(certify(judge, people, replace(FAST, own=("x",)))).verdicts[-1]
    assert "none clear of 0" not in verdict
    for statistic, reason in UNMEASURED.items():
        assert f"cannot be measured: {statistic} ({reason})" in verdict


@pytest.mark.parametrize("binary", [False, True])
def test_nan_is_never_written(tmp_path, binary):
    pytest.importorskip("matplotlib", reason="plots are in consort[report]")
    planted = Planted(tmp_path, binary=binary)
    people = planted.people(noise=0.0 if binary else 0.5)
    same = [5] * len(planted.items)
    judge = planted.judge(np.ones_like(planted.truth), length=same, position=same)
    result = report(certify(judge, people, FAST))
    for text in (*result.verdicts, *result.notes, result.markdown(), result.html()):
        assert not re.search(r"\bnan\b", re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL))
    if not binary:
        agreement = "agreement with people: pearson undefined: the judge scores all items alike"
        assert result.verdicts[1] == agreement
        assert "| pearson | – |" in result.markdown()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.floats(1.1e12, 1e300), st.sampled_from(["judge", "people"]), st.sampled_from([1, -1]))
def test_scores_too_large_to_square_are_refused(tmp_path, size, whose, sign):
    is_judge = whose == "judge"
    draw = lambda r, k: sign * size if k == 7 and (r == 0) == is_judge else k % 5  # noqa: E731
    with pytest.raises(InputError, match=rf"score \S+e\+\d+ of {whose}, segment 7 of .* ±1e\+12"):
        certified(tmp_path, *scores(draw, 20, 20))


@pytest.mark.parametrize("size", [1e-320, 1e-200, 9e-101])
def test_scores_too_small_to_square_are_refused(tmp_path, size):
    with pytest.raises(InputError, match=r"largest score of judge is .*; the limit is 1e-100"):
        certified(tmp_path, *scores(lambda r, k: k % 5 * size / 4, 20, 20))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.floats(-98, 11))
def test_the_scale_of_scores_does_not_change_verdicts(tmp_path, exponent):
    rng = np.random.default_rng(1)
    given_scores = rng.normal(size=30) + 0.3 * rng.normal(size=(4, 30))
    unit, scaled = (
        certified(tmp_path, *scores(lambda r, k, by=by: given_scores[r, k] * by, 20, 30))
        for by in (1, 10**exponent)
    )
    assert report(scaled).verdicts[1:] == report(unit).verdicts[1:]
