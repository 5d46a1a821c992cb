"""Docstrings, comments, messages and pages are plain English, without the wordings listed below.

Each pattern stands for a wording that readers had to decode.

"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("consort", "service", "ensemble", "evaluation", "benchmarks")
IDENTIFIERS = ("gain of what is next",)
"""Names that are stored in artefacts, which other versions read."""

FORBIDDEN = (
    r"(?<!\bthere )(?<!\bThere )\b(is|are) no\b",  # "is not a number"
    r"(?<!\bthere )(?<!\bThere )\b(is|are) none\b",
    r"\bheld against\b",
    r"\b[Ww]hoever\b",
    r"\bso many\b",
    r"\bwhat (is|was|were|are)\b",
    r"\bput out\b",
    r"\blest\b",
    r"\bnot to be had\b",
    r"\bhis\b",
    r"\b(nobody|somebody|anybody)\b",
    r"\bturned away\b",
    r"\bunder way\b",
    r"\btold of\b",
)
QUOTED = ('not "is no number"',)
"""Sentences about style, which quote a wording."""

OPENINGS = re.compile(r"(What|Who|Whoever|Whose|Where)\b")
"""No docstring begins with one of these, and a question is not a description."""

FILES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "configs").rglob("*.yaml")),
    *sorted((ROOT / "service" / "web").glob("*.html")),
    *sorted((ROOT / "service" / "web").glob("*.js")),
]


def faults(source: str) -> Iterator[str]:
    """Every forbidden wording in a Python source, with the line of its text."""
    for line, text in (*strings(source), *comments(source)):
        yield from forbidden(line, text)
    for line, text in docstrings(source):
        if OPENINGS.match(text):
            yield f"{line}: begins with {text.split()[0]!r}"


def page_faults(page: str, suffix: str) -> Iterator[str]:
    """Every forbidden wording in a page, with the line where its paragraph begins."""
    for line, text in paragraphs(page, suffix):
        for quoted in QUOTED:
            text = text.replace(quoted, "")
        yield from forbidden(line, text)


def forbidden(line: int, text: str) -> Iterator[str]:
    for pattern in FORBIDDEN:
        yield from (f"{line}: {match[0]!r}" for match in re.finditer(pattern, text))


def paragraphs(page: str, suffix: str) -> Iterator[tuple[int, str]]:
    """Runs of lines that are not empty, joined; of YAML only the comments."""
    lines = page.splitlines()
    if suffix == ".yaml":
        lines = [(re.findall(r"(?:^|\s)#(.*)", line) or [""])[0] for line in lines]
    start, words = 1, list[str]()
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            words += line.strip(" */#").split()
        else:
            yield start, " ".join(words)
            start, words = number + 1, []


def strings(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value not in IDENTIFIERS
        ):
            yield node.lineno, " ".join(node.value.split())


def comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Docstrings, also those of attributes and constants: any string that is a statement."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text.strip()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_wording_is_plain(path: Path) -> None:
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_are_plain(path: Path) -> None:
    assert list(page_faults(path.read_text(encoding="utf-8"), path.suffix)) == []


@pytest.mark.parametrize(
    ("page", "suffix", "faults"),
    [
        ("# A\n\nThis is\nno page.\n", ".md", ["3: 'is no'"]),
        ('Write "is not a number", not "is no number".\n', ".md", []),
        ("a: nobody\n# so\n#   many\nb: 1  # whoever\n", ".yaml", ["2: 'so many'", "2: 'whoever'"]),
        ("/**\n * It is put\n * out.\n */\n", ".js", ["1: 'put out'"]),
    ],
)
def test_faults_of_pages_are_found(page: str, suffix: str, faults: list[str]) -> None:
    assert sorted(page_faults(page, suffix)) == faults


def test_faults_are_found() -> None:
    source = '"""What is no\nnumber."""\n# whoever reads\nx = "put out"\nok = "there is no file"\n'
    assert list(faults(source)) == [
        "1: 'is no'",
        "4: 'put out'",
        "3: 'whoever'",
        "1: begins with 'What'",
    ]
