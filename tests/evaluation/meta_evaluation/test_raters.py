"""Raters in a benchmark: models, notes on raters who differ, rows of agreement and ceiling."""

import numpy as np
import pytest

from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.raters import rater_rows, under_rater_model
from evaluation.meta_evaluation.run import run
from evaluation.statistics.correlation import pearson, spearman

NAN = np.nan
SHAPE = (6, 60)
SYSTEMS = tuple("abcdef")
QUICK = {"resamples": 20, "permutations": 100, "segment": "pearson"}


def options(**keys):
    return MetaEvaluationOptions(**{**QUICK, **keys})


def rated(raters, each=3, offset=0.0, seed=0):
    """The truth, and ratings of it by raters who each rate a part."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=SHAPE)
    order = np.argsort(generator.random((*SHAPE, raters)), axis=2)
    values = truth + generator.normal(size=(raters, *SHAPE))
    values += offset * generator.normal(size=(raters, 1, 1))
    missing = np.moveaxis(np.argsort(order, axis=2) >= each, 2, 0)
    return truth, np.where(missing, NAN, values)


def figures(analysis):
    return {(row.name, row.statistic): row for row in analysis.rows if row.level == "raters"}


def value(analysis, name):
    (row,) = [row for row in analysis.rows if row.name == name and row.level == "raters"]
    return row.value


def agreement(analysis, name="m"):
    (row,) = [r for r in analysis.rows if (r.name, r.statistic) == (name, "pearson, grouping none")]
    return row.value


@pytest.mark.parametrize("raters", [3, 10, 100])
@pytest.mark.parametrize("segment", ["pearson", "spearman", "kendall"])
@pytest.mark.parametrize("model", ["mean", "centre", "standardise"])
def test_the_truth_does_not_lie_above_the_ceiling_beyond_chance(raters, segment, model):
    above = []
    for seed in range(6):
        truth, values = rated(raters, offset=1, seed=seed)
        plan = options(raters=model, segment=segment)
        human, _ = under_rater_model(HumanScores(SYSTEMS, values), plan)
        root = rater_rows(human, plan)[0][2].value
        coefficient = pearson if segment == "pearson" else spearman
        above.append(coefficient(truth.ravel(), human.mean.ravel()) - root)
    assert np.mean(above) < 0.02
    if segment == "pearson":
        assert np.mean(above) == pytest.approx(0, abs=0.02)


def test_severity_is_noted_and_centring_mends_it():
    truth, values = rated(10, offset=2)
    human = HumanScores(SYSTEMS, values, raters=tuple(f"person {i}" for i in range(10)))
    scores = {"m": MetricScores(truth)}
    plain, centred = (analyse(scores, human, options(raters=m)) for m in ("mean", "centre"))
    (note,) = [note for note in plain.notes if "severity" in note]
    assert note.startswith("raters differ in severity (person ")
    assert "`plan.raters: centre` would raise the reliability of their mean from 0.4" in note
    assert not [note for note in centred.notes if "severity" in note]
    assert agreement(plain) < 0.75 < agreement(centred)
    assert value(plain, "the raters' mean") < 0.5 < value(centred, "the raters' mean")


def test_offsets_do_not_matter_where_every_rater_rates_all():
    truth, values = rated(3, offset=2)
    found = analyse({"m": MetricScores(truth)}, HumanScores(SYSTEMS, values), options())
    assert not [note for note in found.notes if "severity" in note]
    assert value(found, "the raters' mean") == pytest.approx(0.75, abs=0.05)


def test_raters_on_two_scales_are_noted_and_standardising_mends_it():
    truth, values = rated(2, 2)
    values[1] = 50 + 20 * np.random.default_rng(1).normal(size=SHAPE)
    human = HumanScores(SYSTEMS, values, raters=("narrow", "wide"))
    scores = {"m": MetricScores(truth)}
    plain, equal = (analyse(scores, human, options(raters=m)) for m in ("mean", "standardise"))
    (note,) = [note for note in plain.notes if "scales" in note]
    assert note.startswith("raters' scales differ (narrow ")
    assert note.endswith("the ceiling is undefined; see `plan.raters: standardise`")
    assert np.isnan(value(plain, "the most any metric can reach"))
    assert not [note for note in equal.notes if "scales" in note]
    assert agreement(plain) + 0.2 < agreement(equal)


def test_a_rater_without_z_scores_is_left_out_with_a_note():
    truth, values = rated(3)
    values[1] = 4.0
    human = HumanScores(SYSTEMS, values, raters=("x", "same", "z"))
    found = analyse({"m": MetricScores(truth)}, human, options(raters="standardise"))
    note = "z-scores need two different ratings by a rater: 360 ratings are left out, by same"
    assert note in found.notes
    assert not np.isnan(agreement(found))


@pytest.mark.parametrize("model", ["mean", "centre", "standardise"])
def test_raters_who_share_nothing_define_no_ceiling(model):
    truth, values = rated(2)
    values[0, :, :30] = values[1, :, 30:] = NAN
    found = analyse({"m": MetricScores(truth)}, HumanScores(SYSTEMS, values), options(raters=model))
    assert all(np.isnan(row.value) for row in figures(found).values())
    assert "no output has two raters: their agreement and the ceiling are undefined" in found.notes
    sets = [note for note in found.notes if "2 sets that no rater connects" in note]
    assert len(sets) == (model == "centre")
    assert not np.isnan(agreement(found))


@pytest.mark.parametrize(
    ("ratings", "words"),
    [
        ([[[1, 2, NAN]], [[NAN, 3, 1]]], "raters share too few outputs"),
        ([[[1, 2, 3]], [[3, 2, 1]]], "or their means are all the same"),
        ([[[1, 2, 3]], [[3, 1, 1]]], "raters agree less than chance"),
        ([[[1, 2, 3]], [[1, 2, 4]]], None),
        ([[[1, 1, 1]], [[1, 1, 1]]], None),
    ],
)
def test_a_ceiling_that_is_undefined_has_a_reason(ratings, words):
    rows, notes = rater_rows(HumanScores(("a",), np.array(ratings, dtype=float)), options())
    assert [words in note for note in notes] == ([True] if words else [])
    assert bool(notes) <= np.isnan(rows[2].value)


def test_raters_of_one_output_each_cannot_be_centred():
    values = np.full((6, 6, 1), NAN)
    values[np.arange(6), np.arange(6), 0] = range(6)
    scores = {"m": MetricScores(np.arange(6.0)[:, None])}
    found = analyse(scores, HumanScores(SYSTEMS, values), options(raters="centre"))
    lost = "an output whose raters rated no other output cannot be centred: 6 ratings are left out"
    assert lost in found.notes
    assert np.isnan(agreement(found))


def test_a_single_rater_has_no_rows_and_no_notes_of_raters():
    human = HumanScores(SYSTEMS, rated(1, 1)[1])
    for model in ("mean", "centre", "standardise"):
        adjusted, notes = under_rater_model(human, options(raters=model))
        assert (notes, rater_rows(adjusted, options(raters=model))) == ([], ([], []))


def test_rankings_have_no_raters_to_adjust():
    human = HumanScores(SYSTEMS, by_system=np.arange(6.0))
    assert under_rater_model(human, options())[1] == []
    (note,) = under_rater_model(human, options(raters="centre"))[1]
    assert note == "raters: centre does not apply to rankings, which have no ratings"


def test_rows_of_agreement():
    """Alpha always; kappas of few categories that all raters gave."""
    values = np.clip(np.round(3 + rated(3)[1]), 1, 5)
    rows, notes = rater_rows(HumanScores(SYSTEMS, values), options())
    assert notes == []
    statistics = [row.statistic for row in rows]
    assert statistics == [
        "pearson, grouping none",
        "reliability, grouping none",
        "root of the reliability, for Pearson's r, grouping none",
        "Krippendorff's alpha, interval",
        "Krippendorff's alpha, ordinal",
        "Fleiss' kappa",
        "mean Cohen's kappa",
    ]
    of_ranks, _ = rater_rows(HumanScores(SYSTEMS, values), options(segment="kendall"))
    assert "reliability of ranks, for Spearman's rho" in of_ranks[2].statistic
    assert all(0 < row.value < 1 for row in of_ranks)


@pytest.mark.parametrize("case", ["missing", "many categories", "centred", "many raters"])
def test_kappas_are_left_out_where_they_are_not_defined(case):
    values, plan = np.clip(np.round(3 + rated(3)[1]), 1, 5), options()
    if case == "missing":
        values[0, 0, 0] = NAN
    elif case == "many categories":
        values[0, 0, :7] = range(6, 13)
    elif case == "centred":
        plan = options(raters="centre")
    else:
        values = np.tile(values, (7, 1, 1))
    statistics = {row.statistic for row in rater_rows(HumanScores(SYSTEMS, values), plan)[0]}
    assert "Krippendorff's alpha, ordinal" in statistics
    assert "mean Cohen's kappa" not in statistics
    assert ("Fleiss' kappa" in statistics) == (case == "many raters")


RUN = """
version: 1
name: crowd
data: .
texts: {form: table, path: texts.csv, output: output, references: [reference]}
judgements: {form: table, path: ratings.csv, dimensions: {quality: [score]}}
metrics: [chrf]
plan: {resamples: 20, permutations: 100, raters: standardise}
"""


def test_the_option_in_a_run(tmp_path):
    """Two of three raters an output: names reach the notes, and the model the signature."""
    texts, ratings = ["system,segment,output,reference"], ["rater,system,segment,score"]
    for i, system in enumerate("abc"):
        for segment in range(1, 15):
            texts.append(
                f"{system},{segment},{'word ' * (3 + i + segment % 2)}end,{'word ' * 6}end"
            )
            for k, rater in enumerate(("ann", "bob", "cat")):
                if (segment + k) % 3:
                    ratings.append(f"{rater},{system},{segment},{i * 10**k + segment % 2}")
    ratings.append("dan,a,1,5")
    (tmp_path / "texts.csv").write_text("\n".join(texts) + "\n")
    (tmp_path / "ratings.csv").write_text("\n".join(ratings) + "\n")
    (tmp_path / "run.yaml").write_text(RUN)
    found = run(read_config(tmp_path / "run.yaml"), quietly)
    assert "|raters:standardise|" in found.signature
    left_out = "z-scores need two different ratings by a rater: 1 rating is left out, by dan"
    assert left_out in found.analyses[0].notes
    plain = run(read_config(tmp_path / "run.yaml", ["plan.raters=mean"]), quietly)
    assert "|raters:mean|" in plain.signature
    assert any("raters' scales differ (ann 0 to" in note for note in plain.analyses[0].notes)
