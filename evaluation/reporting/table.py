"""What every figure leaves the program as: rows of numbers with a signature that remakes them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan

from evaluation import VERSION


def sign(what: str, parameters: Mapping[str, object]) -> str:
    """Return the signature of a figure or an output: `what|key:value|...|consort:version`."""
    said = [f"{key}:{value}" for key, value in parameters.items()]
    return "|".join([what, *said, f"consort:{VERSION}"])


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: the `statistic` of what `name` names, at a `level` (corpus, segment, type...).

    `low` and `high` bound its 95% interval; `n` is how many observations it rests on. A
    `value` of NaN is a statistic the data does not define.
    """

    name: str
    level: str
    statistic: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, and the signature that says how to get them again."""

    rows: Sequence[Row]
    signature: str

    def to_json(self) -> str:
        """Return `{"rows": [...], "signature": ...}`: absent fields left out, NaN as null.

        Raises:
            ValueError: a figure is infinite, which JSON cannot say.
        """
        return json.dumps(self.fields(), allow_nan=False, ensure_ascii=False)

    def fields(self) -> dict[str, object]:
        """Return the object that `to_json` writes."""
        return {"rows": [_fields(row) for row in self.rows], "signature": self.signature}


def _fields(row: Row) -> dict[str, str | float | None]:
    present = {name: value for name, value in asdict(row).items() if value is not None}
    return {
        name: None if isinstance(value, float) and isnan(value) else value
        for name, value in present.items()
    }
