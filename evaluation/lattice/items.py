"""Where the texts of chains are scored: each different one once, against others' references."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.lattice.chains import Chain, Lattice
from evaluation.lattice.gold import Gold, text_of
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import gold_from_references
from evaluation.records import Annotated
from evaluation.types import Array, Booleans, Integers

Item = tuple[int, str, tuple[int, ...]]
"""A sentence, a text of it, and the annotators whose texts are its references."""


@dataclass(frozen=True)
class Against:
    """What texts are held against: by sentence its source and its annotators' texts and edits."""

    sources: Sequence[str]
    references: Sequence[Mapping[int, str]]
    gold: Sequence[Annotated]

    def texts(self, items: Sequence[Item]) -> Texts:
        """Return items as what metrics are given."""
        return Texts(
            [text for _, text, _ in items],
            [self.sources[place] for place, _, _ in items],
            [[self.references[place][key] for key in keys] for place, _, keys in items],
            [self.annotated(place, keys) for place, _, keys in items],
        )

    def annotated(self, place: int, keys: Sequence[int]) -> Annotated:
        """Return the gold edits of some annotators of a sentence."""
        gold = self.gold[place]
        return Annotated(gold.source, {key: gold.annotations[key] for key in keys})


def against(pool: Gold, sources: Sequence[str] | None = None) -> Against:
    """Return what texts are held against: the texts of all annotators in `pool`.

    Args:
        pool: the annotators.
        sources: other sources than the sentences themselves; gold edits are then those of the
            alignment of each to the annotators' texts.
    """
    references = [
        {key: text_of(one.source, golds) for key, golds in one.annotations.items()}
        for one in pool.sentences
    ]
    if sources is None:
        plain = [" ".join(one.source) for one in pool.sentences]
        return Against(plain, references, pool.sentences)
    rows = [list(texts.values()) for texts in references]
    aligned = gold_from_references(sources, rows)
    gold = [
        Annotated(one.source, dict(zip(texts, one.annotations.values(), strict=True)))
        for one, texts in zip(aligned, references, strict=True)
    ]
    return Against(sources, references, gold)


@dataclass(frozen=True)
class Asked:
    """Chains, the different items on them, and where each text of a chain is among these.

    `places` has the shape (chains, longest chain), -1 beyond a chain's end.
    """

    chains: tuple[Chain, ...]
    items: tuple[Item, ...]
    places: Integers

    def on_chains(self, scores: Array) -> Array:
        """Return scores of items, shape (items,), as they are on chains; NaN beyond the end."""
        return np.where(self.places >= 0, scores[self.places], np.nan)

    @cached_property
    def sentences(self) -> Integers:
        """Each chain's sentence, numbered without gaps."""
        return np.unique([chain.sentence for chain in self.chains], return_inverse=True)[1]

    def of_kind(self, kinds: Sequence[str]) -> Booleans:
        """Return which chains are of some kinds, shape (chains,)."""
        return np.array([chain.kind in kinds for chain in self.chains], dtype=bool)


def ask(
    lattice: Lattice, chains: Sequence[Chain], pool: Gold, seed: int, most: int | None = None
) -> tuple[Asked, tuple[str, ...]]:
    """Return the items of chains, each held against other annotators than its own.

    Args:
        lattice: where the chains come from.
        chains: those asked about.
        pool: the annotators whose texts may be references; one who has the name of the chain's
            own is none.
        seed: of the order in which references are taken.
        most: how many are taken; by default all there are. Fewer are the first of more.

    Returns:
        What is asked, and a note on the chains that have no reference, which are left out.
    """
    orders = [
        np.random.default_rng([seed, place]).permutation(sorted(one.annotations))
        for place, one in enumerate(pool.sentences)
    ]
    numbers: dict[Item, int] = {}
    kept: list[Chain] = []
    rows: list[list[int]] = []
    for chain in chains:
        own = lattice.gold.annotators[chain.annotator]
        others = [int(key) for key in orders[chain.sentence] if pool.annotators[key] != own]
        if keys := tuple(sorted(others[:most])):
            items = [(chain.sentence, text, keys) for text in chain.texts]
            rows.append([numbers.setdefault(item, len(numbers)) for item in items])
            kept.append(chain)
    lost = len(chains) - len(kept)
    note = (f"{lost} chains have no reference but their own: left out",) if lost else ()
    return Asked(tuple(kept), tuple(numbers), _padded(rows)), note


def _padded(rows: Sequence[Sequence[int]]) -> Integers:
    longest = max(map(len, rows), default=0)
    places = np.full((len(rows), longest), -1, dtype=np.int64)
    for place, row in zip(places, rows, strict=True):
        place[: len(row)] = row
    return places
