"""The reward of a member for trainers of language models: what it adds to a frozen ensemble."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path

import numpy as np

from ensemble.candidates import Kind, collect
from ensemble.combiners.base import Combiner, combine_all, kind_for
from ensemble.combiners.registry import USUAL, names
from ensemble.loading import load_combiner
from evaluation.edits.align import MAX_TOKENS
from evaluation.edits.tokens import tokenise
from evaluation.errors import InputError
from evaluation.metrics.base import Metric, Texts, score_segments
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric
from evaluation.records import Segment
from evaluation.types import Array

METRICS: Mapping[Kind, str] = {"edits": "edits", "texts": "chrf", "labels": "accuracy"}
"""The metric of the combined output where none is named."""

Completion = str | Sequence[Mapping[str, str]]
"""A completion as trainers give it: a text, or messages of which the last is the answer."""


class MarginalReward:
    """The score of the combined output with a member's answer, less that without it.

    It has the form of the reward functions of TRL's trainers (`GRPOTrainer`), called with prompts,
    completions and the columns of the data set, each a list with an item a completion. The other
    systems are frozen: their outputs are columns. The reward of a completion does not depend on the
    others in its batch, and the same call gives the same rewards.
    """

    def __init__(
        self,
        systems: Sequence[str],
        kind: Kind = "edits",
        combiner: str | Path | Combiner | None = None,
        *,
        source: str = "source",
        reference: str = "reference",
        member: str = "member",
        metric: str | None = None,
    ) -> None:
        """Take the names of the columns.

        Args:
            systems: the columns with the outputs of the other systems; `None` in them is missing.
            kind: the kind of the outputs.
            combiner: a name, the folder of a trained one, or a combiner; by default that of a kind.
            source: the column of sources; of texts and labels it may be missing.
            reference: the column of references: a text, or a list of texts, in each row.
            member: the name of the member in the ensemble, as a trained combiner knows it.
            metric: a metric of `consort score`; by default that of `METRICS`.

        Raises:
            InputError: the combiner or the metric is unknown, there are no other systems, one has
                the name of the member, or the combiner has to be fitted to many segments first.
            ValueError: the combiner does not combine this kind.
        """
        if not systems or member in systems:
            fault = f"besides {member!r}" if systems else "to be combined with"
            raise InputError("invalid-option", f"the member needs other systems {fault}")
        given = (
            combiner if isinstance(combiner, Combiner) else load_combiner(combiner or USUAL[kind])
        )
        kind_for(given, kind)
        if given is not combiner and given.name in _fitted_first():
            fault = "learns from many outputs: give it fitted, as load_combiner(...).fit(ballots)"
            raise InputError("invalid-option", f"the combiner {given.name} {fault}")
        self.__name__ = "marginal"  # under which trainers log it
        self._systems, self._kind, self._combiner = tuple(systems), kind, given
        self._source, self._reference, self._member = source, reference, member
        self._metric: Metric = load_metric(metric or METRICS[kind])

    def __call__(
        self,
        prompts: Sequence[object],
        completions: Sequence[Completion],
        **columns: Sequence[object],
    ) -> list[float | None]:
        """Return the reward of each completion, in shares of 1; `None` where it has no reference.

        A completion that is too long to be combined earns 0, as one that changes nothing.

        Raises:
            InputError: a column is missing, is not as long as the completions, or has a value that
                is not a text.
        """
        rows = list(self._rows(len(completions), columns))
        answers = [_text(completion) for completion in completions]
        segments, references = zip(*rows, strict=True) if rows else ((), ())
        if not segments:
            return []
        alone = self._scores(segments, references)
        with_member = [self._joined(s, a) for s, a in zip(segments, answers, strict=True)]
        gains = (self._scores(with_member, references) - alone) / 100
        return [None if isnan(gain) else gain for gain in gains.tolist()]

    def _rows(
        self, length: int, columns: Mapping[str, Sequence[object]]
    ) -> Iterator[tuple[Segment, list[str]]]:
        """Yield each row's segment with the other systems' outputs, and its references."""
        needed = [*self._systems, self._reference]
        needed += [self._source] if self._kind == "edits" or self._source in columns else []
        for name in needed:
            if name not in columns:
                there = ", ".join(sorted(columns)) or "none"
                raise InputError("missing-input", f"no column {name!r}; there are {there}")
            if len(columns[name]) != length:
                counts = f"{len(columns[name])} rows for {length} completions"
                raise InputError("invalid-data", f"the column {name!r} has {counts}")
        for row in range(length):
            outputs = {n: _cell(n, columns[n][row], optional=True) for n in self._systems}
            source = _cell(self._source, columns.get(self._source, [""] * length)[row]) or ""
            given = columns[self._reference][row]
            several = given if isinstance(given, list | tuple) else [given]
            yield (
                Segment(source, outputs, has_source=self._source in columns),
                [_cell(self._reference, text) or "" for text in several],
            )

    def _joined(self, segment: Segment, answer: str) -> Segment:
        if self._kind == "edits" and len(tokenise(answer)) > MAX_TOKENS:
            return segment
        outputs = {**segment.hypotheses, self._member: answer}
        return Segment(segment.source, outputs, has_source=segment.has_source)

    def _scores(self, segments: Sequence[Segment], references: Sequence[list[str]]) -> Array:
        """Return the score of each combined output from 0 to 100, (n,); the same ones once."""
        places: dict[tuple[object, ...], int] = {}
        index = []
        for segment, texts in zip(segments, references, strict=True):
            key = segment.source, *segment.hypotheses.items(), *texts
            index.append(places.setdefault(key, len(places)))
        first = [index.index(place) for place in range(len(places))]
        scores = self._distinct([segments[i] for i in first], [references[i] for i in first])
        return np.asarray(scores[index])

    def _distinct(self, segments: Sequence[Segment], references: Sequence[list[str]]) -> Array:
        ballots = [collect(segment, self._kind) for segment in segments]
        texts = [output.text or "" for output in combine_all(ballots, self._combiner)]
        sources = [segment.source for segment in segments]
        gold = gold_from_references(sources, references) if "gold" in self._metric.needs else None
        return score_segments(self._metric, Texts(texts, sources, references, gold))


def _fitted_first() -> frozenset[str]:
    """Return the combiners that cannot combine a segment before they have seen many."""
    return frozenset(names(lambda entry: not entry.stateless and not entry.needs_labels))


def _text(completion: Completion) -> str:
    """Return the text of a completion."""
    if isinstance(completion, str):
        return completion.strip()
    return completion[-1]["content"].strip() if completion else ""


def _cell(column: str, value: object, optional: bool = False) -> str | None:
    if isinstance(value, str) or (value is None and optional):
        return value
    raise InputError("invalid-data", f"the column {column!r} has {value!r}, which is not a text")
