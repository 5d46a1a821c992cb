"""The style that all figures share: colours legible on light and dark pages, fonts and names."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import radians, sin
from textwrap import wrap
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import ArrayLike

from evaluation.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INDIGO, ORANGE = "#5b6bd6", "#c2701c"
INK = "#010203"  # not used otherwise: `drawing.svg` replaces it by currentColor
_LEADING = 11.5  # points from line to line
_SLANT = 40  # degrees
STRONGEST = 0.6  # the opacity up to which text on it is legible, light or dark
_STYLE: dict[str, object] = {
    **{f"axes.{part}": INK for part in ("edgecolor", "labelcolor", "titlecolor")},
    **{f"{tick}.color": INK for tick in ("text", "xtick", "ytick", "grid", "hatch")},
    "axes.axisbelow": True,
    "axes.formatter.limits": (-5, 7),
    "axes.formatter.useoffset": False,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: equal sizes on all machines
    "grid.alpha": 0.18,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.4,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # TrueType, as publishers demand
    "svg.fonttype": "none",
    "svg.hashsalt": "consort",
    "text.parse_math": False,  # a system may be called $a$
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legible(text: str) -> str:
    """Return `text` with characters that XML and HTML forbid (control characters) replaced."""
    return _NOT_XML.sub("\ufffd", text)


@contextmanager
def styled() -> Iterator[None]:
    """Set the common style; figures are made and saved under it.

    The settings of matplotlib are global, so two threads must not draw at the same time.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    try:
        from matplotlib import style
    except ImportError as error:
        raise ImportError("figures need: pip install 'consort[report]'") from error
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # Browsers have fonts for the letters that are missing here.
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        yield


@contextmanager
def canvas(width: float, height: float) -> Iterator["Figure"]:
    """Yield a figure whose axes are `width` x `height` inches, in the common style."""
    with styled():
        from matplotlib.figure import Figure

        yield Figure((width, height))


def lines(name: str, width: int = 32) -> list[str]:
    """Return a name in lines, so that long names are shown completely."""
    clean = legible(name)
    return wrap(clean, max(1, width * len(clean) // max(1, breadth(clean))))


def breadth(text: str) -> int:
    """Return the approximate width of `text` in Latin letters."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def height(names: Sequence[str]) -> float:
    """Return the height of rows, in inches, that the longest of `names` needs."""
    return max(0.38, 0.17 * max(len(lines(name)) for name in names))


def write(axes: "Axes", name: str, place: tuple[float, float], slanted: bool = False) -> None:
    """Write a name that ends at `place`, in data coordinates: left of it, or slanted below.

    Each line is a separate text, as matplotlib anchors only single lines at their right end. So
    they do not reach into the axes in a font that is wider than the one used for measuring.
    """
    parts = lines(name)
    for number, line in enumerate(parts):
        aside = (number - (len(parts) - 1) / 2) * _LEADING
        axes.annotate(
            line,
            place,
            xytext=(aside / sin(radians(_SLANT)), -9) if slanted else (-6, -aside),
            textcoords="offset points",
            rotation=_SLANT if slanted else 0,
            rotation_mode="anchor",
            ha="right",
            va="center",
            annotation_clip=False,
        )


def figures(values: Array) -> list[str]:
    """Return numbers as text with the same number of decimals; the largest has three digits."""
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max(initial=0))
    whole = not (known % 1).any()
    decimals = 0 if whole else int(np.clip(2 - np.floor(np.log10(largest)), 0, 6))
    form = f"z.{decimals}f" if largest == 0 or 1e-4 < largest < 1e7 else "z.3g"
    return [
        "–" if np.isnan(value) else format(value, form).replace("-", "−")
        for value in values.ravel()
    ]


def scores_with_bounds(
    names: Sequence[str], values: ArrayLike, low: ArrayLike, high: ArrayLike
) -> tuple[Array, Array, Array]:
    """Return values and bounds as arrays of shape (names,).

    Raises:
        ValueError: there are no names, or names, values and bounds differ in number.
    """
    arrays = tuple(np.asarray(a, dtype=np.float64) for a in (values, low, high))
    if {array.shape for array in arrays} != {(len(names),)} or not names:
        raise ValueError("names, values and bounds must be of one number, at least 1")
    return arrays[0], arrays[1], arrays[2]
