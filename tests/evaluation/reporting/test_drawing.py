"""Figures for papers: PDF files that are the same wherever and whenever they are made."""

import os
import subprocess
import sys
from hashlib import sha256

import pytest

pytest.importorskip("matplotlib", reason="figures are in consort[report]")

from evaluation.reporting.plots import bars, heat_map

NAMES = ["chrF", "$a_b$", "é <b>", "翻译"]


def every_pdf() -> list[bytes]:
    drawings = [
        bars(NAMES, [1, 2, 3, 4], [0, 1, 2, 3], [2, 3, 4, 5], "r"),
        heat_map([[1, float("nan")]], ["a"], ["b", "c"], "p"),
    ]
    return [drawing.pdf() for drawing in drawings]


def test_a_pdf_has_no_date_and_its_fonts_as_outlines_publishers_accept():
    for pdf in every_pdf():
        assert pdf.startswith(b"%PDF")
        assert pdf.rstrip().endswith(b"%%EOF")
        assert b"Date" not in pdf
        assert b"/Type3" not in pdf
        assert b"/FontFile2" in pdf


@pytest.mark.slow
def test_the_same_bytes_in_another_process():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_drawing import every_pdf\n"
        "from hashlib import sha256\n"
        "print(sha256(b''.join(every_pdf())).hexdigest())"
    )
    folder = os.path.dirname(__file__)
    for seed in "12":
        line = [sys.executable, "-c", script, folder]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        result = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == sha256(b"".join(every_pdf())).hexdigest()
