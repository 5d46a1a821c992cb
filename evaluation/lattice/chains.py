"""Builds the lattice of Choshen & Abend (2018): sentences with ever more gold edits applied.

A chain begins with the source; each step applies one more edit of an annotator, in a random
order. So of two texts on a chain, the later one is better.
"""

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluation.lattice.gold import Gold, compatible, corrected, corrections
from evaluation.records import Annotated, GoldEdit

MOST_CHAINS = 1000
"""For one annotator and sentence."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Texts of a sentence from the source up; each of `edits` leads to the next.

    `sentence` and `annotator` are indices. `kind` tells chains that correct the source from
    those that repair damage.
    """

    sentence: int
    annotator: int
    texts: tuple[str, ...]
    edits: tuple[GoldEdit, ...]
    kind: str = "correct"


@dataclass(frozen=True)
class Lattice:
    """The chains of all sentences, by sentence and annotator, and notes on edits left out."""

    gold: Gold
    chains: tuple[Chain, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def texts(self) -> int:
        """The number of different texts."""
        return len({(chain.sentence, text) for chain in self.chains for text in chain.texts})


def build(gold: Gold, chains: int, seed: int) -> Lattice:
    """Return a lattice with `chains` different orders of each annotator's edits, or all of them.

    An annotator who found a sentence right has a chain of one text, the source. Of edits that
    collide, each chain has the one that comes first on it. The same seed gives the same chains
    of a sentence, independently of the other sentences.

    Raises:
        ValueError: `chains` is not 1 to `MOST_CHAINS`.
    """
    if not 1 <= chains <= MOST_CHAINS:
        raise ValueError(f"{chains} chains; it must be 1 to {MOST_CHAINS}")
    all_chains: list[Chain] = []
    left_out: Counter[str] = Counter()
    for k, sentence in enumerate(gold.sentences):
        for annotator, golds in sentence.annotations.items():
            edits = corrections(sentence.source, golds)
            left_out["collide"] += len(edits) - len(compatible(edits))
            left_out["not corrected, or given twice,"] += len(golds) - len(edits)
            orders, idle = _chains(sentence, k, annotator, edits, chains, seed)
            left_out["without effect"] += idle
            all_chains += orders
    return Lattice(gold, tuple(all_chains), _notes(left_out))


def _chains(
    sentence: Annotated,
    index: int,
    annotator: int,
    edits: Sequence[GoldEdit],
    wanted: int,
    seed: int,
) -> tuple[list[Chain], int]:
    """Return an annotator's chains on one sentence, and how many of the edits change nothing."""
    generator = np.random.default_rng([seed, index, annotator])
    chains: dict[tuple[str, ...], Chain] = {}
    idle = 0
    # Orders are drawn with repetition: four times as many find most orders even where there are
    # hardly more of them than wanted.
    for _ in range(4 * wanted if len(edits) > 1 else 1):
        order = [edits[k] for k in generator.permutation(len(edits))]
        taken = compatible(order)
        texts, applied = apply_in_steps(sentence.source, taken, edits)
        idle = max(idle, len(taken) - len(applied))
        chains.setdefault(texts, Chain(index, annotator, texts, applied))
        if len(chains) == wanted:
            break
    return list(chains.values()), idle


def apply_in_steps(
    source: Sequence[str], order: Sequence[GoldEdit], edits: Sequence[GoldEdit]
) -> tuple[tuple[str, ...], tuple[GoldEdit, ...]]:
    """Return the texts from `source` on, with one more edit applied at each step, and the edits.

    An edit that leads to an earlier text of the chain is not a step, but stays applied.

    Args:
        source: the tokens of the source.
        order: the edits in the order of the steps.
        edits: all edits in the annotator's order, which decides between insertions at one place.
    """
    texts, applied = {corrected(source, ()): None}, []
    taken: list[int] = []
    for edit in order:
        insort(taken, edits.index(edit))
        text = corrected(source, [edits[k] for k in taken])
        if text not in texts:
            texts[text] = None
            applied.append(edit)
    return tuple(texts), tuple(applied)


def _notes(left_out: Counter[str]) -> tuple[str, ...]:
    reasons = {
        "collide": "collide with another of the same annotator: a chain has one or the other",
        "not corrected, or given twice,": "correct nothing, or are there twice: left out",
        "without effect": "change nothing where they come: not a step of a chain",
    }
    return tuple(
        f"{left_out[key]} edits {words}" for key, words in reasons.items() if left_out[key]
    )
