"""Scores the outputs of systems by metrics that need no references: a metric as a judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from evaluation.data.blank import is_blank
from evaluation.errors import InputError
from evaluation.metrics.base import Metric, Texts, score_segments
from evaluation.records import Segment

BySystem = dict[str, float]
"""The score of each system's output of one segment."""


class _Pair(NamedTuple):
    """An output, the source, and where a metric compares with references, one other output."""

    output: str
    source: str
    other: str


def check_judge(metric: Metric, name: str) -> None:
    """Check that `metric`, called `name`, can judge outputs.

    Raises:
        InputError: it needs gold edits.
    """
    if "gold" in metric.needs:
        message = f"{name} needs gold edits, so it cannot judge outputs without references"
        raise InputError("invalid-option", message)


def judged(metric: Metric, segments: Sequence[Segment]) -> list[BySystem]:
    """Return the score of each system's output in each of `segments`, by `metric`.

    A metric that needs references compares an output with each other output of its segment; the
    score is the mean, as the expected utility of minimum Bayes risk (Kumar & Byrne 2004) is. An
    output that is missing or empty has no score, nor has one with no other to compare it with; a
    blank text is not compared with.

    Raises:
        InputError: the metric needs gold edits, or sources where there are none.
        ValueError: as `score_segments`.
    """
    check_judge(metric, metric.name)
    if "sources" in metric.needs and not all(segment.has_source for segment in segments):
        raise InputError("missing-input", f"{metric.name} needs sources")
    table = _Questions("references" in metric.needs)
    for segment in segments:
        table.add(segment)
    return table.answered(metric)


@dataclass
class _Questions:
    """The pairs to score, each once, and the pairs whose mean is the score of an output."""

    compares: bool
    pairs: dict[_Pair, int] = field(default_factory=dict)
    segments: list[dict[str, list[int]]] = field(default_factory=list)

    def add(self, segment: Segment) -> None:
        """Add the outputs of `segment`."""
        texts = {name: text for name, text in segment.hypotheses.items() if text}
        self.segments.append({
            name: [self._number(_Pair(text, segment.source, other)) for other in others]
            for name, text in texts.items()
            if (others := self._others(name, texts))
        })  # fmt: skip

    def _others(self, name: str, texts: dict[str, str]) -> list[str]:
        if not self.compares:
            return [""]
        return [text for n, text in texts.items() if n != name and not is_blank(text)]

    def _number(self, pair: _Pair) -> int:
        return self.pairs.setdefault(pair, len(self.pairs))

    def answered(self, metric: Metric) -> list[BySystem]:
        """Return the score of each output, segment by segment."""
        if not self.pairs:
            return [{} for _ in self.segments]
        outputs, sources, others = zip(*self.pairs, strict=True)
        references = [[other] for other in others] if self.compares else None
        scores = score_segments(metric, Texts(outputs, sources, references))
        return [
            {name: float(np.mean(scores[numbers])) for name, numbers in asked.items()}
            for asked in self.segments
        ]
