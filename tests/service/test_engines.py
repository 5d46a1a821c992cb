"""Each command that can be spread says the same, byte for byte, by `--engine ray` and here."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.app import app

pytest.importorskip("ray", reason="a Ray cluster is in consort[ray]")
DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"benchmark": "metrics", "validate": "metrics", "diversify": "diversity"}
"""The page that has an example of a command."""
SENTENCES = 600  # two blocks


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of one core."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    sizes = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    running = Cluster(initialize_head=True, head_node_args=sizes)
    yield running.address
    running.shutdown()


def make(command: str, config: str, folder: Path) -> None:
    """Make the files that the documentation's example of `command` works on, in `folder`."""
    page = (DOCS / f"{PAGES[command]}.md").read_text(encoding="utf-8")
    (block,) = (
        block
        for block in re.findall(r"<!-- test: shell -->\n```sh\n(.*?)```", page, re.DOTALL)
        if f"\nconsort {command} {config}" in block
    )
    files = block.partition(f"\nconsort {command} ")[0]
    subprocess.run(["bash", "-euc", files], cwd=folder, check=True)


def said(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("command", "config"),
    [
        ("benchmark", "runs/judged/benchmark.yaml"),
        ("validate", "runs/lattice/lattice.yaml"),
        ("diversify", "runs/member/member.yaml"),
    ],
)
def test_a_run_says_the_same(command: str, config: str, address: str, tmp_path: Path) -> None:
    make(command, config, tmp_path)
    asked = [command, str(tmp_path / config), "--seeds", "2", "--json"]
    spread = said([*asked, "--engine", "ray", "--ray-address", address])
    assert json.loads(spread) == json.loads(said(asked))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("segments", [True, False])
def test_scores_are_the_same(segments: bool, address: str, tmp_path: Path) -> None:
    texts = {"source": "He go to school {} .", "text": "He goes to {} .", "right": "He goes {} ."}
    for name, line in texts.items():
        lines = "".join(line.format(number) + "\n" for number in range(SENTENCES))
        (tmp_path / f"{name}.txt").write_text(lines)
    source, right = str(tmp_path / "source.txt"), str(tmp_path / "right.txt")
    asked = ["score", str(tmp_path / "text.txt"), "--source", source, "--reference", right]
    asked += ["--metric", "maxmatch", "--segments" if segments else "--json"]
    spread = said([*asked, "--engine", "ray", "--ray-address", address])
    assert spread == said(asked)
    assert len(spread.splitlines()) == (SENTENCES if segments else 1)
