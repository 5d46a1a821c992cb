"""Parts of the configuration of a benchmark that are in layouts of WMT: MQM, ESA, JSON lines."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from evaluation.config import Part
from evaluation.data.mqm import WEIGHTS
from evaluation.meta_evaluation.row_schema import SegmentKey


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


Paths = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_as_list)]
"""A file, or several with the same columns."""


class WmtJudgements(Part):
    """Judgements in a layout of WMT: of one dimension, in which higher is better."""

    dimension: str
    """The name of the judged quality in the report."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The one dimension."""
        return (self.dimension,)

    def turns(self, dimension: str) -> bool:
        """Return False: higher is better."""
        return False


class MqmJudgements(WmtJudgements):
    """A row for each error, with its severity and category (`evaluation.data.mqm.read_mqm`)."""

    form: Literal["mqm"]
    path: Paths
    dimension: str = "MQM"
    weights: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default={})
    """Penalties that replace or join those of WMT (`evaluation.data.mqm.WEIGHTS`)."""
    segment: SegmentKey | None = None
    """By default `globalSegId`, `seg_id`, or else the document and the number in it."""
    numbered_from: int = 1
    """The number of the first segment, if segments are numbers."""

    @property
    def penalties(self) -> dict[str, float]:
        """The penalties of WMT with those of the configuration."""
        given = {name.lower() for name in self.weights}
        kept = {name: value for name, value in WEIGHTS.items() if name.lower() not in given}
        return {**kept, **self.weights}


class EsaJudgements(WmtJudgements):
    """Scores from 0 to 100 with error spans, as Appraise exports them (`read_esa`)."""

    form: Literal["esa"]
    path: Paths
    dimension: str = "ESA"
    pair: str | None = None
    """The languages, such as `eng-jpn`, if the files have several pairs."""
    numbered_from: int = 1
    """The number of the first segment."""


class LineScores(WmtJudgements):
    """The scores in the JSON lines of WMT24 and WMT25 (`evaluation.data.wmt_lines`)."""

    form: Literal["wmt"]
    path: str
    dimension: str = "human"
    prefix: str = ""
    """The beginning of the ids of the segments, such as `en-cs_CZ_#_`."""


class SegmentScores(WmtJudgements):
    """A `.seg.score` file of mt-metrics-eval (`evaluation.data.segment_scores`)."""

    form: Literal["seg.score"]
    path: str
    dimension: str = "human"


class MqmTexts(Part):
    """The texts in an MQM table: the targets and sources, without the marks of errors."""

    form: Literal["mqm"]
    path: Paths
    references: tuple[str, ...] = ()
    """Systems whose outputs are references, such as `refA`."""
    segment: SegmentKey | None = None
    numbered_from: int = 1


class WmtTexts(Part):
    """The texts in the JSON lines of WMT24 and WMT25."""

    form: Literal["wmt"]
    path: str
    references: tuple[str, ...] = ()
    """Systems whose outputs are references, such as `refA`."""
    prefix: str = ""
