"""Importing the package is cheap, and using it starts no process."""

import subprocess
import sys

import consort
from evaluation.version import VERSION

SLOW = ("torch", "pandas", "transformers", "sklearn", "datasets", "numpy", "pydantic")

SCRIPT = """
import sys
import consort
print(*[name for name in %r if name in sys.modules])
rows = [{"a": "x", "b": "x", "c": "y"}] * 4501
assert consort.Combiner("vote", kind="labels").predict(rows) == ["x"] * 4501
import multiprocessing
print(multiprocessing.active_children())
"""


def test_a_script_without_a_guard_imports_nothing_slow_and_starts_no_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT % (SLOW,))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # A process started by `spawn` would have run the script, and printed, once more.
    assert done.stdout == "\n[]\n"


def test_the_version_is_that_of_the_package():
    assert consort.__version__ == VERSION
    assert "Combiner" in dir(consort)
