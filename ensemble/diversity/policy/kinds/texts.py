"""Whole texts: a member gives one of its versions, or abstains."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from fastchrf import pairwise_chrf
from pydantic import AfterValidator

from ensemble.candidates import Ballot, collect_all
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.kinds.whole import Whole
from ensemble.targets import Targets
from ensemble.types import Booleans
from evaluation.edits.types import Types
from evaluation.metrics.base import Texts as Scored
from evaluation.metrics.base import score_segments
from evaluation.metrics.registry import load_metric, metric_names, parse
from evaluation.records import Edit, Segment


def _known(metric: str) -> str:
    # Its name only: some metrics load large models.
    if (name := parse(metric)[0]) not in metric_names():
        raise ValueError(f"no metric {name!r}; see `consort score --help`")
    return metric


class Texts(Whole):
    """A text is worth its `score`: any metric of `consort score`, against the reference."""

    kind: Literal["texts"] = "texts"
    score: Annotated[str, AfterValidator(_known)] = "chrf"

    @property
    def measure(self) -> str:
        """The name of the metric, of which the segments' mean is taken."""
        return self.score

    @property
    def scale(self) -> float:
        """Metrics are reported from 0 to 100."""
        return 100.0

    def ballots(self, segments: Iterable[Segment], types: Types = "surface") -> list[Ballot]:
        """Return the ballots, whose candidates are texts."""
        return list(collect_all(segments, "texts"))

    def targets(self, ballots: Sequence[Ballot], dataset: Dataset) -> Targets:
        """Return the score of each text; NaN where a segment has no reference."""
        rows = [(i, c.replacement) for i, b in enumerate(ballots) for c in b.candidates]
        if not rows:
            return Targets(tuple(np.zeros(0) for _ in ballots), np.ones(len(ballots)))
        places, texts = zip(*rows, strict=True)
        sources = [dataset.sources[i] for i in places]
        references = [dataset.references[i] for i in places]
        scores = score_segments(load_metric(self.score), Scored(texts, sources, references))
        ends = np.cumsum([len(ballot.candidates) for ballot in ballots])[:-1]
        values = tuple(np.split(np.asarray(scores, dtype=np.float64), ends))
        right = tuple(map(tuple, dataset.references))
        return Targets(values, np.ones(len(ballots)), references=right)

    def shared(self, made: Collection[Edit], others: Collection[Edit]) -> float:
        """Return the chrF of two texts from 0 to 1, the mean of both directions."""
        pair = [edit.replacement[0] for edits in (made, others) for edit in edits]
        return _alike(*sorted(pair)) if made and others else 0.0

    def right(self, decisions: Decisions) -> Booleans:
        """Return whether each text is at least as good as the combined text of the others."""
        of_others = decisions.absent[decisions.segment[decisions.decision], 0]
        return np.asarray((decisions.own[:, 1] > 0) & (decisions.own[:, 0] >= of_others))


@lru_cache(maxsize=100_000)
def _alike(text: str, other: str) -> float:
    if text == other:
        return 1.0
    table = np.array(pairwise_chrf([[text, other]], [[text, other]])[0])
    return float(table[0, 1] + table[1, 0]) / 200
