"""What docs/operations.md shows and names is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from service.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_keys_are_made_as_shown(tmp_path: Path) -> None:
    [script] = re.findall(r"<!-- test: keys -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script],
        env={**os.environ, "PATH": path, "CONSORT_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    key, listed = done.stdout.splitlines()
    assert key.startswith("consort_")
    shown = r"[0-9a-f]{16}  valid    20\d\d-\d\d-\d\d read,combine +editor plugin"
    assert re.fullmatch(shown, listed)


def test_what_it_names_is_there() -> None:
    links = re.findall(r"\]\(\.\./([^)]+)\)", PAGE)
    named = re.findall(r"`((?:tests|service)/[\w/]+\.py)`", PAGE)
    assert links
    assert named
    assert [each for each in links + named if not (ROOT / each).exists()] == []
    shown = Metrics(lambda: 0, lambda: 0).text().decode()
    metrics = set(re.findall(r"`(consort_\w+)`", PAGE))
    assert {name for name in metrics if name not in shown.replace("_total", "") + shown} == set()
