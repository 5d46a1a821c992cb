"""Damage: each text is worse than the next, and none is an annotator's own but the last."""

import numpy as np
import pytest

from evaluation.lattice.corruptions import corrupted_chains, seen_between
from evaluation.lattice.gold import joined, text_of
from evaluation.records import Annotated, GoldEdit


def corpus():
    words = "houses cities gardens teachers rivers letters".split()
    sentences = []
    for k, word in enumerate(words):
        source = tuple(f"he see many {word} in number {k} today .".split())
        edits = (GoldEdit(1, 2, (("sees",),), "SVA"), GoldEdit(7, 8, (("now",),), "Wci"))
        sentences.append(Annotated(source, {0: edits, 1: edits[:1]}))
    return joined({"gold": sentences})


@pytest.mark.parametrize("kind", ["undo", "random", "swap"])
def test_a_chain_climbs_back_to_an_annotators_text(kind):
    gold = corpus()
    chains = corrupted_chains(gold, [kind], 3, 1)
    assert chains
    for chain in chains:
        sentence = gold.sentences[chain.sentence]
        assert chain.kind == kind
        assert chain.texts[-1] == text_of(sentence.source, sentence.annotations[chain.annotator])
        assert len(set(chain.texts)) == len(chain.texts) == len(chain.edits) + 1 <= 4
        assert {edit.type for edit in chain.edits} == {kind}


def test_the_same_seed_does_the_same_damage():
    kinds = ["undo", "random", "swap"]
    assert corrupted_chains(corpus(), kinds, 3, 5) == corrupted_chains(corpus(), kinds, 3, 5)
    assert corrupted_chains(corpus(), kinds, 3, 5) != corrupted_chains(corpus(), kinds, 3, 6)


def test_only_errors_that_another_saw_are_put_back():
    for chain in corrupted_chains(corpus(), ["undo"], 3, 1):
        assert len(chain.texts) == 2
        assert "see" in chain.texts[0].split()


def test_swapped_words_fit_between_the_same_neighbours():
    for chain in corrupted_chains(corpus(), ["swap"], 1, 1):
        before, after = (text.split() for text in chain.texts)
        changed = np.flatnonzero(np.array(before) != np.array(after))
        assert changed.tolist() in ([3], [6])  # what is many, or the number


def test_words_between():
    assert seen_between(["a big house", "a big garden"]) == {("big", ""): ["garden", "house"]}
