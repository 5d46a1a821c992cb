"""The study of loss paths, whole, on an encoder and texts that are tiny."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ensemble.diagnosis.interpolation.loss_path.claims import SAME, _changed, _correlated, _share
from ensemble.diagnosis.interpolation.states import average
from ensemble.diagnosis.studies import read_study
from evaluation.execution.progress import quietly
from evaluation.records import DataError

CONFIG = """
version: 1
study: loss_path
name: tiny
data: .
encoder: {encoder}
tasks:
  origin: {{form: origins, files: [polite.txt, rude.txt]}}
  rated: {{form: ratings, train: ratings.csv, test: ratings.csv}}
grid:
  starts: [pretrained, random]
  optimisers:
    adamw: {{name: adamw, rate: 0.01}}
    sgd: {{name: sgd, rate: 0.1}}
plan: {{layers: 2, train: 24, test: 16, epochs: 2, points: 5, measured: 16, seeds: 2}}
"""


@pytest.fixture
def config(tmp_path, encoder_folder) -> Path:
    words = "please thank you sir the cat sat on a mat dear".split()
    chance = np.random.default_rng(1)
    texts = [" ".join(chance.choice(words, 6)) for _ in range(60)]
    (tmp_path / "polite.txt").write_text("\n".join(f"{text} sir" for text in texts) + "\n")
    (tmp_path / "rude.txt").write_text("\n".join(f"hey {text} lol" for text in texts) + "\n")
    rows = [f"{text} {'sir' if k % 2 else 'lol'},{2 * (k % 2) - 1}" for k, text in enumerate(texts)]
    (tmp_path / "ratings.csv").write_text("\n".join(["sentence,label", *rows]) + "\n")
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG.format(encoder=encoder_folder))
    return path


def kept(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in (folder / "kept").iterdir()}


def test_it_goes_on_where_it_was_broken_off(config, tmp_path):
    study, out = read_study(config), tmp_path / "out"

    def broken(items, what):
        for number, item in enumerate(items):
            if what == "Runs" and number == 3:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        study.run(study.config, out, broken)
    before = kept(out)
    assert sum(name.endswith(".json") for name in before) == 3
    found = study.run(study.config, out, quietly)
    after = kept(out)
    assert {name: after[name] for name in before if name.endswith("json")} == {
        name: time for name, time in before.items() if name.endswith("json")
    }
    # 8 of the grid, 2 more members, 2 ensembles; weights are of the members alone.
    assert sum(name.endswith(".json") for name in after) == 12
    assert sum(name.endswith(".safetensors") for name in after) == 4
    assert found.to_json() == study.run(study.config, out, quietly).to_json()
    assert kept(out) == after


def test_what_it_finds(config, tmp_path):
    study = read_study(config, ["plan.points=3"])
    found = study.run(study.config, None, quietly)
    answer = json.loads(found.to_json())
    assert len(answer["findings"]["runs"]) == 10
    assert {claim["verdict"] for claim in answer["findings"]["claims"]} <= {
        "seen", "not seen", "unclear"
    }  # fmt: skip
    for one in answer["findings"]["members"]:
        assert one["advice"] in ("no barrier: average the weights",
                                 "a barrier: combine their outputs")  # fmt: skip
    instabilities = {row["name"] for row in answer["rows"] if row["statistic"] == "instability"}
    assert instabilities == {"members, pretrained, pair 1", "members, random, pair 1"}
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    found.write(tmp_path / "report")
    assert (tmp_path / "report" / "report.html").read_text().count("<svg") >= 8


SMALL = ["grid.starts=[random]", "plan.points=3"]


def test_another_plan_is_another_result(config, tmp_path):
    study, other = (read_study(config, [*SMALL, f"plan.epochs={n}"]) for n in (1, 2))
    ends = [one.run(one.config, tmp_path / "out", quietly) for one in (study, other)]
    first, second = (one.content["findings"]["runs"][0]["train loss"][-1] for one in ends)
    assert first != second


def test_a_broken_file_is_named(config, tmp_path):
    study, out = read_study(config, SMALL), tmp_path / "out"
    study.run(study.config, out, quietly)
    broken = next((out / "kept").glob("walk-*.json"))
    broken.write_text("{")
    with pytest.raises(DataError, match=rf"{broken.name}: is not JSON; delete it"):
        study.run(study.config, out, quietly)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("plan.train=1000", "gives 120 texts; 1016 are asked for"),
        ("plan.layers=9", "cannot take 9 of its 3 layers"),
        ("encoder=/nowhere", "no encoder folder /nowhere"),
        ("tasks.origin.files=[a.txt, b.txt]", "a.txt: cannot be read"),
    ],
)
def test_bad_input(config, setting, words):
    study = read_study(config, [setting])
    with pytest.raises((ValueError, OSError), match=words):
        study.run(study.config, None, quietly)


def test_verdicts_follow_the_interval():
    assert _share("", "", "", [True] * 20).verdict == "seen"
    assert _share("", "", "", [False] * 20).verdict == "not seen"
    assert _share("", "", "", [True, False] * 3).verdict == "unclear"
    chance = np.random.default_rng(0)
    x = chance.normal(size=60)
    assert _correlated("", "", x, x + 0.3 * chance.normal(size=60)).verdict == "seen"
    assert _correlated("", "", x, -x).verdict == "not seen"
    assert _changed("", "", [(0.1, 0.4), (0.2, 0.4), (0.1, 0.5)]).verdict == "seen"
    assert _changed("", "", [(0.1, 0.1 + SAME / 3), (0.2, 0.2 - SAME / 3)]).verdict == "not seen"


def test_a_soup_is_the_mean():
    states = [{"w": torch.tensor([1.0, 3.0]), "n": torch.tensor(2)},
              {"w": torch.tensor([3.0, 3.0]), "n": torch.tensor(2)}]  # fmt: skip
    soup = average(states)
    assert torch.equal(soup["w"], torch.tensor([2.0, 3.0]))
    assert torch.equal(soup["n"], states[0]["n"])


def test_an_adversarial_start_has_learnt_what_is_wrong(config):
    study = read_study(
        config,
        [
            "grid.starts=[random, adversarial]",
            "grid.optimisers={adamw: {name: adamw, rate: 0.01}}",
            "plan.points=3",
        ],
    )
    found = study.run(study.config, None, quietly)
    starts = {
        (run["task"], run["start"]): run["train loss"][0]
        for run in found.content["findings"]["runs"]
    }
    for task in ("origin", "rated"):
        assert starts[task, "random"] != starts[task, "adversarial"]
    assert any("adversarial rather than random" in verdict for verdict in found.verdicts)
