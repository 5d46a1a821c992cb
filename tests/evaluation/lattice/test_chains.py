"""Lattices: every text on them is what some of an annotator's edits make."""

from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.align import apply
from evaluation.lattice.chains import build
from evaluation.lattice.gold import collide, corrections, joined, text_of
from evaluation.records import Annotated, Edit, GoldEdit

WORDS = st.lists(st.sampled_from("abc"), max_size=2).map(tuple)
EDITS = st.lists(
    st.builds(
        lambda start, size, words, kind: GoldEdit(start, start + size, (words,), kind),
        st.integers(0, 4), st.integers(0, 2), WORDS, st.sampled_from(["T", "UNK"]),
    ),
    max_size=5,
).map(tuple)  # fmt: skip
SENTENCES = st.lists(
    st.builds(
        lambda source, edits: Annotated(tuple(source), edits),
        st.lists(st.sampled_from("abc"), min_size=6, max_size=6),
        st.dictionaries(st.integers(0, 2), EDITS, min_size=1),
    ),
    min_size=1, max_size=3,
)  # fmt: skip
SEEDS = st.integers(0, 1000)


@given(SENTENCES, st.integers(1, 4), SEEDS)
def test_the_same_seed_gives_the_same_lattice(sentences, chains, seed):
    gold = joined({"gold": sentences})
    assert build(gold, chains, seed) == build(gold, chains, seed)


@given(SENTENCES, SEEDS)
def test_each_step_makes_one_edit_and_none_that_collides(sentences, seed):
    gold = joined({"gold": sentences})
    for chain in build(gold, 3, seed).chains:
        source = gold.sentences[chain.sentence].source
        assert chain.texts[0] == " ".join(source)
        assert len(chain.texts) == len(chain.edits) + 1 == len(set(chain.texts))
        for k, one in enumerate(chain.edits):
            assert not any(collide(one, other) for other in chain.edits[:k])


@given(SENTENCES, SEEDS)
def test_all_edits_make_the_annotators_text_where_none_collide(sentences, seed):
    gold = joined({"gold": sentences})
    for chain in build(gold, 2, seed).chains:
        sentence = gold.sentences[chain.sentence]
        edits = corrections(sentence.source, sentence.annotations[chain.annotator])
        if not any(collide(a, b) for a in edits for b in edits if a is not b):
            # The last, but where two edits undo each other: each text is on a chain once.
            whole = text_of(sentence.source, edits)
            assert whole in chain.texts
            assert whole == chain.texts[-1] or len(chain.edits) < len(edits)


@given(SENTENCES, SEEDS)
def test_what_others_annotate_changes_no_chain(sentences, seed):
    both, alone = (joined({"gold": part}) for part in (sentences, sentences[:1]))
    first = [chain for chain in build(both, 2, seed).chains if chain.sentence == 0]
    if both.annotators == alone.annotators:
        assert tuple(first) == build(alone, 2, seed).chains


def test_as_many_orders_as_there_are():
    edits = tuple(GoldEdit(k, k + 1, (("+",),), "T") for k in range(3))
    gold = joined({"gold": [Annotated(("a", "b", "c"), {0: edits})]})
    found = build(gold, 50, 1).chains
    assert len(found) == len({chain.texts for chain in found}) == 6
    assert {chain.texts[-1] for chain in found} == {"+ + +"}


def test_what_cannot_be_on_a_chain_is_named():
    golds = (
        GoldEdit(0, 2, (("x",),), "T"),
        GoldEdit(1, 3, (("y",),), "T"),
        GoldEdit(3, 4, (("d",),), "T"),
        GoldEdit(0, 1, (), "UNK"),
    )
    gold = joined({"gold": [Annotated(tuple("abcd"), {0: golds})]})
    lattice = build(gold, 10, 1)
    assert {chain.texts for chain in lattice.chains} == {("a b c d", "x c d"), ("a b c d", "a y d")}
    assert [note.split()[0] for note in lattice.notes] == ["1", "1", "1"]
    made = apply(tuple("abcd"), [Edit(0, 2, ("x",))])
    assert " ".join(made) == "x c d"
