"""Training `fuse`: which changes of words bring texts nearer to their references."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.neural.word_changes import THRESHOLD, WordChanges
from ensemble.combiners.word_votes import aligned_on
from ensemble.decoding.decode import decode
from ensemble.decoding.fitting import fitting
from ensemble.targets import Targets
from ensemble.targets.changes import NEARNESS, is_nearer
from ensemble.types import Array, Integers

_WINDOWS = (3, 2, 1)  # words in a row; the first is that of an untrained one
_FEWEST = 5  # different texts with labels, one for each fold


def learn_changes(
    ballots: Sequence[Ballot], backbones: Sequence[str], targets: Targets, seed: int
) -> tuple[WordChanges, int] | None:
    """Return the trained network, and the window of words that suits it.

    It is `None` where fewer than five texts have a change that references tell anything about.
    """
    aligned = [aligned_on(text, ballot) for text, ballot in zip(backbones, ballots, strict=True)]
    chosen = np.array([i for i, words in enumerate(aligned) if words is not None], dtype=np.int64)
    words = [ballot for ballot in aligned if ballot is not None]
    asked, labels = _labelled(words, targets, chosen)
    if len({words[i].source for i in asked.tolist()}) < _FEWEST:
        return None
    words, kept = [words[i] for i in asked.tolist()], targets[chosen[asked]]
    changes, probabilities = WordChanges.learn_changes(words, labels, seed)
    return changes, _window(words, probabilities, kept)


def _labelled(
    words: Sequence[Ballot], targets: Targets, chosen: Integers
) -> tuple[Integers, Targets]:
    """Return the numbers of the aligned ballots that have a label, and their targets."""
    values = [
        is_nearer(w.source, [c.edit for c in w.candidates], targets.references[i], targets.loss)
        for w, i in zip(words, chosen.tolist(), strict=True)
    ]
    asked = np.array([k for k, v in enumerate(values) if np.isfinite(v).any()], dtype=np.int64)
    gold = np.array([np.nansum(values[k]) for k in asked.tolist()], dtype=np.float64)
    groups = tuple(targets.groups[chosen[k]] for k in asked.tolist()) if targets.groups else ()
    return asked, Targets(tuple(values[k] for k in asked.tolist()), gold, True, groups)


def _window(words: Sequence[Ballot], probabilities: Sequence[Array], targets: Targets) -> int:
    """Return how many words in a row must be in a row in an output, from held-out probabilities.

    It is the widest window that is not worse than the best one by more than a standard error.
    """
    nearness = NEARNESS[targets.loss]
    near: dict[int, list[float]] = {window: [] for window in _WINDOWS}
    for ballot, held_out, references in zip(words, probabilities, targets.references, strict=True):
        decoded = replace(decode(ballot, held_out.tolist(), THRESHOLD), backbone=ballot.source)
        texts = [fitting(ballot, decoded, window).text or "" for window in _WINDOWS]
        for window, value in zip(_WINDOWS, nearness(texts, references), strict=True):
            near[window].append(float(value))
    table = {window: np.array(values) for window, values in near.items()}
    best = max(_WINDOWS, key=lambda window: table[window].sum())
    return next(window for window in _WINDOWS if _is_no_worse(table[window], table[best]))


def _is_no_worse(near: Array, best: Array) -> bool:
    loss = best - near
    return bool(loss.sum() <= loss.std() * np.sqrt(len(loss)))
