"""Scores of one's own metrics: tables, plain tables of ratings, and functions."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import DataError, InputError
from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.run import run

QUICK = ["plan.resamples=20", "plan.permutations=50"]
SYSTEMS, SEGMENTS = ("a", "b", "c"), tuple(map(str, range(1, 16)))
WORDS = "the cat sat on the mat because it was warm and dry".split()

YAML = """
version: 1
name: own
data: .
judgements: {form: table, path: ratings.csv, dimensions: {quality: [quality]}}
scores: [{path: mine.csv}]
plan: {resamples: 20, permutations: 50}
"""


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path):
    return list(csv.reader(path.read_text().splitlines()))


@pytest.fixture
def numbers():
    generator = np.random.default_rng(5)
    quality = generator.normal(size=(3, 15)).round(3)
    return quality, (quality + generator.normal(size=(3, 15))).round(3)


@pytest.fixture
def folder(tmp_path, numbers):
    quality, mine = numbers
    ratings = [("system", "segment", "quality", "output", "reference")]
    scores = [("system", "segment", "mine", "note")]
    for row, system in enumerate(SYSTEMS):
        for i, segment in enumerate(SEGMENTS):
            output = " ".join(WORDS[: 12 - row - i % 4])
            ratings.append((system, segment, quality[row, i], output, " ".join(WORDS)))
            scores.append((system, segment, mine[row, i], "good"))
    write(tmp_path / "ratings.csv", ratings)
    write(tmp_path / "mine.csv", scores)
    (tmp_path / "own.yaml").write_text(YAML)
    return tmp_path


def only(config):
    (analysis,) = run(config, quietly).analyses
    return analysis


def test_scores_without_texts_are_compared_as_arrays_are(folder, numbers):
    quality, mine = numbers
    config = read_config(folder / "own.yaml")
    found = only(config)
    human = HumanScores(SYSTEMS, quality[None], segments=SEGMENTS)
    scores = {"mine": MetricScores(mine)}
    same = analyse(scores, human, config.plan, "", "quality", lengths={})
    assert repr(found.rows) == repr(same.rows)  # undefined figures are alike
    assert found.verdict == same.verdict


@given(st.randoms())
def test_the_order_of_rows_does_not_matter(tmp_path_factory, random):
    folder = tmp_path_factory.mktemp("own")
    ratings = [(s, i, 3 * k + int(i) % 4) for k, s in enumerate(SYSTEMS) for i in SEGMENTS]
    scores = [(s, i, -k + int(i) % 3) for k, s in enumerate(SYSTEMS) for i in SEGMENTS]
    found = []
    for _ in range(2):
        random.shuffle(ratings)
        random.shuffle(scores)
        write(folder / "r.csv", [("system", "segment", "quality"), *ratings])
        write(folder / "s.csv", [("system", "segment", "mine"), *scores])
        found.append(only(read_config(folder / "r.csv", QUICK, [folder / "s.csv"])).rows)
    assert repr(found[0]) == repr(found[1])


def of_mine(found):
    return [row for row in found.rows if row.name == "mine"]


def test_a_table_of_ratings_is_a_configuration(folder):
    with_yaml = only(read_config(folder / "own.yaml"))
    table = read_config(folder / "ratings.csv", QUICK, [folder / "mine.csv"])
    assert [metric.called for metric in table.metrics] == ["chrf", "bleu"]
    found = only(table)
    assert list(found.scores) == ["chrf", "bleu", "mine"]
    for row, same in zip(of_mine(found), of_mine(with_yaml), strict=True):
        assert (row.statistic, row.value, row.n) == (same.statistic, same.value, same.n)


def test_metrics_are_chosen_on_the_command_line(folder):
    config = read_config(folder / "ratings.csv", metrics=["ter"])
    assert [metric.called for metric in config.metrics] == ["ter"]
    with_texts = ["texts={form: table, path: ratings.csv, output: output, references: [reference]}"]
    more = read_config(folder / "own.yaml", with_texts, metrics=["ter"])
    assert list(only(more).scores) == ["ter", "mine"]


@pytest.mark.parametrize("turned", ["true", "[mine]"])
def test_errors_are_turned(folder, turned):
    plain = only(read_config(folder / "own.yaml"))
    found = only(read_config(folder / "own.yaml", [f"scores.0.lower_is_better={turned}"]))
    assert found.scores["mine"] == pytest.approx(-plain.scores["mine"])


def test_columns_are_renamed(folder):
    found = only(read_config(folder / "own.yaml", ["scores.0.columns={ours: mine}"]))
    assert list(found.scores) == ["ours"]


def test_missing_and_foreign_scores_are_counted(folder):
    rows = read(folder / "mine.csv")
    rows = [row for row in rows if row[:2] != ["b", "3"]]
    write(folder / "mine.csv", [*rows, ("other", "1", "2", "")])
    result = run(read_config(folder / "own.yaml"), quietly)
    assert "mine.csv: scores of systems without a judgement: other" in result.notes
    (note,) = [note for note in result.analyses[0].notes if "without a score" in note]
    assert note == "1 of 45 judged outputs are without a score by mine: b on segment '3'"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["scores.0.columns=[theirs]"], "no column theirs"),
        (["scores.0.columns={mine: mine, x: note}"], "score 'good' is not a number"),
        (["scores=[{path: mine.csv}, {path: mine.csv}]"], "a metric is called mine already"),
        (["scores.0.lower_is_better=[x]"], "lower_is_better: no metric 'x'; there are mine"),
        (["scores.0.path=none.csv"], "none.csv: cannot be read"),
        (["metrics=[chrf]"], "chrf needs texts"),
        (["scores=[]"], "needs a metric: metrics, functions, scores or preferences"),
        (["judgements={form: labels, dimensions: {x: {a: 1}}}"], "without texts, judgements are"),
    ],
)
def test_faults_are_named(folder, settings, message):
    with pytest.raises((DataError, InputError), match=message):
        run(read_config(folder / "own.yaml", settings), quietly)


def test_ids_off_by_one_are_refused_with_the_offset(folder):
    rows = read(folder / "mine.csv")
    shifted = [[s, str(int(i) - 1), *rest] for s, i, *rest in rows[1:]]
    write(folder / "mine.csv", [rows[0], *shifted])
    with pytest.raises(InputError, match=r"mine\.csv: .*adding 1 to the ids of the scores would"):
        run(read_config(folder / "own.yaml"), quietly)


def test_scores_of_other_systems_are_refused(folder):
    write(folder / "mine.csv", [("system", "segment", "mine"), ("x", "1", "2")])
    with pytest.raises(InputError, match="the scores are of the systems x, and not of a, b, c"):
        run(read_config(folder / "own.yaml"), quietly)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("system", "quality"), ("a", "1")], "no column of segments .*; there are system, qual"),
        ([("segment", "words"), ("1", "x")], "no column of ratings: numbers; there are segment"),
    ],
)
def test_a_plain_table_says_what_it_lacks(tmp_path, rows, message):
    with pytest.raises(DataError, match=message):
        read_config(write(tmp_path / "ratings.csv", rows))


def test_raters_references_and_one_system_are_recognised(tmp_path):
    columns = [("id", "rater_1", "rater2", "fluency"), (1, 2, 3, 4)]
    judgements = read_config(
        write(tmp_path / "raters.csv", columns), scores=[write(tmp_path / "s.csv", columns)]
    ).judgements
    assert judgements.dimensions == {"quality": ("rater_1", "rater2"), "fluency": ("fluency",)}
    rows = [("Segment", "Annotator", "hyp", "ref", "ref2", "adequacy")]
    rows += [(i, r, f"text {i}", "a", "b", i + r) for i in range(3) for r in (1, 2)]
    config = read_config(write(tmp_path / "rated.csv", rows))
    assert config.judgements.rater == "Annotator"
    assert config.judgements.system is None
    assert config.texts.references == ("ref", "ref2")
    assert dict(config.judgements.dimensions) == {"adequacy": ("adequacy",)}


FUNCTION = """
def length(texts):
    return [len(text) for text in texts.hypotheses]

