"""Draws figures as SVG, deterministically, in colours legible on light and dark pages.

Axes and text have the colour of the page (`currentColor`), and shades are transparent. Text is
not converted to outlines, so that it can be searched, copied and read aloud.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from math import radians, sin
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import ArrayLike

from evaluation.statistics.calibration import calibration_error, reliability
from evaluation.types import Array, Integers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INDIGO, ORANGE = "#5b6bd6", "#c2701c"
_COLOURS = (INDIGO, ORANGE, "#2a8f5f", "#cf5565", "#2290a5", "#a05fc0", "#8a8375")
_DASHES = ("-", "--", "-.", ":")
INK = "#010203"  # not used otherwise: `svg` replaces it by currentColor
_LEADING = 11.5  # points from line to line
_SLANT = 40  # degrees
_STRONGEST = 0.6  # the opacity up to which text on it is legible, light or dark
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
    "svg.fonttype": "none",
    "svg.hashsalt": "consort",
    "text.parse_math": False,  # a system may be called $a$
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Series(NamedTuple):
    """One curve: `values` of shape (n,), NaN where unknown, and the bounds of its 95% band."""

    values: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None


def legible(text: str) -> str:
    """Return `text` with characters that XML and HTML forbid (control characters) replaced."""
    return _NOT_XML.sub("\ufffd", text)


def heat_map(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    centre: float | None = None,
) -> str:
    """Return the SVG of a table whose cells are shaded by their value.

    Args:
        values: shape (rows, columns); NaN is unknown and hatched.
        rows: the names of rows, from the top.
        columns: the names of columns.
        label: the meaning of the values.
        centre: the value without a shade; larger ones are indigo, smaller ones orange. By
            default it is the smallest value.

    Raises:
        ValueError: there is nothing to draw, or the names do not match the values.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    cells = np.asarray(values, dtype=float)
    if cells.shape != (len(rows), len(columns)) or cells.size == 0:
        raise ValueError(f"{len(rows)} rows and {len(columns)} columns for shape {cells.shape}")
    widest = max(map(len, _figures(cells)))
    with canvas(max(0.66, 0.09 * widest) * len(columns), _height(rows) * len(rows)) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
        _shade(axes, cells, centre)
        _name(axes, rows, columns)
        axes.set_title("\n".join(_lines(label, 60)), loc="left", fontsize=9, pad=10)
        return svg(sheet)


def curves(
    x: Sequence[float],
    series: Mapping[str, Series],
    x_label: str,
    y_label: str,
    log_x: bool = False,
) -> str:
    """Return the SVG of several curves over `x`, shape (n,), each with its 95% band.

    Raises:
        ValueError: a curve and `x` differ in length, or a logarithmic `x` is not above 0.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if log_x and not all(value > 0 for value in x):
        raise ValueError("values on a logarithmic axis must be above 0")
    with canvas(4.6, 3) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
        axes.set(xlabel=legible(x_label), ylabel=legible(y_label))
        axes.grid(axis="y")
        for rank, curve in enumerate(series.values()):
            _draw_curve(axes, x, curve, rank)
        _scale(axes, x, log_x)
        _add_legend(axes, series)
        return svg(sheet)


def calibration(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> str:
    """Return the SVG of a reliability diagram: the share of right predictions by probability.

    The upper part shows the share in each bin with its 95% interval and the diagonal of perfect
    calibration; the lower part shows the number of predictions in each bin.

    Args:
        probability: the probability of each prediction, shape (n,), in [0, 1].
        right: whether each prediction was right, shape (n,).
        bins: the number of bins, equally wide.

    Raises:
        ValueError: as `evaluation.statistics.calibration.reliability` does.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    binned = reliability(probability, right, bins)
    error = calibration_error(probability, right, bins)
    with canvas(3.6, 4.4) as sheet:
        above = sheet.add_axes((0, 0.3, 1, 0.7))
        below = sheet.add_axes((0, 0, 1, 0.24), sharex=above)
        above.plot([0, 1], [0, 1], "--", color=INK, linewidth=0.8, alpha=0.6)
        above.vlines(binned.probability, binned.low, binned.high, color=INDIGO, linewidth=1.2)
        above.plot(binned.probability, binned.rate, "o-", color=INDIGO, markersize=5)
        above.set(ylim=(-0.02, 1.02), ylabel="share that was right")
        above.set_title(f"expected calibration error {error:.3f}", loc="left", fontsize=9)
        above.tick_params(labelbottom=False)
        above.grid()
        _count(below, binned.n)
        return svg(sheet)


