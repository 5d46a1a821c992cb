"""Span-based F-beta: the edits of one alignment against gold edits, overall and per type.

Counted as ERRANT's `compare_m2` counts correction (Bryant et al. 2017), but for alternatives
of a gold edit, any of which is right.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.data.blank import is_blank
from evaluation.data.m2 import corrects
from evaluation.edits.align import align
from evaluation.edits.classify import classify
from evaluation.metrics.base import Texts
from evaluation.metrics.fscore import Counts, EditMetric, Options, f_precision_recall
from evaluation.metrics.gold_edits import edits_to
from evaluation.metrics.registry import register
from evaluation.records import Annotated, Edit, GoldEdit
from evaluation.reporting.table import Row


class Comparison(NamedTuple):
    """A hypothesis's edits against one annotator's: right, wrong, and not made."""

    correct: list[Edit]
    spurious: list[Edit]
    missed: list[Edit]

    @property
    def counts(self) -> Counts:
        """How many they are."""
        correct = len(self.correct)
        return Counts(correct, correct + len(self.spurious), correct + len(self.missed))


def compare(source: Sequence[str], edits: Sequence[Edit], golds: Sequence[GoldEdit]) -> Comparison:
    """Match `edits` of `source` to gold edits of the same span and replacement.

    A gold edit given twice counts twice; one missed is known by its first replacement; one that
    corrects nothing (see `m2.corrects`) does not count.
    """
    proposed = set(edits)
    correct: list[Edit] = []
    missed: list[Edit] = []
    for gold in golds:
        if not corrects(source, gold):
            continue
        wanted = [Edit(gold.start, gold.end, words) for words in gold.replacements]
        made = [edit for edit in wanted if edit in proposed]
        (correct if made else missed).append((made or wanted)[0])
    right = set(correct)
    return Comparison(correct, [edit for edit in edits if edit not in right], missed)


@register("edits", "gold", cost="low")
@dataclass(frozen=True)
class EditsF(EditMetric):
    """Span-based F-beta over edits, as ERRANT counts it, by one alignment of text and source."""

    def options(self, gold: Annotated, hypothesis: str) -> Options:
        """Return one hypothesis's counts by each annotator.

        Raises:
            ValueError: a text is longer than `edits.MAX_TOKENS`.
        """
        gold, text = self.cut(gold, hypothesis)
        edits = align(gold.source, text)
        return {
            annotator: compare(gold.source, edits, golds).counts
            for annotator, golds in sorted(gold.annotations.items())
        }

    def preference(self, counts: Counts) -> tuple[float, ...]:
        """Grade by F-beta to four places, then by correct, spurious and missed edits."""
        f = f_precision_recall(np.array(counts, dtype=np.float64), self.beta)[0]
        correct, proposed, gold = counts
        return round(float(f), 4), correct, correct - proposed, correct - gold

    def parameters(self) -> Mapping[str, object]:
        """Return what the figures depend on beside the texts and the version."""
        return {"beta": self.beta}

    def type_rows(self, texts: Texts) -> list[Row]:
        """Return F-beta, precision and recall for each type of edit there is, by name.

        Gold edits are typed from the text, as proposed ones are, whatever an M2 file says:
        two sets of types cannot be compared.
        """
        return [
            row
            for name, counts in sorted(self.counts_by_type(texts).items())
            for row in self.rows(counts, "type", name)
        ]

    def counts_by_type(self, texts: Texts) -> dict[str, NDArray[np.float64]]:
        """Return each type's `Counts` by segment, shape (n, 3), by the chosen annotators."""
        chosen = self.choose(self.all_options(texts))
        by_type: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros((len(chosen), 3)))
        gold_texts = zip(texts.gold or (), texts.hypotheses, chosen, strict=True)
        for k, (gold, hypothesis, annotator) in enumerate(gold_texts):
            gold, text = self.cut(gold, hypothesis)
            edits = align(gold.source, text)
            correct, spurious, missed = compare(gold.source, edits, gold.annotations[annotator])
            for edits, counts in ((correct, (1, 1, 1)), (spurious, (0, 1, 0)), (missed, (0, 0, 1))):
                for edit in edits:
                    by_type[classify(gold.source, edit)][k] += counts
        return dict(by_type)


def gold_from_references(
    sources: Sequence[str], references: Sequence[Sequence[str]]
) -> list[Annotated]:
    """Return the edits that turn each source into each of its references: an annotator each.

    A blank text is not a reference; a segment without any other has no annotator.

    Raises:
        ValueError: a text is longer than `edits.MAX_TOKENS`.
    """
    return [
        edits_to([text for text in texts if not is_blank(text)], source)
        for source, texts in zip(sources, references, strict=True)
    ]
