"""Damages corrected texts step by step, to test whether a metric's score drops.

The steps are stored as a chain that repairs the damage, from the worst text up, so that here too
a later text is better. There are three kinds:

    undo     restores an error that another annotator corrected in the same way
    random   drops or doubles a word, or swaps it with the next one
    swap     replaces a word by another that occurs between the same two neighbours: the text is
             fluent but means something else
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np

from evaluation.data.m2 import m2_tokens
from evaluation.edits.words import bare, is_function_word, is_punctuation, similarity
from evaluation.lattice.chains import Chain, apply_in_steps
from evaluation.lattice.gold import Gold, compatible, corrections, text_of
from evaluation.records import Annotated, GoldEdit

CorruptionKind = Literal["undo", "random", "swap"]

_ALIKE = 0.5  # a word this similar may be a form or a misspelling of the other
_EDGE = ""  # stands before the first word and after the last

Swaps = dict[tuple[str, str], list[str]]
"""The words that occur between two others, by these two."""

Damage = Callable[[list[str], np.random.Generator], list[str] | None]


def corrupted_chains(
    gold: Gold, kinds: Sequence[CorruptionKind], steps: int, seed: int
) -> list[Chain]:
    """Return a chain for each sentence and kind, by one of its annotators drawn at random.

    A chain has at most `steps` steps, and is left out where nothing can be damaged. The same
    seed gives the same chains.
    """
    swaps = seen_between(
        text_of(sentence.source, golds)
        for sentence in gold.sentences
        for golds in sentence.annotations.values()
    )
    damages: dict[CorruptionKind, Damage] = {
        "random": _at_random,
        "swap": lambda words, generator: _swap(words, swaps, generator),
    }
    chains = []
    for k, sentence in enumerate(gold.sentences):
        for number, kind in enumerate(kinds):
            generator = np.random.default_rng([seed, k, number])
            annotator = int(generator.choice(sorted(sentence.annotations)))
            if kind == "undo":
                chain = _undo_chain(sentence, k, annotator, steps, generator)
            else:
                chain = _damage_chain(sentence, k, annotator, damages[kind], kind, steps, generator)
            chains += [chain] if chain.edits else []
    return chains


def _undo_chain(
    sentence: Annotated, index: int, annotator: int, steps: int, generator: np.random.Generator
) -> Chain:
    """Return a chain that repairs errors which another annotator corrected in the same way."""
    edits = compatible(corrections(sentence.source, sentence.annotations[annotator]))
    others = {
        (gold.start, gold.end, gold.replacements)
        for key, golds in sentence.annotations.items()
        for gold in golds
        if key != annotator
    }
    shared = [gold for gold in edits if (gold.start, gold.end, gold.replacements) in others]
    undone = [shared[k] for k in generator.permutation(len(shared))][:steps]
    others_made = [gold for gold in edits if gold not in undone]
    # The chain begins where all other edits are made: its steps make the undone ones again.
    texts, applied = apply_in_steps(sentence.source, [*others_made, *undone], edits)
    first = sum(edit in others_made for edit in applied)
    repairs = tuple(_typed(edit, "undo") for edit in applied[first:])
    return Chain(index, annotator, texts[first:], repairs, "undo")


def _damage_chain(
    sentence: Annotated,
    index: int,
    annotator: int,
    damage: Damage,
    kind: CorruptionKind,
    steps: int,
    generator: np.random.Generator,
) -> Chain:
    best = text_of(sentence.source, sentence.annotations[annotator])
    # A text that an annotator accepts is not damaged.
    accepted = {text_of(sentence.source, golds) for golds in sentence.annotations.values()}
    texts = [best]
    for _ in range(2 * steps):
        words = damage(list(m2_tokens(texts[-1])), generator)
        text = " ".join(words or ())
        if text and text not in accepted and text not in texts:
            texts.append(text)
        if len(texts) > steps:
            break
    repairs = tuple(GoldEdit(0, 0, ((),), kind) for _ in texts[1:])
    return Chain(index, annotator, tuple(texts[::-1]), repairs, kind)


def _typed(edit: GoldEdit, kind: str) -> GoldEdit:
    return GoldEdit(edit.start, edit.end, edit.replacements, kind)


def _at_random(words: list[str], generator: np.random.Generator) -> list[str] | None:
    if len(words) < 2:
        return None
    at = int(generator.integers(len(words) - 1))
    action = int(generator.integers(3))  # drop, double, swap with the next
    middle = ([], [words[at], words[at]], [words[at + 1], words[at]])[action]
    return [*words[:at], *middle, *words[at + (2 if action == 2 else 1) :]]


def _swap(words: list[str], swaps: Swaps, generator: np.random.Generator) -> list[str] | None:
    around = [_EDGE, *words, _EDGE]
    choices = [
        (at, other)
        for at, word in enumerate(words)
        if _is_content(word)
        for other in swaps.get((around[at], around[at + 2]), ())
        if similarity(bare(word), bare(other)) < _ALIKE
    ]
    if not choices:
        return None
    at, other = choices[int(generator.integers(len(choices)))]
    return [*words[:at], other, *words[at + 1 :]]


def seen_between(texts: Iterable[str]) -> Swaps:
    """Return the content words that occur between two others, sorted, if there are several."""
    between: dict[tuple[str, str], set[str]] = defaultdict(set)
    for text in dict.fromkeys(texts):
        around = [_EDGE, *m2_tokens(text), _EDGE]
        for before, word, after in zip(around, around[1:], around[2:], strict=False):
            if _is_content(word):
                between[before, after].add(word)
    return {key: sorted(words) for key, words in between.items() if len(words) > 1}


def _is_content(word: str) -> bool:
    plain = bare(word)
    return bool(plain) and not is_punctuation(plain) and not is_function_word(plain)
