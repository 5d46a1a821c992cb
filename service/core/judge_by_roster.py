"""Asks the judges of a roster about the outputs in a folder, and adds their scores to it."""

import asyncio
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ensemble.candidates.answers import answers_of
from ensemble.judges.ask import JudgeClient, Rating
from ensemble.systems.roster import Roster, create_judge
from evaluation.data.judge_scores import COLUMNS, FILE
from evaluation.data.judge_table import add_judges
from evaluation.data.readers import stream_outputs
from evaluation.errors import InputError
from evaluation.records import Segment
from evaluation.reporting.table import Row, Table

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress

_AT_ONCE = 8
"""Questions that are asked before their scores are written."""

_TIMEOUT_S = 600.0  # an endpoint has a limit of its own


@dataclass(slots=True)
class Question:
    """A segment of the folder by its number, from 1, and the judge that is asked about it."""

    number: int
    segment: Segment
    client: JudgeClient
    rating: Rating = field(default_factory=lambda: Rating("failed"))

    async def ask(self) -> "Question":
        """Ask it, and return it with the answer."""
        texts = _different(self.segment)
        self.rating = await self.client.ask(self.segment.source, texts, _TIMEOUT_S)
        return self

    def rows(self) -> Iterator[tuple[str, str, int, float]]:
        """Yield the rows of the file of scores; none where the judge failed."""
        if self.rating.status == "ok":
            scores = dict(zip(_different(self.segment), self.rating.scores, strict=True))
            for system, text in answers_of(self.segment).items():
                yield self.client.judge.name, system, self.number, scores[text]


def judge_by_roster(
    folder: Path, roster: Roster, systems: Sequence[str] | None, most: int, progress: "Progress"
) -> Table:
    """Ask each judge of `roster` about each segment of a folder that it has not scored yet.

    Segments on which all systems gave the same are left out. Scores are added to `judges.csv` there
    as they come, so that an interrupted run continues. At most `most` questions are asked. Returns
    a table of questions, failures and costs.

    Raises:
        InputError: the roster has no judges, or none of them can be started.
        DataError: a file cannot be read.
    """
    if not roster.judges:
        raise InputError("invalid-option", "the roster has no judges")
    clients = [JudgeClient(create_judge(entry)) for entry in roster.judges]
    segments = stream_outputs(folder, systems, needs_source=False, may_be_labels=True)
    questions = [
        Question(number, segment, client)
        for number, segment in enumerate(segments, start=1)
        for client in clients
        if client.judge.name not in segment.scores and len(_different(segment)) > 1
    ][:most]
    asked = asyncio.run(_asked(clients, questions, folder / FILE, progress))
    return Table(list(_figures(clients, asked)), f"judges|questions:{len(asked)}")


def _different(segment: Segment) -> tuple[str, ...]:
    return tuple(dict.fromkeys(answers_of(segment).values()))


async def _asked(
    clients: Sequence[JudgeClient], questions: Sequence[Question], path: Path, progress: "Progress"
) -> list[Question]:
    await asyncio.gather(*(client.judge.start() for client in clients))
    try:
        for client in clients:
            if (health := client.judge.health).state == "failed":
                raise InputError("invalid-option", f"{client.judge.name}: {health.reason}")
        if questions and path.exists():
            # Its columns may be in another order, and its last line without an end.
            add_judges(path, (), ())
        asked: list[Question] = []
        starts = range(0, len(questions), _AT_ONCE)
        for start in progress(starts, "Asking judges", len(starts)):
            chunk = questions[start : start + _AT_ONCE]
            asked += await asyncio.gather(*(question.ask() for question in chunk))
            _add(path, chunk)
        return asked
    finally:
        await asyncio.gather(*(client.judge.stop() for client in clients))


def _add(path: Path, questions: Sequence[Question]) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS] if new else [])
        for question in questions:
            writer.writerows(question.rows())


def _figures(clients: Sequence[JudgeClient], asked: Sequence[Question]) -> Iterator[Row]:
    for name in (client.judge.name for client in clients):
        ratings = [q.rating for q in asked if q.client.judge.name == name]
        faults = Counter(rating.fault for rating in ratings if rating.fault)
        yield Row(name, "corpus", "questions", len(ratings))
        for fault, count in sorted(faults.items()):
            yield Row(name, "corpus", f"failed: {fault}", count)
        for statistic, values in (
            ("calls", [r.spent.calls for r in ratings]),
            ("tokens in", [r.spent.tokens_in for r in ratings]),
            ("tokens out", [r.spent.tokens_out for r in ratings]),
            ("cost", [r.spent.cost for r in ratings]),
        ):
            known = [value for value in values if value is not None]
            if known:
                yield Row(name, "corpus", statistic, sum(known))
