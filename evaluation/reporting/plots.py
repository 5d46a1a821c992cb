"""Figures as SVG: the same bytes every time, in colours that read on light and dark.

Axes and words take the colour of the page (`currentColor`), and shades are transparent, so
that the page shines through. Text stays text: it can be searched, copied and read aloud.
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
from numpy.typing import ArrayLike, NDArray

from evaluation.statistics.calibration import calibration_error, reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

INDIGO, ORANGE = "#5b6bd6", "#c2701c"
_COLOURS = (INDIGO, ORANGE, "#2a8f5f", "#cf5565", "#2290a5", "#a05fc0", "#8a8375")
_DASHES = ("-", "--", "-.", ":")
INK = "#010203"  # nobody's colour: `svg` makes it currentColor
_LEADING = 11.5  # points from line to line
_SLANT = 40  # degrees
_STRONGEST = 0.6  # the deepest shade that ink stays legible on, light or dark
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
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so every machine measures alike
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
    """Return `text` without what neither XML nor HTML can hold (control characters)."""
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
        values: shape (rows, columns); NaN is unknown, and hatched.
        rows: their names, from the top.
        columns: their names.
        label: what the values are.
        centre: the value without a shade: indigo is above it, orange below. Without one the
            smallest value has no shade.

    Raises:
        ValueError: there is nothing to draw, or the names do not match the values.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    cells = np.asarray(values, dtype=float)
    if cells.shape != (len(rows), len(columns)) or cells.size == 0:
        raise ValueError(f"{len(rows)} rows and {len(columns)} columns name no {cells.shape}")
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
        ValueError: a curve is not as long as `x`, or a logarithmic `x` is not above 0.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if log_x and not all(value > 0 for value in x):
        raise ValueError("a logarithmic axis begins above 0")
    with canvas(4.6, 3) as sheet:
        axes = sheet.add_axes((0, 0, 1, 1))
        axes.set(xlabel=legible(x_label), ylabel=legible(y_label))
        axes.grid(axis="y")
        for rank, one in enumerate(series.values()):
            _draw_curve(axes, x, one, rank)
        _scale(axes, x, log_x)
        _say_who(axes, series)
        return svg(sheet)


def calibration(probability: ArrayLike, right: ArrayLike, bins: int = 10) -> str:
    """Return the SVG of a reliability diagram: how often each probability was right.

    Above, the rate of each bin with its 95% interval, against the diagonal of a perfect
    calibration; below, how many predictions it rests on.

    Args:
        probability: what was said of each prediction, shape (n,), in [0, 1].
        right: whether it was right, shape (n,).
        bins: how many, equally wide.

    Raises:
        ValueError: as `evaluation.statistics.calibration.reliability` does.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    found = reliability(probability, right, bins)
    error = calibration_error(probability, right, bins)
    with canvas(3.6, 4.4) as sheet:
        above = sheet.add_axes((0, 0.3, 1, 0.7))
        below = sheet.add_axes((0, 0, 1, 0.24), sharex=above)
        above.plot([0, 1], [0, 1], "--", color=INK, linewidth=0.8, alpha=0.6)
        above.vlines(found.probability, found.low, found.high, color=INDIGO, linewidth=1.2)
        above.plot(found.probability, found.rate, "o-", color=INDIGO, markersize=5)
        above.set(ylim=(-0.02, 1.02), ylabel="share that was right")
        above.set_title(f"expected calibration error {error:.3f}", loc="left", fontsize=9)
        above.tick_params(labelbottom=False)
        above.grid()
        _count(below, found.n)
        return svg(sheet)


def bars(
    names: Sequence[str], values: ArrayLike, low: ArrayLike, high: ArrayLike, label: str
) -> str:
    """Return the SVG of horizontal bars from 0, with 95% intervals, from the top.

    Args:
        names: of the bars.
        values: shape (bars,); NaN is unknown.
        low: the lower bounds, shape (bars,); NaN is unknown.
        high: the upper bounds, likewise.
        label: what the values are.

    Raises:
        ValueError: there are no bars, or not as many names, values and bounds.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    lengths, starts, ends = (np.asarray(one, dtype=float) for one in (values, low, high))
    if {lengths.shape, starts.shape, ends.shape} != {(len(names),)} or not names:
        raise ValueError("there are not as many names, values and bounds, or none")
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
        for row, (name, said) in enumerate(zip(names, _figures(lengths), strict=True)):
            _write(axes, name, (left, row))
            _write(axes, said, (right + 0.16 * (right - left), row))
        return svg(sheet)


@contextmanager
def canvas(width: float, height: float) -> Iterator["Figure"]:
    """Give a figure whose axes are `width` x `height` inches, in the style of them all.

    matplotlib's settings belong to the process, so two threads must not draw at once.
    """
    try:
        from matplotlib import style
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("figures need: pip install 'consort[report]'") from error
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # The browser has the letters that the measuring font lacks.
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        yield Figure((width, height))


def svg(sheet: "Figure") -> str:
    """Return the `<svg>` element alone, without the date and the version of what drew it."""
    file = BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    sheet.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata=nothing)
    drawn = file.getvalue().decode()
    # Only inside tags, lest a system called #010203 lose its name.
    return re.sub(
        r"<[^<>]*>",
        lambda tag: tag[0].replace(INK, "currentColor").replace("'DejaVu Sans'", "sans-serif"),
        drawn[drawn.index("<svg") :],
    )


def _lines(name: str, width: int = 32) -> list[str]:
    """Return a name in lines, for it is shown whole however long it is."""
    clean = legible(name)
    return wrap(clean, max(1, width * len(clean) // max(1, _breadth(clean))))


def _breadth(text: str) -> int:
    """Return about how many Latin letters are as wide as `text`."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _height(names: Sequence[str]) -> float:
    """Return the inches that a row needs to hold the longest of its names."""
    return max(0.38, 0.17 * max(len(_lines(name)) for name in names))


