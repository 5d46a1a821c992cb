"""The frame of all pages: head and navigation."""

from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

WEB = Path(__file__).parents[1] / "web"
_FRAME = Template((WEB / "frame.html").read_text(encoding="utf-8"))


class Page(NamedTuple):
    """A page: its path, the text of links to it, and its subtitle."""

    path: str
    name: str
    subtitle: str

    @property
    def file(self) -> str:
        """Name of its files in `web`, without the suffix."""
        return self.path or "playground"


DOCS = Page("docs", "API", "Requests and answers.")
PAGES = (
    Page("", "Playground", "Several systems, one answer, and why."),
    Page("jobs", "Jobs", "Long-running work, and its results."),
    Page("systems", "Systems", "Competence of each system, from feedback."),
    Page("combiners", "Combiners", "Versions, and which one is in use."),
    DOCS,
)


def framed(page: Page, main: str) -> str:
    """Return the whole page around `main`, which is HTML.

    It includes the style sheets of all pages and those of this one, and its script, if `web` has
    any.
    """
    sheets = [*_style_sheets("consort"), *_style_sheets(page.file)]
    assets = [f'<link rel="stylesheet" href="static/{sheet}">' for sheet in sheets]
    if (WEB / f"{page.file}.js").is_file():
        assets.append(f'<script type="module" src="static/{page.file}.js"></script>')
    return _FRAME.substitute(
        title=escape("Consort" if not page.path else f"{page.name} – Consort"),
        subtitle=escape(page.subtitle),
        assets="\n    ".join(assets),
        links=links(page),
        main=main,
    )


def _style_sheets(name: str) -> list[str]:
    """Return the files of a style sheet in `web`: `name.css`, then its parts `name_*.css`."""
    files = [*WEB.glob(f"{name}.css"), *sorted(WEB.glob(f"{name}_*.css"))]
    return [file.name for file in files]


def links(page: Page) -> str:
    """Return links to all pages, of which `page` is the one that is shown, as HTML."""
    return "\n        ".join(_link(other, page) for other in PAGES)


def _link(other: Page, page: Page) -> str:
    current = ' aria-current="page"' if other == page else ""
    return f'<a href="{other.path or "./"}"{current}>{other.name}</a>'
