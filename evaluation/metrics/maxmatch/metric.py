"""MaxMatch (M2; Dahlmeier & Ng 2012): F-beta over the edits that agree best with the gold ones.

The counts are those of the official scorer of the CoNLL shared tasks (version 3.2, without
its option to ignore white space and case), to the last edit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated as Bounded

from pydantic import Field

from evaluation.edits.align import align
from evaluation.metrics.fscore import Counts, EditMetric, Options
from evaluation.metrics.maxmatch.alignments import TooManyEditsError
from evaluation.metrics.maxmatch.edit_graph import MAX_ARCS
from evaluation.metrics.maxmatch.search import Explanations
from evaluation.metrics.registry import register
from evaluation.records import Annotated, Edit, GoldEdit

MOST_UNCHANGED = 4
"""The largest `max_unchanged`: the explanations of a text grow steeply with it."""


@register("maxmatch", "gold", cost="low")
@dataclass(frozen=True)
class MaxMatch(EditMetric):
    """MaxMatch: F-beta over the edits that agree best with gold ones, as in the shared tasks.

    An edit joins at most `max_unchanged` unchanged tokens with what changes.

    A hypothesis too unlike its source to weigh every explanation of it (beyond
    `edit_graph.MAX_ARCS`) is counted on the edits of one alignment: no text takes long.
    """

    max_unchanged: Bounded[int, Field(ge=0, le=MOST_UNCHANGED)] = 2

    def options(self, gold: Annotated, hypothesis: str) -> Options:
        """Return one hypothesis's counts by each annotator.

        Raises:
            ValueError: a text is longer than `edits.MAX_TOKENS`.
        """
        gold, text = self.cut(gold, hypothesis)
        closest_to = _explanation(gold.source, text, self.max_unchanged)
        return {
            annotator: _count(closest_to(golds), golds)
            for annotator, golds in sorted(_official(gold).items())
        }

    def preference(self, counts: Counts) -> tuple[float, ...]:
        """Grade by F-beta, then by how much is correct, then by how little else there is."""
        weight = self.beta**2
        others = weight * counts.gold + counts.proposed
        f = (1 + weight) * counts.correct / others if others else 1.0
        return f, counts.correct, -others

    def parameters(self) -> Mapping[str, object]:
        """Return what the figures depend on beside the texts and the version."""
        return {"beta": self.beta, "unchanged": self.max_unchanged, "arcs": MAX_ARCS}


def _official(gold: Annotated) -> dict[int, list[GoldEdit]]:
    """Return each annotator's edits; one without a correction (`-NONE-`) is read as a deletion."""
    return {
        annotator: [e if e.replacements else replace(e, replacements=((),)) for e in golds]
        for annotator, golds in gold.annotations.items()
    }


def _explanation(
    source: tuple[str, ...], hypothesis: tuple[str, ...], max_unchanged: int
) -> Callable[[Sequence[GoldEdit]], Sequence[Edit]]:
    """Return what tells, of some gold edits, which edits of `source` come closest to them."""
    if source == hypothesis:
        return lambda golds: ()
    try:
        return Explanations(source, hypothesis, max_unchanged).closest_to
    except TooManyEditsError:
        edits = align(source, hypothesis)
        return lambda golds: edits


def _count(edits: Sequence[Edit], golds: Sequence[GoldEdit]) -> Counts:
    """Count the edits that are gold, both in their order: after a match, only later gold edits.

    An edit that equals several gold edits counts as often.
    """
    correct = first = 0
    for edit in edits:
        for k in range(first, len(golds)):
            gold = golds[k]
            same_span = (gold.start, gold.end) == (edit.start, edit.end)
            if same_span and edit.replacement in gold.replacements:
                correct += 1
                first = k + 1
    return Counts(correct, len(edits), len(golds))
