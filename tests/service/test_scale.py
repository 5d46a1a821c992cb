"""What docs/scale.md shows, run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

TEXT = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")


def test_a_folder_becomes_parquet_and_lines(tmp_path):
    (block,) = re.findall(r"<!-- test: shell -->\n```bash\n(.*?)```", TEXT, re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    subprocess.run(["bash", "-euc", block], cwd=tmp_path, env=environment, check=True)
    folder = tmp_path / "runs" / "scale"
    (row,) = pq.read_table(folder / "_combined.parquet").to_pylist()
    assert row["text"] == "He goes to school every day ."
    # A column of Parquet, which is only in lines where combiners are stacked.
    assert {candidate.pop("levels") for candidate in row["candidates"]} == {None}
    assert row == json.loads((folder / "_evidence.jsonl").read_text())
