"""A metric of one's own: a Python function that scores texts, named in the YAML of a run."""

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from evaluation.config import Part
from evaluation.errors import InputError
from evaluation.import_path import ImportPath, load_function
from evaluation.metrics.base import Metric, Need, Score, Texts, check_scores, mean_score, require
from evaluation.metrics.negated import Negated
from evaluation.types import Array


@dataclass(frozen=True)
class FunctionMetric:
    """A metric whose scores are those of a function of `Texts`: one number a segment.

    A system's score is the mean.
    """

    name: str
    needs: frozenset[Need]
    function: Callable[[Texts], Sequence[float]]

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,).

        Raises:
            InputError: the texts lack what the function needs, or it fails; the message has its
                error.
        """
        require(texts, self.needs, self.name)
        try:
            with redirect_stdout(sys.stderr):  # standard output is the report's
                scores = self.function(texts)
        except (Exception, SystemExit) as error:
            fault = f"{self.name} failed with {type(error).__name__}: {error}"
            raise InputError("invalid-data", fault) from error
        return check_scores(self.name, scores, len(texts.hypotheses))

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments, with its interval; raises as `segment_scores`."""
        return mean_score(self.name, self.segment_scores(texts), {}, self.name)


class FunctionChoice(Part):
    """A function as the YAML of a run names it: `{callable: my_metric:score}`."""

    path: ImportPath = Field(alias="callable")
    """`module:function`; it takes `evaluation.metrics.base.Texts`, and returns a number for each
    hypothesis."""
    needs: tuple[Need, ...] = ()
    """The fields of `Texts` that it reads beside the hypotheses."""
    label: str | None = None
    """The name in the report; by default that of the function."""
    lower_is_better: bool = False
    """Whether its scores count errors; they are then compared with the opposite sign."""
    folder: Path | None = None
    """The folder of the module, if Python's path does not have it; by default that of the YAML."""

    optional: Literal[False] = False
    system: Literal["mean", "trueskill"] = "mean"
    """As `MetricChoice.system`."""

    @property
    def called(self) -> str:
        """The name in the report."""
        return self.label or self.path.rpartition(":")[2]

    def load(self) -> Metric:
        """Return the metric.

        Raises:
            InputError: the function cannot be imported.
        """
        try:
            with redirect_stdout(sys.stderr):
                function = load_function(self.path, self.folder)
        except (Exception, SystemExit) as error:
            fault = f"cannot be imported: {type(error).__name__}: {error}"
            raise InputError("unknown-name", f"{self.path} {fault}") from error
        metric = FunctionMetric(self.called, frozenset(self.needs), function)
        return Negated(metric) if self.lower_is_better else metric
