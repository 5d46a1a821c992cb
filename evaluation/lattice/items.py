"""The different texts of chains, each scored once, and the references they are scored against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.lattice.chains import Chain, Lattice
from evaluation.lattice.gold import Gold, text_of
from evaluation.metrics.base import Texts
from evaluation.metrics.gold_edits import edits_to
from evaluation.records import Annotated
from evaluation.types import Array, Integers

Item = tuple[int, str, tuple[int, ...]]
"""The index of a sentence, a text of it, and the annotators whose texts are its references."""


@dataclass(frozen=True)
class ReferenceSet:
    """The source of each sentence, and each annotator's text and gold edits."""

    sources: Sequence[str]
    references: Sequence[Mapping[int, str]]
    gold: Sequence[Annotated]

    def texts(self, items: Sequence[Item]) -> Texts:
        """Return the items in the form that metrics take."""
        return Texts(
            [text for _, text, _ in items],
            [self.sources[sentence] for sentence, _, _ in items],
            [[self.references[sentence][key] for key in keys] for sentence, _, keys in items],
            [self.annotated(sentence, keys) for sentence, _, keys in items],
        )

    def annotated(self, sentence: int, keys: Sequence[int]) -> Annotated:
        """Return the gold edits of the annotators `keys` of a sentence."""
        gold = self.gold[sentence]
        return Annotated(gold.source, {key: gold.annotations[key] for key in keys})


def reference_set(pool: Gold, sources: Sequence[str] | None = None) -> ReferenceSet:
    """Return the texts and edits of all annotators in `pool`, to serve as references.

    Args:
        pool: the annotators.
        sources: other sources than the sentences themselves; gold edits are then those of the
            alignment of each to the annotators' texts.
    """
    references = [
        {key: text_of(sentence.source, golds) for key, golds in sentence.annotations.items()}
        for sentence in pool.sentences
    ]
    if sources is None:
        originals = [" ".join(sentence.source) for sentence in pool.sentences]
        return ReferenceSet(originals, references, pool.sentences)
    rows = [list(texts.values()) for texts in references]
    aligned = [edits_to(texts, source) for source, texts in zip(sources, rows, strict=True)]
    # The alignment numbers annotators from 0; they get their numbers in the pool back.
    gold = [
        Annotated(sentence.source, dict(zip(texts, sentence.annotations.values(), strict=True)))
        for sentence, texts in zip(aligned, references, strict=True)
    ]
    return ReferenceSet(sources, references, gold)


@dataclass(frozen=True)
class ScoredChains:
    """Chains, the different items on them, and the index of the item of each text of a chain.

    `item_indices` has the shape (chains, longest chain), -1 beyond a chain's end.
    """

    chains: tuple[Chain, ...]
    items: tuple[Item, ...]
    item_indices: Integers

    def on_chains(self, scores: Array) -> Array:
        """Return scores of items, shape (items,), in the shape of `item_indices`, NaN-padded."""
        return np.where(self.item_indices >= 0, scores[self.item_indices], np.nan)

    @cached_property
    def sentences(self) -> Integers:
        """Each chain's sentence, numbered without gaps."""
        return np.unique([chain.sentence for chain in self.chains], return_inverse=True)[1]

    def of_kinds(self, kinds: Sequence[str]) -> "ScoredChains":
        """Return the chains of some kinds, on the same items."""
        selected = np.array([chain.kind in kinds for chain in self.chains], dtype=bool)
        chains = tuple(chain for chain in self.chains if chain.kind in kinds)
        return ScoredChains(chains, self.items, self.item_indices[selected])


def assign_references(
    lattice: Lattice, chains: Sequence[Chain], pool: Gold, seed: int, most: int | None = None
) -> tuple[ScoredChains, tuple[str, ...]]:
    """Return the items of chains, whose references are by other annotators than the chain's.

    Args:
        lattice: the lattice of the chains.
        chains: the chains to score.
        pool: the annotators whose texts may be references; not the one with the name of the
            chain's annotator.
        seed: the seed of the order in which references are taken.
        most: the maximum number of references; by default all. Fewer are the first of more.

    Returns:
        The chains to score, and a note on those without a reference, which are left out.
    """
    orders = [
        np.random.default_rng([seed, k]).permutation(sorted(sentence.annotations))
        for k, sentence in enumerate(pool.sentences)
    ]
    indices: dict[Item, int] = {}
    with_references: list[Chain] = []
    rows: list[list[int]] = []
    for chain in chains:
        name = lattice.gold.annotators[chain.annotator]
        others = [int(key) for key in orders[chain.sentence] if pool.annotators[key] != name]
        if keys := tuple(sorted(others[:most])):
            items = [(chain.sentence, text, keys) for text in chain.texts]
            rows.append([indices.setdefault(item, len(indices)) for item in items])
            with_references.append(chain)
    lost = len(chains) - len(with_references)
    note = (f"{lost} chains have no reference other than their own: left out",) if lost else ()
    return ScoredChains(tuple(with_references), tuple(indices), _padded(rows)), note


def _padded(rows: Sequence[Sequence[int]]) -> Integers:
    longest = max(map(len, rows), default=0)
    padded = np.full((len(rows), longest), -1, dtype=np.int64)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
