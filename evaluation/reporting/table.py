"""Tables of figures, with a signature that says how to compute them again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan

from evaluation.version import VERSION


def sign(what: str, parameters: Mapping[str, object]) -> str:
    """Return the signature of a figure or an output: `what|key:value|...|consort:version`."""
    parts = [f"{key}:{value}" for key, value in parameters.items()]
    return "|".join([what, *parts, f"consort:{VERSION}"])


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: a `statistic` of the metric or system `name` at a `level` (corpus, segment...).

    `low` and `high` bound its 95% interval; `n` is the number of observations. A `value` of NaN
    is a statistic that the data do not define. `p` is the p-value of the best of the names being
    better, if that was tested: two-sided, corrected by Holm.
    """

    name: str
    level: str
    statistic: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, and the signature that says how to compute them again."""

    rows: Sequence[Row]
    signature: str

    def to_json(self) -> str:
        """Return `{"rows": [...], "signature": ...}`: absent fields left out, NaN as null.

        Raises:
            ValueError: a figure is infinite, which JSON cannot represent.
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
