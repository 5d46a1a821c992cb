"""Turns matrices of class probabilities, as scikit-learn gives them, into cells of a table."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from consort.classes import label_text
from consort.tables import is_frame
from evaluation.errors import InputError

ClassesOf = Callable[[], Iterable[Any] | None]
"""Returns the classes that the columns of arrays stand for, in their order; `None` if unknown."""


def with_cells(data: object, classes_of: ClassesOf) -> Any:  # noqa: ANN401 - any form of data
    """Return `data` with each row of probabilities as one cell, a dictionary by class.

    Matrices are the values of a dict of systems, (segments, classes), or layers of one array,
    (segments, systems, classes). The columns of a `DataFrame` are named by their classes, those of
    an array have the order that `classes_of` returns. A row of NaN is a missing output. Data of any
    other form is returned as it is.

    Raises:
        InputError: the classes are unknown, or a matrix does not have one column for each.
    """
    if isinstance(data, Mapping) and any(map(_is_matrix, data.values())):
        return {
            name: _cells(f"the output of {name!r}", value, classes_of)
            if _is_matrix(value)
            else value
            for name, value in data.items()
        }
    if isinstance(data, np.ndarray) and data.ndim == 3:
        cells = np.empty(data.shape[:2], dtype=object)
        for place in range(data.shape[1]):
            cells[:, place] = _cells(f"the output of x{place}", data[:, place], classes_of)
        return cells
    return data


def _is_matrix(value: object) -> bool:
    return is_frame(value) or (isinstance(value, np.ndarray) and value.ndim == 2)


def _cells(place: str, matrix: Any, classes_of: ClassesOf) -> list[dict[str, float] | None]:  # noqa: ANN401
    """Return the rows of a matrix as dictionaries; `place` names it in errors."""
    named = matrix.columns if is_frame(matrix) else classes_of()
    if named is None:
        message = f"{place} is an array, and its classes are not known; give a DataFrame with a"
        raise InputError("invalid-data", f"{message} column for each class")
    values, classes = np.asarray(matrix, dtype=np.float64), list(named)
    if values.shape[1] != len(classes):
        fault = f"{place} has {values.shape[1]} columns, but there are {len(classes)} classes"
        raise InputError("invalid-data", f"{fault}: {', '.join(map(label_text, classes))}")
    names = [label_text(label) for label in classes]
    return [
        None if np.isnan(row).all() else dict(zip(names, row.tolist(), strict=True))
        for row in values
    ]
