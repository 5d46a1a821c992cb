"""What a language model makes of minimal pairs: which sentence is likelier, by two scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.types import Array

Scorer = Callable[[Sequence[str]], Sequence[Array]]
"""Returns the log-probabilities of each text's tokens."""

SCORES = ("whole", "per token")
"""The log-probability of the whole sentence, and the mean of its tokens': they order pairs
differently where sentences differ in length."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What a learner prefers, and how it reads other text.

    `right` (2, n), by `SCORES`: 1 where the good sentence is likelier, 0.5 where both are as
    likely, 0 where not. `perplexity` is a word's, on text held out, so that models with other
    tokens compare. `step` is how far training had come (None: to its end).
    """

    name: str
    step: int | None
    right: Array
    perplexity: float

    @property
    def title(self) -> str:
        """The name, and the step."""
        return self.name if self.step is None else f"{self.name} @ {self.step}"


def judge(
    name: str,
    step: int | None,
    scorer: Scorer,
    paradigms: Sequence[Paradigm],
    held_out: Sequence[str],
) -> Judged:
    """Return what `scorer` makes of all pairs, in order, and of text held out.

    Raises:
        ValueError: a score is no log-probability: not a number, or above 0.
    """
    pairs = [pair for paradigm in paradigms for pair in paradigm.pairs]
    texts = list(dict.fromkeys(chain.from_iterable(pairs)))
    values = scorer([*texts, *held_out])
    check(name, values)
    found = dict(zip(texts, values, strict=False))
    good, bad = ([found[pair[k]] for pair in pairs] for k in (0, 1))
    rest = values[len(texts) :]
    words = sum(len(text.split()) for text in held_out)
    perplexity = float(np.exp(-sum(one.sum() for one in rest) / max(words, 1)))
    return Judged(name, step, np.stack([_right(good, bad, np.sum), _right(good, bad, np.mean)]),
                  perplexity)  # fmt: skip


def check(name: str, values: Sequence[Array]) -> None:
    """Raise a `ValueError` where values are no log-probabilities of a text's tokens."""
    for number, one in enumerate(values, start=1):
        if not len(one) or not np.isfinite(one).all() or (one > 1e-6).any():
            raise ValueError(f"{name} gives no probabilities: text {number} has {one[:3]}...")


def _right(good: Sequence[Array], bad: Sequence[Array], of: Callable[[Array], float]) -> Array:
    gain = np.array([of(one) - of(other) for one, other in zip(good, bad, strict=True)])
    return np.where(np.abs(gain) < 1e-9, 0.5, (gain > 0).astype(np.float64))


def length_learner(paradigms: Sequence[Paradigm]) -> Judged:
    """Return what prefers the sentence of fewer words, and knows nothing else."""
    pairs = [pair for paradigm in paradigms for pair in paradigm.pairs]
    gain = np.array([len(bad.split()) - len(good.split()) for good, bad in pairs])
    right = np.where(gain == 0, 0.5, (gain > 0).astype(np.float64))
    return Judged("length", None, np.stack([right, right]), float("nan"))


def vectors(judged: Sequence[Judged], paradigms: Sequence[Paradigm], score: int = 0) -> Array:
    """Return each learner's share of pairs that it gets right, by paradigm, shape (s, c)."""
    bounds = np.cumsum([0, *(len(paradigm.pairs) for paradigm in paradigms)])
    return np.array([
        [one.right[score, a:b].mean() for a, b in pairwise(bounds.tolist())]
        for one in judged
    ])  # fmt: skip
