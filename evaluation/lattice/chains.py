"""The lattice of Choshen & Abend (2018): sentences with ever more of an annotator's edits made.

A chain begins with the source; each step makes one more edit, in a random order. Of two texts
on a chain the later one is better, whoever looks at it.
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
    """Texts of a `sentence` (its place) from the source up; each of `edits` leads to the next.

    `annotator` is whose edits they are, by his place. `kind` tells chains that correct from
    those that undo damage.
    """

    sentence: int
    annotator: int
    texts: tuple[str, ...]
    edits: tuple[GoldEdit, ...]
    kind: str = "correct"


@dataclass(frozen=True)
class Lattice:
    """The chains of all sentences, by sentence and annotator, and what could not be on them."""

    gold: Gold
    chains: tuple[Chain, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def texts(self) -> int:
        """How many different texts there are."""
        return len({(chain.sentence, text) for chain in self.chains for text in chain.texts})


def build(gold: Gold, chains: int, seed: int) -> Lattice:
    """Return `chains` different orders of each annotator's edits, or as many as there are.

    An annotator who found a sentence right has a chain of one text, the source. Of edits that
    collide, each chain has one, whichever comes first on it. The same seed gives the same
    lattice, whatever other sentences there are.

    Raises:
        ValueError: `chains` is not 1 to `MOST_CHAINS`.
    """
    if not 1 <= chains <= MOST_CHAINS:
        raise ValueError(f"{chains} chains; it is 1 to {MOST_CHAINS}")
    found: list[Chain] = []
    seen: Counter[str] = Counter()
    for place, sentence in enumerate(gold.sentences):
        for annotator, golds in sentence.annotations.items():
            edits = corrections(sentence.source, golds)
            seen["collide"] += len(edits) - len(compatible(edits))
            seen["not corrected, or given twice,"] += len(golds) - len(edits)
            own, idle = _chains(sentence, place, annotator, edits, chains, seed)
            seen["without effect"] += idle
            found += own
    return Lattice(gold, tuple(found), _notes(seen))


def _chains(
    sentence: Annotated,
    place: int,
    annotator: int,
    edits: Sequence[GoldEdit],
    wanted: int,
    seed: int,
) -> tuple[list[Chain], int]:
    """Return an annotator's chains on one sentence, and how many of his edits change nothing."""
    generator = np.random.default_rng([seed, place, annotator])
    found: dict[tuple[str, ...], Chain] = {}
    idle = 0
    # So often that few orders are missed where there are hardly more of them than wanted.
    for _ in range(4 * wanted if len(edits) > 1 else 1):
        order = [edits[k] for k in generator.permutation(len(edits))]
        taken = compatible(order)
        texts, made = climb(sentence.source, taken, edits)
        idle = max(idle, len(taken) - len(made))
        found.setdefault(texts, Chain(place, annotator, texts, made))
        if len(found) == wanted:
            break
    return list(found.values()), idle


def climb(
    source: Sequence[str], order: Sequence[GoldEdit], edits: Sequence[GoldEdit]
) -> tuple[tuple[str, ...], tuple[GoldEdit, ...]]:
    """Return the texts from `source` on, an edit made at each step, and the edits.

    An edit that leads to a text met before is no step: what follows it has it made. `edits` are
    all in the annotator's order, which insertions at one place keep.
    """
    texts, made = {corrected(source, ()): None}, []
    taken: list[int] = []
    for edit in order:
        insort(taken, edits.index(edit))
        text = corrected(source, [edits[k] for k in taken])
        if text not in texts:
            texts[text] = None
            made.append(edit)
    return tuple(texts), tuple(made)


def _notes(seen: Counter[str]) -> tuple[str, ...]:
    said = {
        "collide": "collide with another of the same annotator: a chain has one or the other",
        "not corrected, or given twice,": "correct nothing, or are there twice: left out",
        "without effect": "change nothing where they come: no step of a chain",
    }
    return tuple(f"{seen[key]} edits {words}" for key, words in said.items() if seen[key])
