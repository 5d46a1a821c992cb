"""The Makefile's commands that contributors rely on."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_make_format_formats_a_file_with_a_fault_that_stays(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^format:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "long.py"
    file.write_text(f'"""A line that is too long."""\n\nx = [ 1 ]\n# {"a" * 100}\n')
    for line in recipe.splitlines():
        command = line.replace("$(BIN)", str(Path(sys.executable).parent)).split()
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert "x = [1]\n" in file.read_text()
