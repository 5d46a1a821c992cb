"""What docs/registry.md shows, run in its order against a service."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.api.app import create_app
from service.core.settings import Settings
from tests.contract.conftest import ROSTER, running
from tests.trained import evidence, files

PAGE = Path(__file__).parents[2] / "docs" / "registry.md"
BLOCKS = re.findall(r"<!-- test: shell -->\n```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=tmp_path / "roster.yaml", state=tmp_path / "state")
    with running(create_app(settings)) as url:
        yield url


def test_what_is_shown_does_what_it_says(url: str, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")

    def run(block: str) -> Any:
        command = block.replace("http://127.0.0.1:8000", url)
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True, timeout=30
        )
        return json.loads(done.stdout)

    manifest, weights = files()
    folder = tmp_path / "combiner"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "weights.safetensors").write_bytes(weights)
    proof = {"version": 1, "evidence": {"segments": evidence()}}
    (tmp_path / "evidence.json").write_text(json.dumps(proof))

    upload, ask, promote, back, feedback, competence = BLOCKS
    assert run(upload)["version"] == 1
    assert run(ask)["combiner"]["name"] == "mine"
    assert run(ask)["text"] == "a"
    assert run(promote)["evidence"]["how"] == "tested"
    assert run(back)["status"] == 409  # there was none before
    assert run(feedback)["judged"] == 1
    known = {one["system"]: one for one in run(competence)["systems"]}
    assert known["a"]["competence"] > 0.5
