"""A finished figure: as SVG for pages, and as PDF for papers."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from evaluation.reporting.plots.canvas import INK, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure; `svg` is its `<svg>` element alone.

    Axes and text have the colour of the page (`currentColor`), and shades are transparent. Text is
    not converted to outlines, so that it can be searched, copied and read aloud.
    """

    svg: str
    sheet: "Figure"

    def pdf(self) -> bytes:
        """Return the figure as a PDF file, in black on a transparent page, with its fonts.

        The same figure gives the same bytes, as the file has no date.
        """
        file, no_metadata = BytesIO(), dict.fromkeys(("CreationDate", "Creator", "Producer"))
        with styled():
            self.sheet.savefig(
                file, format="pdf", bbox_inches="tight", transparent=True, metadata=no_metadata
            )
        return file.getvalue()


def drawn(sheet: "Figure") -> Drawing:
    """Return the drawing of a sheet of `canvas`, under the same style."""
    file = BytesIO()
    no_metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    sheet.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata=no_metadata)
    text = file.getvalue().decode()
    # Only inside tags, so that a system may be called #010203.
    svg = re.sub(
        r"<[^<>]*>",
        lambda tag: tag[0].replace(INK, "currentColor").replace("'DejaVu Sans'", "sans-serif"),
        text[text.index("<svg") :],
    )
    return Drawing(svg, sheet)