def broken(texts):
    return [1 / 0 for text in texts.hypotheses]

def short(texts):
    return [1.0]
"""


@pytest.fixture
def with_functions(folder):
    (folder / "own_metric_of_tests.py").write_text(FUNCTION)
    texts = "{form: table, path: ratings.csv, output: output, references: [reference]}"

    def settings(name, **keys):
        entry = {"callable": f"own_metric_of_tests:{name}", **keys}
        return [f"texts={texts}", f"functions=[{entry}]", "scores=[]"]

    (folder / "own.yaml").write_text(YAML.replace("data: .", f"data: {folder}"))
    return folder, settings


def test_a_function_is_a_metric(with_functions):
    folder, settings = with_functions
    content = (folder / "own.yaml").read_text()
    given = "\n".join(setting.replace("=", ": ", 1) for setting in settings("length")[:2])
    content = content.replace("scores: [{path: mine.csv}]", given)
    (folder / "own.yaml").write_text(content)
    found = only(read_config(folder / "own.yaml"))
    lengths = [[len(" ".join(WORDS[: 12 - row - i % 4])) for i in range(15)] for row in range(3)]
    assert found.scores["length"] == pytest.approx(np.mean(lengths, axis=1))


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("broken", {}, "broken on a: broken failed with ZeroDivisionError: division by zero"),
        ("short", {}, "one finite number for each of the 15 segments, not an array of the shape"),
        ("length", {"needs": ["sources"]}, "length needs sources"),
        ("none", {}, "has no attribute 'none'"),
    ],
)
def test_a_function_that_fails_is_named(with_functions, name, keys, message):
    folder, settings = with_functions
    chosen = settings(name, folder=str(folder), **keys)
    with pytest.raises(ValueError, match=message):
        run(read_config(folder / "own.yaml", chosen), quietly)


def test_a_table_as_a_german_spreadsheet_writes_it_is_read(folder):
    for name in ("ratings.csv", "mine.csv"):
        rows = [[cell.replace(".", ",") for cell in row] for row in read(folder / name)]
        text = "\n".join(["sep=;", *(";".join(row) for row in rows), ";" * (len(rows[0]) - 1), ""])
        (folder / f"german-{name}").write_text(text)
    plain = only(read_config(folder / "ratings.csv", QUICK, [folder / "mine.csv"]))
    german = folder / "german-ratings.csv"
    found = only(read_config(german, QUICK, [folder / "german-mine.csv"]))
    assert repr(found.rows) == repr(plain.rows)


def test_one_bad_cell_does_not_make_a_metric_vanish(folder):
    rows = read(folder / "mine.csv")
    rows[5][2] = "?"
    write(folder / "mine.csv", rows)
    with pytest.raises(DataError, match=r"mine\.csv:6: score '\?' is not a number"):
        run(read_config(folder / "own.yaml"), quietly)
    rated = read(folder / "ratings.csv")
    rated[3][2] = "n.a."
    write(folder / "ratings.csv", rated)
    with pytest.raises(DataError, match=r"ratings\.csv:4: score 'n\.a\.' is not a number"):
        run(read_config(folder / "ratings.csv", QUICK), quietly)


def test_names_are_the_same_however_accents_are_typed(folder):
    for name, accent in (("ratings.csv", "\u00e9"), ("mine.csv", "e\u0301")):
        write(
            folder / name,
            [[row[0].replace("a", f"a{accent}"), *row[1:]] for row in read(folder / name)],
        )
    assert "a\u00e9" in only(read_config(folder / "own.yaml", QUICK)).systems


EXITS = """
import sys