def _write(axes: "Axes", name: str, place: tuple[float, float], slanted: bool = False) -> None:
    """Write a name that ends at `place`, in data coordinates: left of it, or slanting below.

    Each line is a text of its own: those alone matplotlib ties to their right end, which
    keeps them out of the axes in a font that is wider than the one it measures with.
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
    """Return numbers as text, all with as many decimals: the largest has three digits."""
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
    """Draw each cell: its shade and its number, or the hatch of the unknown."""
    from matplotlib.patches import Rectangle

    strengths, said = _strengths(cells, centre), _figures(cells)
    for (row, column), number in zip(np.ndindex(cells.shape), said, strict=True):
        strength = float(strengths[row, column])
        cell = Rectangle((column + 0.02, row + 0.03), 0.96, 0.94, linewidth=0)
        if np.isnan(strength):
            cell.set(facecolor="none", hatch="/////", alpha=0.8)
        else:
            cell.set(facecolor=INDIGO if strength > 0 else ORANGE, alpha=abs(strength))
            axes.text(column + 0.5, row + 0.5, number, ha="center", va="center", fontsize=8.5)
        axes.add_patch(cell)


def _strengths(cells: Array, centre: float | None) -> Array:
    """Return how far from the centre each value is, in [-_STRONGEST, _STRONGEST]."""
    known = cells[np.isfinite(cells)]
    lowest = float(known.min()) if known.size else 0.0
    middle = lowest if centre is None else centre
    farthest = float(np.abs(known - middle).max(initial=0)) or 1.0
    return np.clip((cells - middle) / farthest, -1, 1) * _STRONGEST


def _name(axes: "Axes", rows: Sequence[str], columns: Sequence[str]) -> None:
    """Put the names beside and below, slanted where they are too long to stand."""
    slanted = max(map(_breadth, columns)) > 8
    axes.set_xticks(np.arange(len(columns)) + 0.5, [] if slanted else map(legible, columns))
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row, name in enumerate(rows):
        _write(axes, name, (0, row + 0.5))
    for column, name in enumerate(columns if slanted else ()):
        _write(axes, name, (column + 0.6, len(rows)), slanted=True)


def _draw_curve(axes: "Axes", x: Sequence[float], one: Series, rank: int) -> None:
    colour, dash = _COLOURS[rank % len(_COLOURS)], _DASHES[rank % len(_DASHES)]
    marker = "o" if len(x) <= 20 else ""
    values = np.asarray(one.values, dtype=float)
    axes.plot(x, values, dash, color=colour, marker=marker, markersize=4)
    if one.low is not None and one.high is not None:
        low, high = np.asarray(one.low, dtype=float), np.asarray(one.high, dtype=float)
        axes.fill_between(x, low, high, color=colour, alpha=0.16, linewidth=0)


def _scale(axes: "Axes", x: Sequence[float], log: bool) -> None:
    """Mark the few points there are, or let matplotlib choose marks for many."""
    if log:
        axes.set_xscale("log")
        # Its own labels are 10 to the power of something, in TeX.
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.xaxis.set_minor_formatter("")
    if len(x) <= 8:
        axes.set_xticks(x, [f"{value:,g}" for value in x])
        axes.set_xticks([], minor=True)


def _say_who(axes: "Axes", series: Mapping[str, Series]) -> None:
    names = ["\n".join(_lines(name)) for name in series]
    axes.legend(axes.get_lines(), names, loc="upper left", bbox_to_anchor=(1.01, 1.02))


def _count(axes: "Axes", n: NDArray[np.int64]) -> None:
    """Draw how many predictions each bin holds."""
    edges = np.linspace(0, 1, len(n) + 1)
    axes.bar(edges[:-1], n, 1 / len(n), align="edge", color=INDIGO, alpha=_STRONGEST, linewidth=0)
    axes.set(xlim=(-0.02, 1.02), xlabel="probability", ylabel="predictions")
    axes.locator_params(axis="y", nbins=3, integer=True)
