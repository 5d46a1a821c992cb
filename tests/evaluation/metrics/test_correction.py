"""Span-based F-beta: matching, annotators, types, and gold edits from references."""

import re
from argparse import Namespace
from collections import Counter
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.m2 import format_m2, parse_m2, read_m2
from evaluation.data.readers import read_lines
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import EditsF, compare, gold_from_references
from evaluation.metrics.fscore import Counts
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.records import Annotated, Edit, GoldEdit

WORDS = "a an the cat cats sat . , 10\u00a0000 10\u3000000 c\tat".split(" ")
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
REFERENCES = SENTENCES.filter(str)
"""An empty text is not a reference."""


def one(start: int, end: int, *replacements: str, kind: str = "R") -> GoldEdit:
    return GoldEdit(start, end, tuple(tuple(text.split()) for text in replacements), kind)


def test_edits_are_right_spurious_or_missed():
    edits = [Edit(0, 1, ("x",)), Edit(2, 2, ("y",))]
    comparison = compare("abcdef", edits, [one(0, 1, "x"), one(2, 2, "z"), one(5, 6, "")])
    assert comparison.correct == [Edit(0, 1, ("x",))]
    assert comparison.spurious == [Edit(2, 2, ("y",))]
    assert comparison.missed == [Edit(2, 2, ("z",)), Edit(5, 6, ())]
    assert comparison.counts == (1, 2, 3)


def test_any_alternative_is_right():
    assert compare("a", [Edit(0, 1, ("y",))], [one(0, 1, "x", "y")]).counts == (1, 1, 1)


def test_an_edit_two_of_the_gold_ones_ask_for_counts_twice():
    assert compare("a", [Edit(0, 1, ("x",))], [one(0, 1, "x")] * 2).counts == (2, 2, 2)


def test_an_error_no_one_could_correct_is_not_counted():
    assert compare("a", [], [one(0, 1, "a", kind="UNK")]).counts == (0, 0, 0)


def untyped(gold: list[Annotated]) -> list[Annotated]:
    """Return what the `edit_creator` of the official scorer writes: the type UNK, no other."""
    written = re.sub(r"\|\|\|[RMU]:[A-Z]+", "|||UNK", format_m2(gold))
    return parse_m2(written.split("\n"), "gold.m2")


@given(st.lists(st.tuples(SENTENCES, REFERENCES), min_size=1, max_size=4))
def test_edits_without_a_type_count_as_any_others(pairs):
    sources, hypotheses = zip(*pairs, strict=True)
    gold = gold_from_references(sources, [[text] for text in hypotheses])
    texts = [Texts(hypotheses, sources, gold=g) for g in (gold, untyped(gold))]
    assert EditsF().corpus_score(texts[1]).value == 100
    typed, plain = (MaxMatch().counts(some).tolist() for some in texts)
    assert typed == plain


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.integers(0, 7))
def test_a_word_put_right_is_perfect_whatever_white_space_is_in_it(words, place):
    right = [*words]
    right[place % len(words)] = "12\u00a0000"
    sources, hypotheses = [" ".join(words)], [" ".join(right)]
    gold = untyped(gold_from_references(sources, [hypotheses]))
    for metric in (EditsF(), MaxMatch()):
        assert metric.corpus_score(Texts(hypotheses, sources, gold=gold)).value == 100


@given(st.lists(st.tuples(SENTENCES, REFERENCES), min_size=1, max_size=4))
def test_a_hypothesis_that_is_its_reference_is_perfect(pairs):
    sources, hypotheses = zip(*pairs, strict=True)
    gold = gold_from_references(sources, [[text] for text in hypotheses])
    assert EditsF().corpus_score(Texts(hypotheses, sources, gold=gold)).value == 100


@given(st.lists(st.tuples(SENTENCES, SENTENCES, REFERENCES), min_size=1, max_size=4))
def test_the_types_add_up_to_the_whole(triples):
    sources, hypotheses, references = zip(*triples, strict=True)
    gold = gold_from_references(sources, [[text] for text in references])
    texts = Texts(hypotheses, sources, gold=gold)
    by_type = sum(EditsF().counts_by_type(texts).values())
    assert (by_type == EditsF().counts(texts)).all()


def test_types_are_told_apart():
    gold = gold_from_references(["He walk home", "a cat"], [["He walks home ."], ["a cat ."]])
    texts = Texts(["He walks home", "a cat !"], gold=gold)
    figures = {(row.name, row.statistic): row.value for row in EditsF().type_rows(texts)}
    assert figures["R:STEM", "recall"] == 100
    assert figures["M:PUNCT", "recall"] == figures["M:PUNCT", "precision"] == 0


def test_each_reference_is_an_annotator():
    (gold,) = gold_from_references(["He walk"], [["He walks", "He ran"]])
    assert gold.source == ("He", "walk")
    assert gold.annotations[0] == (one(1, 2, "walks", kind="R:STEM"),)
    assert gold.annotations[1][0].replacements == (("ran",),)


def test_a_segment_without_a_reference_has_no_annotator():
    for references in ([], [""], [" ", "\u200b"]):
        (gold,) = gold_from_references(["a"], [references])
        assert gold.annotations == {}
        with pytest.raises(ValueError, match="segment 1 has no gold edits"):
            EditsF().segment_scores(Texts(["a"], gold=[gold]))


def test_a_blank_reference_is_not_an_annotator():
    assert gold_from_references(["a b"], [["", "a c", " "]]) == gold_from_references(
        ["a b"], [["a c"]]
    )


def test_annotators_are_chosen_as_errant_does():
    # F is compared to four places; then correct, spurious and missed edits decide.
    metric = EditsF()
    assert metric.choose([{0: Counts(0, 1, 2), 1: Counts(0, 1, 1)}]) == [1]
    assert metric.choose([{0: Counts(0, 2, 0), 1: Counts(0, 1, 1)}]) == [1]
    far = {0: Counts(50_000, 100_000, 100_000)}
    assert metric.choose([far, {0: Counts(0, 0, 0), 1: Counts(1, 2, 3)}]) == [0, 1]


@pytest.fixture(scope="module")
def compare_m2() -> ModuleType:
    """ERRANT's own comparison, without the parser its package loads."""
    errant = find_spec("errant")
    if errant is None:
        pytest.skip("errant is not installed")
    (folder,) = errant.submodule_search_locations
    spec = spec_from_file_location("compare_m2", Path(folder) / "commands" / "compare_m2.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("system", ["AMU", "IPN", "INPUT"])
def test_counts_are_those_of_errant(data, compare_m2, system):
    folder = data / "gec" / "conll14_official"
    gold, hypotheses = read_m2(folder / "gold.m2"), read_lines(folder / f"{system}.txt")
    proposed = gold_from_references([" ".join(g.source) for g in gold], [[h] for h in hypotheses])
    how = Namespace(beta=0.5, verbose=False, dt=False, ds=False, cse=False, single=False)
    how.multi = how.filt = False
    best = Counter(tp=0, fp=0, fn=0)
    for number, pair in enumerate(zip(proposed, gold, strict=True)):
        edits = (compare_m2.simplify_edits(format_m2([sentence]).strip()) for sentence in pair)
        sides = [compare_m2.process_edits(side, how) for side in edits]
        best.update(compare_m2.evaluate_edits(*sides, best, number, "", how)[0])
    counts = EditsF().counts(Texts(hypotheses, gold=gold)).sum(axis=0)
    assert tuple(counts) == (best["tp"], best["tp"] + best["fp"], best["tp"] + best["fn"])
