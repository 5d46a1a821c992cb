"""Benchmarks whose texts and judgements are in the layouts that WMT publishes."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.dataset import read_dataset
from evaluation.meta_evaluation.human_scores import read_human_scores
from evaluation.meta_evaluation.run import run
from evaluation.records import DataError

MQM = """system\tdoc\tdoc_id\tseg_id\trater\tsource\ttarget\tcategory\tseverity
A\td\t1\t1\tr1\tq\tone <v>to</v> three\tAccuracy/Mistranslation\tMajor
A\td\t1\t1\tr1\tq\tone to <v>three</v>\tFluency/Punctuation\tMinor
A\td\t2\t2\tr1\tp\tfour\tNo-error\tNo-error
B\td\t1\t1\tr2\tq\tone two three\tNo-error\tNo-error
B\td\t2\t2\tr2\tp\tfive\tNon-translation!\tMajor
refA\td\t1\t1\tr2\tq\tone two three\tNo-error\tNo-error
refA\td\t2\t2\tr2\tp\tfour\tNo-error\tNo-error
"""


def configured(folder, texts, judgements, **more):
    keys = {"version": 1, "name": "n", "data": str(folder), "metrics": ["chrf"], **more}
    return Config.model_validate({**keys, "texts": texts, "judgements": judgements})


def read(config):
    dataset = read_dataset(config)
    return dataset, read_human_scores(config, dataset)


def test_texts_and_judgements_of_one_mqm_table(tmp_path):
    (tmp_path / "mqm.tsv").write_text(MQM)
    table = {"form": "mqm", "path": "mqm.tsv"}
    config = configured(tmp_path, {**table, "references": ["refA"]}, table, without=["refA"])
    dataset, scores = read(config)
    assert dataset.outputs == {"A": ["one to three", "four"], "B": ["one two three", "five"]}
    assert dataset.references == [["one two three"], ["four"]]
    assert dataset.sources == ["q", "p"]
    assert np.allclose(scores["MQM"].mean, [[-5.1, 0], [0, -25]])


def test_weights_join_those_of_wmt(tmp_path):
    (tmp_path / "mqm.tsv").write_text(MQM)
    judgements = {"form": "mqm", "path": ["mqm.tsv"], "weights": {"MAJOR": 10}, "dimension": "x"}
    config = configured(tmp_path, {"form": "mqm", "path": "mqm.tsv"}, judgements)
    assert np.allclose(read(config)[1]["x"].mean, [[-10.1, 0], [0, -25], [0, 0]])


def test_esa_with_the_folders_of_wmt24(tmp_path):
    for name, text in {
        "sources/en-cs.txt": "canary\nq\np\n",
        "references/en-cs.refA.txt": "canary\none two\nfour\n",
        "system-outputs/en-cs/A.txt": "canary\none to\nfour\n",
        "system-outputs/en-cs/B.txt": "canary\none two\nfive\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    rows = [("A", 1, 60), ("A", 2, 100), ("B", 1, 90), ("B", 2, 20)]
    lines = [f"u,{name},{n},TGT,eng,ces,{score},d,False,[],1,2" for name, n, score in rows]
    (tmp_path / "esa.csv").write_text("\n".join(lines))
    texts = {
        "form": "files",
        "path": ".",
        "outputs": "system-outputs/en-cs/{system}.txt",
        "source": "sources/en-cs.txt",
        "references": ["references/en-cs.refA.txt"],
    }
    judgements = {"form": "esa", "path": "esa.csv", "numbered_from": 0}
    dataset, scores = read(configured(tmp_path, texts, judgements))
    assert dataset.systems == ("A", "B")
    expected = [[np.nan, 60, 100], [np.nan, 90, 20]]
    assert np.array_equal(scores["ESA"].mean, expected, equal_nan=True)


def test_json_lines_of_wmt25(tmp_path):
    score = {"A": [{"score": 80, "annotator": "x", "errors": []}]}
    line = {"doc_id": "en-cs_#_1", "src_text": "s", "tgt_text": {"A": "a", "refA": "r"}}
    (tmp_path / "h.jsonl").write_text(json.dumps({**line, "scores": score}) + "\n")
    part = {"form": "wmt", "path": "h.jsonl", "prefix": "en-cs_"}
    config = configured(tmp_path, {**part, "references": ["refA"]}, part)
    dataset, scores = read(config)
    assert (dataset.outputs, dataset.references) == ({"A": ["a"]}, [["r"]])
    assert scores["human"].mean.tolist() == [[80]]


def test_a_reference_that_the_table_lacks(tmp_path):
    (tmp_path / "mqm.tsv").write_text(MQM)
    texts = {"form": "mqm", "path": "mqm.tsv", "references": ["refB"]}
    with pytest.raises(DataError, match="no reference 'refB' among A, B, refA"):
        read_dataset(configured(tmp_path, texts, {"form": "mqm", "path": "mqm.tsv"}))


def test_mqm_is_higher_for_better_outputs_already(tmp_path):
    judgements = {"form": "mqm", "path": "mqm.tsv", "lower_is_better": True}
    with pytest.raises(ValidationError, match="lower_is_better"):
        configured(tmp_path, {"form": "mqm", "path": "mqm.tsv"}, judgements)


def test_a_benchmark_of_an_mqm_table(tmp_path):
    rows = [MQM.splitlines()[0]]
    for n in range(1, 15):
        for system, target, errors in [("A", "a b", ()), ("B", "a c", ("Minor",) * (n % 4 + 1))]:
            marks = errors or ("No-error",)
            rows += [f"{system}\td\t{n}\t{n}\tr\ts\t{target} {n}\tStyle\t{mark}" for mark in marks]
        rows.append(f"ref\td\t{n}\t{n}\tr\ts\ta b {n}\tStyle\tNo-error")
    (tmp_path / "mqm.tsv").write_text("\n".join(rows))
    table = {"form": "mqm", "path": "mqm.tsv"}
    config = configured(
        tmp_path,
        {**table, "references": ["ref"]},
        table,
        without=["ref"],
        plan={"resamples": 20, "permutations": 20, "segment": "darr", "margin": 1},
    )
    benchmark = run(config, quietly)
    rows = [r for r in benchmark.table.rows if r.statistic == "MQM: darr, grouping none"]
    (row,) = [r for r in rows if r.name == "chrf"]
    assert row.value > 0
    assert "margin:1.0" in benchmark.signature
