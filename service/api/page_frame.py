"""What all pages have: one head, one way from each to the others."""

from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

WEB = Path(__file__).parents[1] / "web"
_FRAME = Template((WEB / "frame.html").read_text(encoding="utf-8"))


class Page(NamedTuple):
    """A page: where it is, what links call it, what it is for."""

    path: str
    name: str
    words: str

    @property
    def file(self) -> str:
        """What its files in `web` are called, each with an ending of its own."""
        return self.path or "playground"


DOCS = Page("docs", "API", "What can be asked, and what comes back.")
PAGES = (
    Page("", "Playground", "Several correctors, one answer, and why."),
    Page("jobs", "Jobs", "Long work: how far it is, and what came of it."),
    Page("systems", "Systems", "Who is good at what, as far as people say."),
    Page("combiners", "Combiners", "What requests can choose, and who is in charge."),
    DOCS,
)


def framed(page: Page, main: str) -> str:
    """Return the whole page around `main`, which is HTML.

    It gets the style sheet and the script in `web` that are called as it is.
    """
    assets = {
        f"{page.file}.css": f'<link rel="stylesheet" href="static/{page.file}.css">',
        f"{page.file}.js": f'<script type="module" src="static/{page.file}.js"></script>',
    }
    return _FRAME.substitute(
        title=escape("Consort" if not page.path else f"{page.name} – Consort"),
        words=escape(page.words),
        assets="\n    ".join(line for file, line in assets.items() if (WEB / file).is_file()),
        links="\n        ".join(_link(other, page) for other in PAGES),
        main=main,
    )


def _link(other: Page, page: Page) -> str:
    current = ' aria-current="page"' if other == page else ""
    return f'<a href="{other.path or "./"}"{current}>{other.name}</a>'
