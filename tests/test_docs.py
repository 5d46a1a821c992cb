"""The pages of prose: what they link to is there, and the README claims what was measured."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
OWN = ("consort", "evaluation", "ensemble", "service")
FIGURE = re.compile(r"(?<![\w.,+-])[+-]?\.?\d[\d.,]*(?<![.,])%?(?: \([^()]*\d to [^()]*\d\))?")
"""A number that is no part of a word, with its interval where it has one."""


def prose(page: Path) -> str:
    """A page without its code, whose comments look like headings."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)


def sections(page: Path) -> dict[str, str]:
    """The text under each heading, that of lower ones too, by the anchor that GitHub gives it."""
    text, found = prose(page), {}
    headings = list(re.finditer(r"^(#+) (.*)$", text, re.M))
    for place, heading in enumerate(headings):
        ends = (h.start() for h in headings[place + 1 :] if len(h[1]) <= len(heading[1]))
        anchor = re.sub(r"[^\w -]", "", heading[2].lower()).replace(" ", "-")
        assert anchor not in found, f"{page.name}: two headings have the anchor {anchor}"
        found[anchor] = text[heading.end() : next(ends, len(text))]
    return found


def links(text: str) -> list[str]:
    """Where Markdown's links and images lead, but for the web."""
    return [to for to in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in to]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for link in links(prose(page)):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not anchor or anchor in sections(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"\b(?:tests|configs|docs)/[\w/-]+(?:\.\w+)?", text)
    named += [f"benchmarks/{name}.py" for name in re.findall(r"-m\sbenchmarks\.(\w+)", text)]
    assert [name for name in named if not (ROOT / name).exists()] == []


def defined_in(module: str) -> set[str]:
    """The names that a module of the project defines or exports, with its submodules."""
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {entry.stem for entry in path.glob("*")} if path.is_dir() else set()
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                names.add(node.name)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=listed):
                names |= set(ast.literal_eval(listed))
            case ast.Assign(targets=targets):
                names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_import_in_a_page_is_from_the_module_that_defines_the_name(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.M):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in OWN:
                imported = {alias.name for alias in node.names}
                assert imported <= defined_in(str(node.module)), node.module


def plain(text: str) -> str:
    """Text without bold type and line breaks."""
    return " ".join(text.replace("**", "").split())


def holds(text: str, figure: str) -> bool:
    """Whether a figure stands in `text` as it is, not as part of a longer one."""
    return bool(re.search(rf"(?<![\w.,+-]){re.escape(figure)}(?!\d|[.,]\d|%)", text))


def test_every_headline_stands_in_the_section_it_links_to() -> None:
    measured = sections(ROOT / "README.md")["measured"]
    rows = [row for row in measured.splitlines() if row.startswith("| ") and "](" in row]
    assert len(rows) > 5
    for row in rows:
        page, _, anchor = links(row)[0].partition("#")
        section = plain(sections(ROOT / page)[anchor])
        figures = FIGURE.findall(re.sub(r"\]\(.*?\)", "]", plain(row)))
        assert figures, row
        assert [figure for figure in figures if not holds(section, figure)] == [], row


def test_the_contents_list_every_section() -> None:
    page = ROOT / "docs" / "measured.md"
    _, *anchors = sections(page)
    assert [link for link in links(prose(page)) if link[0] == "#"] == [f"#{to}" for to in anchors]


@pytest.mark.parametrize("package", ["evaluation", "ensemble", "service", "consort"])
def test_the_table_of_layers_is_that_of_the_contracts(package: str) -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = [c["layers"] for c in linter["contracts"] if c.get("containers") == [package]]
    heading = "| evaluation | ensemble | service | consort |"
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = text.partition(f"{heading}\n")[2].partition("\n\n")[0].splitlines()[1:]
    cells = [row.split("|")[heading.split(" ").index(package) // 2 + 1] for row in rows]
    shown = [" | ".join(re.findall(r"`(\w+)`", cell)) for cell in cells]
    assert [layer for layer in shown if layer] == layers
