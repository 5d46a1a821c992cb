"""The ways to answer that are compared: a single model, its samples, and the panel."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.judged import judged
from ensemble.combiners.registry import USUAL, create
from ensemble.combiners.utility import stated_answers
from ensemble.decoding.decode import Combination, decode
from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.costs import Costs
from ensemble.types import Array
from evaluation.edits.types import load_types

Level = Literal["single", "samples", "panel"]
Judges = Literal["none", "all", "tied", "alone"]
"""Which prompts judges are asked about, as votes come first; `alone` is without votes."""


@dataclass(frozen=True)
class Way:
    """A way to answer: the outputs of each of `parts` are combined, and their scores averaged."""

    name: str
    level: Level
    parts: tuple[tuple[str, ...], ...]
    combiner: str
    judges: Judges = "none"

    @property
    def is_by_votes(self) -> bool:
        """Whether neither judges nor parts of several texts decide."""
        return self.judges == "none" and self.combiner != "fuse"


class Outcome(NamedTuple):
    """The candidates of one part on m prompts, the outputs, and the cost, (m, 4)."""

    ballots: Sequence[Ballot]
    outputs: Sequence[Combination]
    cost: Array


def ways_of(answers: Answers, fuses: bool) -> Iterator[Way]:
    """Yield the ways to answer; `fuses` is whether a fused text can be scored."""
    for model in answers.models:
        # A vote of one is its output, whatever the kind.
        yield Way(model.name, "single", tuple((name,) for name in model.single), "vote")
    for model in answers.models:
        if model.samples:
            yield from _combined(model.name, "samples", model.samples, answers, fuses)
    if len(answers.models) > 1:
        first = tuple(model.first for model in answers.models)
        yield from _combined("panel", "panel", first, answers, fuses)


def _combined(
    name: str, level: Level, outputs: tuple[str, ...], answers: Answers, fuses: bool
) -> Iterator[Way]:
    of = f"panel of {len(outputs)}" if level == "panel" else f"{name}, {len(outputs)} times"
    usual = USUAL[answers.kind]
    yield Way(of, level, (outputs,), usual)
    if answers.kind != "edits" and _are_judged(answers, outputs):
        yield Way(f"{of}, judged where tied", level, (outputs,), "judged", "tied")
        yield Way(f"{of}, judged", level, (outputs,), "judged", "all")
        yield Way(f"{of}, by the judges alone", level, (outputs,), "judged", "alone")
    if fuses and answers.kind == "texts" and len(outputs) > 2:
        yield Way(f"{of}, fused", level, (outputs,), "fuse")


def _are_judged(answers: Answers, outputs: Sequence[str]) -> bool:
    """Return whether some judge scored two of `outputs` on some prompt."""
    return any(
        sum(name in given for name in outputs) > 1
        for segment in answers.segments
        for given in segment.scores.values()
    )


class Combining:
    """Makes the outputs of any way to answer; those that do not depend on judges are made once."""

    def __init__(self, answers: Answers, costs: Costs) -> None:
        self._answers, self._costs = answers, costs
        self._ballots: dict[tuple[str, ...], list[Ballot]] = {}
        self._outputs: dict[tuple[tuple[str, ...], str], list[Combination]] = {}

    def outcome(self, way: Way, part: tuple[str, ...], judges: Collection[str]) -> Outcome:
        """Return what a part of `way` gives where `judges` can be asked."""
        ballots, cost = self._collected(part), self._costs.outputs(part)
        if way.judges == "none":
            return Outcome(ballots, self._made(part, way.combiner), cost)
        asked = self._costs.judges(sorted(judges), part)
        if way.judges == "alone":
            chosen = [decode(b, judged(b).tolist(), 0.0) for b in self._scored(part, judges)]
            return Outcome(ballots, chosen, cost + asked)
        outputs = self._judged(part, tuple(judges))
        if way.judges == "tied":
            tied = np.array([is_tied(ballot) for ballot in ballots])
            plain = self._made(part, USUAL[self._answers.kind])
            pairs = zip(tied, outputs, plain, strict=True)
            outputs = [by_judges if tie else by_votes for tie, by_judges, by_votes in pairs]
            asked = np.where(tied[:, None], asked, 0.0)
        return Outcome(ballots, outputs, cost + asked)

    def _collected(self, part: tuple[str, ...]) -> list[Ballot]:
        if part not in self._ballots:
            segments = (
                replace(segment, hypotheses={name: segment.hypotheses[name] for name in part})
                for segment in self._answers.segments
            )
            classifier = load_types(self._answers.types)
            self._ballots[part] = list(collect_all(segments, self._answers.kind, classifier))
        return self._ballots[part]

    def _made(self, part: tuple[str, ...], combiner: str) -> list[Combination]:
        if (part, combiner) not in self._outputs:
            ballots = self._collected(part)
            made = combine_all(ballots, create(combiner).fit(ballots))
            self._outputs[part, combiner] = made
        return self._outputs[part, combiner]

    def _judged(self, part: tuple[str, ...], judges: tuple[str, ...]) -> list[Combination]:
        key = part, "judged by " + ",".join(judges)
        if key not in self._outputs:
            self._outputs[key] = combine_all(self._scored(part, judges), create("judged"))
        return self._outputs[key]

    def _scored(self, part: tuple[str, ...], judges: Collection[str]) -> list[Ballot]:
        """Return the ballots with the scores of `judges` alone."""
        return [
            replace(b, scores={judge: b.scores[judge] for judge in judges if judge in b.scores})
            for b in self._collected(part)
        ]


def is_tied(ballot: Ballot) -> bool:
    """Return whether votes leave the answer to judges.

    They do where two answers or labels have the most votes, and where texts that state no answer
    differ.
    """
    votes = [len(candidate.voters) for candidate in ballot.candidates]
    keys = _answer_keys(ballot.kind, [c.replacement for c in ballot.candidates], votes)
    if not keys:
        return len(votes) > 1
    together: dict[str, int] = {}
    for key, count in zip(keys, votes, strict=True):
        if key is not None:
            together[key] = together.get(key, 0) + count
    counts = sorted(together.values(), reverse=True)
    return len(counts) > 1 and counts[0] == counts[1]


def _answer_keys(kind: Kind, texts: Sequence[str], votes: Sequence[int]) -> list[str | None]:
    """Return the label or final answer of each candidate; nothing where texts state none."""
    if kind == "labels":
        return list(texts)
    stated = stated_answers(texts, votes)
    return stated if any(stated) else []