def bars(
    names: Sequence[str], values: ArrayLike, low: ArrayLike, high: ArrayLike, label: str
) -> str:
    """Return the SVG of horizontal bars from 0, with 95% intervals.

    Args:
        names: the names of the bars, from the top.
        values: shape (bars,); NaN is unknown.
        low: the lower bounds, shape (bars,); NaN is unknown.
        high: the upper bounds, shape (bars,); NaN is unknown.
        label: the meaning of the values.

    Raises:
        ValueError: there are no bars, or names, values and bounds differ in number.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    lengths, starts, ends = (np.asarray(a, dtype=float) for a in (values, low, high))
    if {lengths.shape, starts.shape, ends.shape} != {(len(names),)} or not names:
        raise ValueError("names, values and bounds must be of one number, at least 1")
    with canvas(4.2, _height(names) * len(names)) as sheet:
        axes, at = sheet.add_axes((0, 0, 1, 1)), np.arange(len(names))
        axes.barh(at, lengths, height=0.55, color=INDIGO, alpha=_STRONGEST)
        axes.hlines(at, starts, ends, color=INK, linewidth=1.2)
        for bound in (starts, ends):
            axes.plot(bound, at, "|", color=INK, markersize=7)
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.set(xlabel=legible(label), ylim=(len(names) - 0.4, -0.6))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        left, right = axes.get_xlim()
        for row, (name, number) in enumerate(zip(names, _figures(lengths), strict=True)):
            _write(axes, name, (left, row))
            _write(axes, number, (right + 0.16 * (right - left), row))
        return svg(sheet)


@contextmanager
def canvas(width: float, height: float) -> Iterator["Figure"]:
    """Yield a figure whose axes are `width` x `height` inches, in the common style.

    The settings of matplotlib are global, so two threads must not draw at the same time.
    """
    try:
        from matplotlib import style
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("figures need: pip install 'consort[report]'") from error
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # Browsers have fonts for the letters that are missing here.
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        yield Figure((width, height))


def svg(sheet: "Figure") -> str:
    """Return the `<svg>` element alone, without metadata such as the date."""
    file = BytesIO()
    no_metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    sheet.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata=no_metadata)
    text = file.getvalue().decode()
    # Only inside tags, so that a system may be called #010203.
    return re.sub(
        r"<[^<>]*>",
        lambda tag: tag[0].replace(INK, "currentColor").replace("'DejaVu Sans'", "sans-serif"),
        text[text.index("<svg") :],
    )


def _lines(name: str, width: int = 32) -> list[str]:
    """Return a name in lines, so that long names are shown completely."""
    clean = legible(name)
    return wrap(clean, max(1, width * len(clean) // max(1, _breadth(clean))))


def _breadth(text: str) -> int:
    """Return the approximate width of `text` in Latin letters."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _height(names: Sequence[str]) -> float:
    """Return the height of rows, in inches, that the longest of `names` needs."""
    return max(0.38, 0.17 * max(len(_lines(name)) for name in names))


def _write(axes: "Axes", name: str, place: tuple[float, float], slanted: bool = False) -> None:
    """Write a name that ends at `place`, in data coordinates: left of it, or slanted below.

    Each line is a separate text, as matplotlib anchors only single lines at their right end. So
    they do not reach into the axes in a font that is wider than the one used for measuring.
    """
    lines = _lines(name)
    for number, line in enumerate(lines):
        aside = (number - (len(lines) - 1) / 2) * _LEADING
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