def leaves(texts):
    print("text for people")
    sys.exit(0)

def speaks(texts):
    print("text for people")
    return [1.0 * len(text) for text in texts.hypotheses]
"""


def test_a_function_neither_ends_the_run_nor_writes_into_the_report(with_functions, capsys):
    folder, settings = with_functions
    (folder / "exits_of_tests.py").write_text(EXITS)
    texts = settings("length")[0]

    def named(name):
        entry = {"callable": f"exits_of_tests:{name}", "folder": str(folder)}
        return [texts, f"functions=[{entry}]", "scores=[]"]

    with pytest.raises(ValueError, match="leaves failed with SystemExit"):
        run(read_config(folder / "own.yaml", named("leaves")), quietly)
    only(read_config(folder / "own.yaml", named("speaks")))
    assert capsys.readouterr().out == ""
    (folder / "gone_of_tests.py").write_text("raise SystemExit(0)")
    gone = [texts, f"functions=[{{callable: 'gone_of_tests:f', folder: {folder}}}]", "scores=[]"]
    with pytest.raises(ValueError, match="cannot be imported: SystemExit"):
        run(read_config(folder / "own.yaml", gone), quietly)


def test_few_resamples_are_noted(folder):
    few = "20 resamples are too few for intervals: their bounds take 100 or more (`plan.resamples`)"
    assert few in only(read_config(folder / "own.yaml", QUICK)).notes


def test_huge_scores_rank_as_small_ones_do(folder, numbers):
    quality, mine = numbers
    human = HumanScores(SYSTEMS, quality[None])
    plan = read_config(folder / "own.yaml").plan
    other = {"b": MetricScores(-quality)}
    small = analyse({"a": MetricScores(mine), **other}, human, plan)
    huge = analyse({"a": MetricScores(mine * 1e300), **other}, human, plan)
    assert huge.conclusion == small.conclusion
    assert huge.comparisons["segment"].p == pytest.approx(small.comparisons["segment"].p)
