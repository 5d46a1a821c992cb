"""The line protocol: splitting and joining, and the serving end as a real process."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.systems.line_protocol import REFUSAL, split_lines

CORRECTOR = """
import os
from ensemble.systems.line_protocol import serve

def correct(line):
    print("noise from Python")
    os.write(1, b"noise from a native library\\n")
    if line == "raise":
        raise ValueError("no\\nidea")
    return "a\\nb" if line == "two" else line.upper()

serve(correct)
"""


def serve_lines(*lines: bytes) -> list[str]:
    served = subprocess.run(
        [sys.executable, "-c", CORRECTOR],
        input=b"".join(line + b"\n" for line in lines),
        capture_output=True,
        check=True,
    )
    return served.stdout.decode().split("\n")[:-1]


@pytest.mark.parametrize(
    ("text", "lines", "breaks"),
    [
        ("", [""], [""]),
        ("a", ["a"], [""]),
        ("a\n", ["a"], ["\n"]),
        ("\n", [""], ["\n"]),
        ("a\r\n\rb", ["a", "", "b"], ["\r\n", "\r", ""]),
        ("a\x0bb\u2028c", ["a\x0bb\u2028c"], [""]),
    ],
)
def test_a_text_is_its_lines_and_breaks(text: str, lines: list[str], breaks: list[str]) -> None:
    assert split_lines(text) == (lines, breaks)


@given(st.text(alphabet="ab \r\n"))
def test_lines_and_breaks_join_to_the_text(text: str) -> None:
    lines, breaks = split_lines(text)
    assert "".join(line + end for line, end in zip(lines, breaks, strict=True)) == text


@pytest.mark.slow
def test_only_answers_reach_standard_output() -> None:
    assert serve_lines(b"one", b"", "zwölf".encode()) == ["ONE", "", "ZWÖLF"]


@pytest.mark.slow
def test_a_line_that_cannot_be_corrected_is_refused_and_the_next_served() -> None:
    refused, several, not_utf8, served = serve_lines(b"raise", b"two", b"\xff", b"one")
    assert refused == f"{REFUSAL}ValueError: no idea"
    assert several.startswith(f"{REFUSAL}ValueError: the corrector made several lines")
    assert not_utf8.startswith(f"{REFUSAL}UnicodeDecodeError")
    assert served == "ONE"
