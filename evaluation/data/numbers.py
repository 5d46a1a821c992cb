"""Reads numbers in the cells of tables, and markers of those that are missing."""

from collections.abc import Iterable
from math import isfinite, nan
from typing import Literal

from evaluation.errors import InputError

Decimal = Literal[".", ","]
"""The decimal sign."""

MISSING = ("", "-", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "None", "null", "NULL")
"""The contents of a cell without a number, apart from spaces, unless others are given."""


class Numbers:
    """Parses numbers with one decimal sign; a cell that is empty or in `missing` has none."""

    def __init__(self, decimal: Decimal = ".", missing: Iterable[str] = MISSING) -> None:
        self.decimal = decimal
        self.missing = frozenset(("", *(marker.strip() for marker in missing)))

    def parse(self, cell: str, name: str) -> float:
        """Return the number, or NaN if it is missing.

        Args:
            cell: digits with an optional sign, fraction and exponent; spaces around it are ignored.
            name: the name of the number in errors.

        Raises:
            InputError: it is not a finite number in this form.
        """
        text = cell.strip()
        if text in self.missing:
            return nan
        value = _value(text, self.decimal)
        if value is None:
            raise InputError("invalid-data", f"{name} {cell!r} is not a number{self._hint(text)}")
        if not isfinite(value):
            raise InputError("invalid-data", f"{name} {cell!r} is not a finite number")
        return value

    def _hint(self, text: str) -> str:
        other = "," if self.decimal == "." else "."
        if other not in text or _value(text, other) is None:
            return ""
        return (
            f'; its decimal sign is {other!r}: set `decimal: "{other}"`, or write {self.decimal!r}'
        )


def _value(text: str, decimal: str) -> float | None:
    """Return the number, which may be infinite or NaN, or None if the text is not one."""
    if decimal != ".":
        text = text.replace(".", "_").replace(decimal, ".", 1)
    try:
        # Python's float also reads `4_5` and digits of other scripts.
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None


PLAIN = Numbers()
"""With decimal points and the default markers."""
COMMA = Numbers(",")
"""With decimal commas and the default markers."""
