"""The other side of the lattice: texts made worse on purpose, which a metric must see.

Damage is done step by step to an annotator's whole correction and told as a chain that repairs
it, from the worst text up, so that here too a later text is better. Three kinds:

    undo     an error that another annotator saw too, in the same words, is put back
    random   a word is lost, doubled, or changes places with its neighbour
    swap     a word gives way to another that was seen between the same two neighbours: it
             reads well and says something else
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np

from evaluation.data.m2 import m2_tokens
from evaluation.edits.words import bare, is_function_word, is_punctuation, similarity
from evaluation.lattice.chains import Chain, climb
from evaluation.lattice.gold import Gold, compatible, corrections, text_of
from evaluation.records import Annotated, GoldEdit

Kind = Literal["undo", "random", "swap"]

_ALIKE = 0.5  # a word that looks as alike may be a form or a misspelling of the other
_EDGE = ""

Swaps = dict[tuple[str, str], list[str]]
"""Words seen between two others, by those."""

Damage = Callable[[list[str], np.random.Generator], list[str] | None]


def damaged(gold: Gold, kinds: Sequence[Kind], steps: int, seed: int) -> list[Chain]:
    """Return a chain for each sentence and kind, of one of its annotators drawn at random.

    A chain has at most `steps` steps, and is left out where nothing can be damaged. The same
    seed gives the same chains.
    """
    swaps = seen_between(
        text_of(one.source, golds) for one in gold.sentences for golds in one.annotations.values()
    )
    harm: dict[Kind, Damage] = {
        "random": _at_random,
        "swap": lambda words, generator: _swap(words, swaps, generator),
    }
    found = []
    for place, sentence in enumerate(gold.sentences):
        for number, kind in enumerate(kinds):
            generator = np.random.default_rng([seed, place, number])
            annotator = int(generator.choice(sorted(sentence.annotations)))
            if kind == "undo":
                chain = _undone(sentence, place, annotator, steps, generator)
            else:
                chain = _harmed(sentence, place, annotator, harm[kind], kind, steps, generator)
            found += [chain] if chain.edits else []
    return found


def _undone(
    sentence: Annotated, place: int, annotator: int, steps: int, generator: np.random.Generator
) -> Chain:
    own = compatible(corrections(sentence.source, sentence.annotations[annotator]))
    others = {
        (gold.start, gold.end, gold.replacements)
        for key, golds in sentence.annotations.items()
        for gold in golds
        if key != annotator
    }
    shared = [gold for gold in own if (gold.start, gold.end, gold.replacements) in others]
    put_back = [shared[k] for k in generator.permutation(len(shared))][:steps]
    kept = [gold for gold in own if gold not in put_back]
    texts, made = climb(sentence.source, [*kept, *put_back], own)
    first = sum(edit in kept for edit in made)
    repairs = tuple(_typed(edit, "undo") for edit in made[first:])
    return Chain(place, annotator, texts[first:], repairs, "undo")


def _harmed(
    sentence: Annotated,
    place: int,
    annotator: int,
    harm: Damage,
    kind: Kind,
    steps: int,
    generator: np.random.Generator,
) -> Chain:
    best = text_of(sentence.source, sentence.annotations[annotator])
    # Harm that makes another annotator's text, or the source, of it need not be harm.
    fine = {text_of(sentence.source, golds) for golds in sentence.annotations.values()}
    texts = [best]
    for _ in range(2 * steps):
        words = harm(list(m2_tokens(texts[-1])), generator)
        text = " ".join(words or ())
        if text and text not in fine and text not in texts:
            texts.append(text)
        if len(texts) > steps:
            break
    repairs = tuple(GoldEdit(0, 0, ((),), kind) for _ in texts[1:])
    return Chain(place, annotator, tuple(texts[::-1]), repairs, kind)


def _typed(edit: GoldEdit, kind: str) -> GoldEdit:
    return GoldEdit(edit.start, edit.end, edit.replacements, kind)


def _at_random(words: list[str], generator: np.random.Generator) -> list[str] | None:
    if len(words) < 2:
        return None
    at = int(generator.integers(len(words) - 1))
    how = int(generator.integers(3))
    middle = ([], [words[at], words[at]], [words[at + 1], words[at]])[how]
    return [*words[:at], *middle, *words[at + (2 if how == 2 else 1) :]]


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
    """Return the content words that texts have between two others, sorted."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for text in dict.fromkeys(texts):
        around = [_EDGE, *m2_tokens(text), _EDGE]
        for before, word, after in zip(around, around[1:], around[2:], strict=False):
            if _is_content(word):
                found[before, after].add(word)
    return {key: sorted(words) for key, words in found.items() if len(words) > 1}


def _is_content(word: str) -> bool:
    plain = bare(word)
    return bool(plain) and not is_punctuation(plain) and not is_function_word(plain)
