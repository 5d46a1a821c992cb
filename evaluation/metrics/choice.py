"""Metrics as the YAML of a run names them: with their options, a model, and a label."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from evaluation.config import Part
from evaluation.metrics.base import Metric
from evaluation.metrics.negated import Negated
from evaluation.metrics.registry import build, full_name, load_metric, parse


class MetricChoice(Part):
    """A metric: its name and options, its model, and how a system's score comes from segments'.

    In YAML it is `chrf:word_order=2`, or a mapping with the options beside the name:
    `{name: chrf, word_order: 2, label: chrF+}`.
    """

    name: str
    options: dict[str, Any] = Field(default={})
    """The options given as keys of their own; more may be in the name."""
    model: str | None = None
    """The model it asks, or the folder of a metric that was trained."""
    label: str | None = None
    """The name in the report; by default its name with its options."""
    optional: bool = False
    """Whether it is left out, with a note, where it is unavailable."""
    lower_is_better: bool = False
    """Whether its scores count errors; they are then compared with the opposite sign."""
    system: Literal["mean", "corpus", "trueskill"] = "mean"
    """The score of a system: the mean of its segments' scores, the corpus score, or TrueSkill with
    the outputs of each segment ranked by the metric (`meta_evaluation.aggregation`)."""

    @model_validator(mode="before")
    @classmethod
    def _options_apart(cls, value: object) -> object:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, dict) or "options" in value:
            return value
        fields = {key: value[key] for key in value if key in cls.model_fields}
        return {**fields, "options": {key: value[key] for key in value if key not in fields}}

    @model_validator(mode="after")
    def _options_are_known(self) -> Self:
        full_name(self.name, self.options)
        return self

    @property
    def called(self) -> str:
        """The name in the report."""
        return self.label or full_name(self.name, self.options)

    def load(self) -> Metric:
        """Return the metric.

        Raises:
            ValueError: there is none of that name, or it takes no such option or model.
            DataError: a trained metric cannot be read.
            ImportError: a package it needs is missing.
        """
        metric = self._loaded()
        return Negated(metric) if self.lower_is_better else metric

    def _loaded(self) -> Metric:
        if not self.options:
            return load_metric(self.name, self.model)
        plain, options = parse(self.name)
        model = {} if self.model is None else {"model": self.model}
        return build(plain, {**options, **self.options, **model})


def _called_once(choices: Sequence[MetricChoice]) -> Sequence[MetricChoice]:
    times = Counter(choice.called for choice in choices)
    if twice := [name for name, n in times.items() if n > 1]:
        raise ValueError(f"metrics are called {', '.join(sorted(twice))} twice; add a label")
    return choices


MOST_METRICS = 200
"""Metrics in a configuration: every pair of them is tested."""

Metrics = Annotated[
    tuple[MetricChoice, ...], Field(max_length=MOST_METRICS), AfterValidator(_called_once)
]
"""Metrics, each called something else; there may be none."""
MetricList = Annotated[Metrics, Field(min_length=1)]
"""One metric or more, each called something else."""
