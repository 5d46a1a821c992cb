"""How near texts are to references, and how much nearer each change of a text alone brings it."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from fastchrf import pairwise_chrf
from rapidfuzz.distance import Levenshtein

from ensemble.types import Array
from evaluation.edits.align import apply
from evaluation.edits.tokens import tokenise, weave
from evaluation.records import Edit

Loss = Literal["wer", "chrf"]
"""How far a text is from its references: in words, for the word error rate, or by chrF."""


def best_chrf(texts: Sequence[str], references: Sequence[str]) -> Array:
    """Return the best chrF of each text against the references, (n,), from 0 to 100.

    It is NaN where there is no reference.
    """
    if not texts or not references:
        return np.full(len(texts), np.nan)
    table: Array = np.array(pairwise_chrf([list(texts)], [list(references)])[0])
    return np.asarray(table.max(axis=1))


def word_errors(texts: Sequence[str], references: Sequence[str]) -> Array:
    """Return the wrong words of each text and the words of its nearest reference, (n, 2).

    Words are what white space separates. Wrong ones are inserted, removed or replaced: the fewest
    that make a reference of the text (Levenshtein 1966). Without a reference both are 0.
    """
    words = [reference.split() for reference in references]
    rows = [
        min(((Levenshtein.distance(text.split(), other), len(other)) for other in words),
            default=(0, 0))
        for text in texts
    ]  # fmt: skip
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _fewer_words(texts: Sequence[str], references: Sequence[str]) -> Array:
    return -word_errors(texts, references)[:, 0]


NEARNESS: dict[Loss, Callable[[Sequence[str], Sequence[str]], Array]] = {
    "wer": _fewer_words,
    "chrf": best_chrf,
}
"""How near each text is to the references, by each loss, (n,): higher is nearer."""


def effects(text: str, edits: Sequence[Edit], references: Sequence[str], loss: Loss) -> Array:
    """Return how much nearer each of `edits` of the words of `text`, made alone, brings it, (n,).

    NaN where there is no reference.
    """
    if not references:
        return np.full(len(edits), np.nan)
    tokens = tokenise(text)
    near = NEARNESS[loss]([text, *(weave(apply(tokens, [edit])) for edit in edits)], references)
    return np.asarray(near[1:] - near[0])


def is_nearer(text: str, edits: Sequence[Edit], references: Sequence[str], loss: Loss) -> Array:
    """Return 1 for each edit that alone brings `text` nearer, 0 for farther, NaN for neither, (n,).

    A wrong word in place of another wrong one says nothing about the systems that have it.
    """
    effect = effects(text, edits, references, loss)
    return np.where((effect == 0) | np.isnan(effect), np.nan, effect > 0)
