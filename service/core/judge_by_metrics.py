"""Scores the outputs in a folder by metrics, as judges, for `consort judge --metric`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evaluation.data.judge_scores import FILE
from evaluation.data.judge_table import Scored, add_judges
from evaluation.data.readers import read_folder
from evaluation.data.writers import check_file
from evaluation.errors import InputError
from evaluation.execution.workers import current_workers
from evaluation.metrics.judging import BySystem, check_judge, judged
from evaluation.metrics.registry import full_name, load_metric
from evaluation.records import Segment
from evaluation.reporting.table import Row, Table, sign

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress

_BLOCK = 50
"""Segments scored as one task: some hundreds of outputs."""


@dataclass(frozen=True)
class Panel:
    """The metrics that judge; `model` is that of the only one, as for `consort score`."""

    metrics: Sequence[str]
    model: str | None = None

    def names(self) -> dict[str, str]:
        """Return each metric, as it was named, by the name of its judge.

        Raises:
            InputError: none is named, one is named twice, or there is a model and several metrics.
            ValueError: a metric cannot be loaded, or cannot judge.
        """
        if not self.metrics:
            raise InputError("missing-input", "name at least one --metric")
        if self.model and len(self.metrics) != 1:
            raise InputError("invalid-option", "--model needs exactly one --metric")
        judges = {full_name(name): name for name in self.metrics}
        if len(judges) < len(self.metrics):
            raise InputError("invalid-option", "a --metric is named twice")
        for judge, name in judges.items():
            check_judge(load_metric(name, self.model), judge)
        return judges


def judge_by_metrics(
    folder: Path, panel: Panel, systems: Sequence[str] | None, progress: "Progress"
) -> Table:
    """Write the scores of all outputs in `folder` by each metric, and return the mean by system.

    They are written to `judges.csv` in the folder, where scores by other judges are kept.

    Raises:
        DataError: a file cannot be read.
        ValueError: a metric cannot judge, or the outputs do not have what it needs.
        ImportError: an optional part is missing; the message names the extra.
    """
    path = folder / FILE
    check_file(path)
    judges = panel.names()
    segments = read_folder(folder, systems, needs_source=False)
    rows: list[Scored] = []
    for judge, name in judges.items():
        scores = _scores(name, panel.model, segments, progress)
        rows += [
            (judge, system, number, score)
            for number, by_system in enumerate(scores, start=1)
            for system, score in by_system.items()
        ]
    add_judges(path, list(judges), rows)
    return Table(list(_means(rows)), sign("judge", {"metrics": ",".join(judges)}))


def _scores(
    name: str, model: str | None, segments: Sequence[Segment], progress: "Progress"
) -> list[BySystem]:
    remaining = iter(segments)
    blocks = list(iter(lambda: list(islice(remaining, _BLOCK)), []))
    scored = current_workers().map(partial(_judge, name, model), blocks)
    return [row for block in progress(scored, name, len(blocks)) for row in block]


def _judge(name: str, model: str | None) -> Callable[[list[Segment]], list[BySystem]]:
    return partial(judged, load_metric(name, model))


def _means(rows: Sequence[Scored]) -> Iterator[Row]:
    """Yield the mean score of each system by each judge."""
    by_judge: dict[tuple[str, str], list[float]] = {}
    for judge, system, _, score in rows:
        by_judge.setdefault((judge, system), []).append(score)
    for (judge, system), scores in by_judge.items():
        yield Row(judge, "segment", f"mean of {system}", float(np.mean(scores)), n=len(scores))
