"""Combines several samples of one model into its output.

Edits that most samples propose are taken, which needs no training (arXiv 2605.13624).
"""

from collections.abc import Sequence

from ensemble.candidates import Kind, collect
from ensemble.combiners.base import combine
from ensemble.combiners.registry import USUAL, create
from ensemble.systems.base import SystemFailure
from evaluation.records import Segment


def combined(source: str, texts: Sequence[str], kind: Kind) -> str:
    """Return the combination of `texts`, in their order, by the usual combiner for `kind`.

    Raises:
        SystemFailure: they have no label.
    """
    samples: dict[str, str | None] = {f"sample {i:02}": text for i, text in enumerate(texts)}
    ballot = collect(Segment(source, samples), kind)
    text = combine(ballot, create(USUAL[kind])).text
    if text is None:
        raise SystemFailure("answered without a label")
    return text
