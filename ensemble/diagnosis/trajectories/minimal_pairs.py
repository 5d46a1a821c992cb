"""Minimal pairs scored by a language model: which sentence is more probable, by two scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.types import Array

Scorer = Callable[[Sequence[str]], Sequence[Array]]
"""Returns the log-probabilities of each text's tokens."""

SCORES = ("whole", "per token")
"""The scores: the log-probability of the whole sentence, and the mean over its tokens.

They order pairs differently where sentences differ in length.
"""


@dataclass(frozen=True, eq=False)
class PairResults:
    """The results of a learner on minimal pairs, and its perplexity.

    `right` (2, n), by `SCORES`: 1 where the good sentence is more probable, 0.5 on a tie, else 0.
    `perplexity` is per word, on held-out text, so that models with other tokens compare. `step` is
    the training step of a checkpoint (None: the end).
    """

    name: str
    step: int | None
    right: Array
    perplexity: float

    @property
    def title(self) -> str:
        """The name and the step."""
        return self.name if self.step is None else f"{self.name} @ {self.step}"


def score_pairs(
    name: str,
    step: int | None,
    scorer: Scorer,
    paradigms: Sequence[Paradigm],
    held_out: Sequence[str],
) -> PairResults:
    """Return the results of `scorer` on all pairs, in order, and on held-out text.

    Raises:
        ValueError: a value is not a log-probability: not a number, or above 0.
    """
    pairs = [pair for paradigm in paradigms for pair in paradigm.pairs]
    texts = list(dict.fromkeys(chain.from_iterable(pairs)))
    values = scorer([*texts, *held_out])
    check_log_probabilities(name, values)
    by_text = dict(zip(texts, values, strict=False))
    good, bad = ([by_text[pair[k]] for pair in pairs] for k in (0, 1))
    words = sum(len(text.split()) for text in held_out)
    total = sum(tokens.sum() for tokens in values[len(texts) :])
    perplexity = float(np.exp(-total / max(words, 1)))
    right = np.stack([_right(good, bad, np.sum), _right(good, bad, np.mean)])
    return PairResults(name, step, right, perplexity)


def check_log_probabilities(name: str, values: Sequence[Array]) -> None:
    """Raise a `ValueError` where values are not log-probabilities of a text's tokens."""
    for number, tokens in enumerate(values, start=1):
        if not len(tokens) or not np.isfinite(tokens).all() or (tokens > 1e-6).any():
            raise ValueError(f"{name} gives no probabilities: text {number} has {tokens[:3]}...")


def _right(
    good: Sequence[Array], bad: Sequence[Array], statistic: Callable[[Array], float]
) -> Array:
    gain = np.array(
        [statistic(first) - statistic(second) for first, second in zip(good, bad, strict=True)]
    )
    return np.where(np.abs(gain) < 1e-9, 0.5, (gain > 0).astype(np.float64))


def length_learner(paradigms: Sequence[Paradigm]) -> PairResults:
    """Return a reference that prefers the sentence of fewer words, and knows nothing else."""
    pairs = [pair for paradigm in paradigms for pair in paradigm.pairs]
    gain = np.array([len(bad.split()) - len(good.split()) for good, bad in pairs])
    right = np.where(gain == 0, 0.5, (gain > 0).astype(np.float64))
    return PairResults("length", None, np.stack([right, right]), float("nan"))


def vectors(results: Sequence[PairResults], paradigms: Sequence[Paradigm], score: int = 0) -> Array:
    """Return the share of pairs that each learner gets right, by paradigm, shape (s, c)."""
    bounds = np.cumsum([0, *(len(paradigm.pairs) for paradigm in paradigms)])
    spans = list(pairwise(bounds.tolist()))
    return np.array([[learner.right[score, a:b].mean() for a, b in spans] for learner in results])