def _figures(values: Array) -> list[str]:
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


def _shade(axes: "Axes", cells: Array, centre: float | None) -> None:
    """Draw each cell: its shade and its number, or a hatch if it is unknown."""
    from matplotlib.patches import Rectangle

    strengths, numbers = _strengths(cells, centre), _figures(cells)
    for (row, column), number in zip(np.ndindex(cells.shape), numbers, strict=True):
        strength = float(strengths[row, column])
        cell = Rectangle((column + 0.02, row + 0.03), 0.96, 0.94, linewidth=0)
        if np.isnan(strength):
            cell.set(facecolor="none", hatch="/////", alpha=0.8)
        else:
            cell.set(facecolor=INDIGO if strength > 0 else ORANGE, alpha=abs(strength))
            axes.text(column + 0.5, row + 0.5, number, ha="center", va="center", fontsize=8.5)
        axes.add_patch(cell)


def _strengths(cells: Array, centre: float | None) -> Array:
    """Return the scaled distance of each value from the centre, at most _STRONGEST."""
    known = cells[np.isfinite(cells)]
    lowest = float(known.min()) if known.size else 0.0
    middle = lowest if centre is None else centre
    farthest = float(np.abs(known - middle).max(initial=0)) or 1.0
    return np.clip((cells - middle) / farthest, -1, 1) * _STRONGEST


def _name(axes: "Axes", rows: Sequence[str], columns: Sequence[str]) -> None:
    """Write the names at the left and below, slanted if they are too long."""
    slanted = max(map(_breadth, columns)) > 8
    axes.set_xticks(np.arange(len(columns)) + 0.5, [] if slanted else map(legible, columns))
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row, name in enumerate(rows):
        _write(axes, name, (0, row + 0.5))
    for column, name in enumerate(columns if slanted else ()):
        _write(axes, name, (column + 0.6, len(rows)), slanted=True)


def _draw_curve(axes: "Axes", x: Sequence[float], curve: Series, rank: int) -> None:
    colour, dash = _COLOURS[rank % len(_COLOURS)], _DASHES[rank % len(_DASHES)]
    marker = "o" if len(x) <= 20 else ""
    values = np.asarray(curve.values, dtype=float)
    axes.plot(x, values, dash, color=colour, marker=marker, markersize=4)
    if curve.low is not None and curve.high is not None:
        low, high = np.asarray(curve.low, dtype=float), np.asarray(curve.high, dtype=float)
        axes.fill_between(x, low, high, color=colour, alpha=0.16, linewidth=0)


def _scale(axes: "Axes", x: Sequence[float], log: bool) -> None:
    """Set a tick for each value if there are few; otherwise matplotlib chooses them."""
    if log:
        axes.set_xscale("log")
        # The default labels are powers of 10 in TeX.
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.xaxis.set_minor_formatter("")
    if len(x) <= 8:
        axes.set_xticks(x, [f"{value:,g}" for value in x])
        axes.set_xticks([], minor=True)


def _add_legend(axes: "Axes", series: Mapping[str, Series]) -> None:
    names = ["\n".join(_lines(name)) for name in series]
    axes.legend(axes.get_lines(), names, loc="upper left", bbox_to_anchor=(1.01, 1.02))


def _count(axes: "Axes", n: Integers) -> None:
    """Draw the number of predictions in each bin."""
    edges = np.linspace(0, 1, len(n) + 1)
    axes.bar(edges[:-1], n, 1 / len(n), align="edge", color=INDIGO, alpha=_STRONGEST, linewidth=0)
    axes.set(xlim=(-0.02, 1.02), xlabel="probability", ylabel="predictions")
    axes.locator_params(axis="y", nbins=3, integer=True)
