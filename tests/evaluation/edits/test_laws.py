"""Laws of alignment: a change is the same edit whatever else was changed, spaced or encoded."""

import itertools
from string import ascii_lowercase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluation.data.m2 import m2_tokens
from evaluation.data.readers import read_folder
from evaluation.edits.align import align, apply
from evaluation.records import Edit

# Words without a letter in common: what became of each cannot be mistaken.
WORDS = [letter * 3 for letter in ascii_lowercase] + ["手", "我", "喜"]
MARKS = [",", ".", "!", "?"]


@st.composite
def two_changes(draw, repeated: int = 0) -> tuple[list[str], Edit, Edit]:
    """A text and two changes with a word or more between; the first may undo a repetition."""
    source = draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=10, unique=True))
    fresh = [word for word in WORDS if word not in source] + MARKS
    put_in = draw(st.lists(st.sampled_from(fresh), min_size=1, max_size=4, unique=True))
    half = len(put_in) // 2
    at = draw(st.integers(0, len(source) - 1 - max(repeated, 1)))
    if repeated:
        source[at:at] = source[at : at + repeated]
        first, between = Edit(at, at + repeated, ()), repeated + 1
    else:
        end = draw(st.integers(at, min(at + 2, len(source) - 1)))
        first, between = Edit(at, end, tuple(put_in[:half])), 1
        assume(end > at or half)
    start = draw(st.integers(first.end + between, max(first.end + between, len(source))))
    assume(start <= len(source))
    end = draw(st.integers(start, min(start + 2, len(source))))
    return source, first, Edit(start, end, tuple(put_in[half:]))


@pytest.mark.parametrize("repeated", [0, 1, 2])
@given(st.data())
def test_two_changes_apart_are_together_what_each_is_alone(repeated, data):
    source, first, second = data.draw(two_changes(repeated))
    alone = [align(source, apply(source, [edit])) for edit in (first, second)]
    assert align(source, apply(source, [first, second])) == sorted(alone[0] + alone[1])


def test_so_they_are_in_what_real_systems_change(data):
    counted = 0
    for segment in read_folder(data / "gec" / "bea_dev", ["T5-11B"])[::8]:
        source, (output,) = m2_tokens(segment.source), segment.hypotheses.values()
        edits = align(source, m2_tokens(output))
        for one, other in itertools.pairwise(edits):
            if one.end < other.start:
                assert align(source, apply(source, [one, other])) == [one, other]
                counted += 1
    assert counted > 200


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
    st.permutations(["444", "555", "们", "666"]).map(lambda words: words[:3]),
    st.permutations(["111", "222", "你", "333"]),
    st.integers(0, 3),
)
def test_a_repetition_has_one_place_whatever_stands_before(phrase, before, words, stay):
    after = [*before[:stay], *words[: len(before) - stay]]
    place = len(before) + len(phrase)
    once, twice = [*phrase, "end"], [*phrase, *phrase, "end"]
    for prefix in (before, after):
        assert Edit(place, place + len(phrase), ()) in align([*before, *twice], [*prefix, *once])
        assert Edit(place, place, tuple(phrase)) in align([*before, *once], [*prefix, *twice])


@given(st.lists(st.sampled_from("i think monday or tuesday new york .".split()), max_size=9))
def test_capitals_are_edits_of_their_words(source):
    edits = align(source, [word.capitalize() for word in source])
    assert edits == [
        Edit(i, i + 1, (word.capitalize(),)) for i, word in enumerate(source) if word != "."
    ]


@pytest.mark.parametrize(
    ("source", "hypothesis", "edits"),
    [
        ("He had had it .", "She had it .", [(0, 1, "She"), (2, 3, "")]),
        ("in the in the house", "In the house", [(0, 1, "In"), (2, 4, "")]),
        ("mrom The the paper", "from the paper", [(0, 1, "from"), (1, 2, "the"), (2, 3, "")]),
        ("x the the y", "the y", [(0, 1, ""), (2, 3, "")]),
        ("He had it", "He had had him", [(2, 2, "had"), (2, 3, "him")]),
        ("yes i do", "Yes , I do", [(0, 1, "Yes"), (1, 1, ","), (1, 2, "I")]),
        ("new york", "New York", [(0, 1, "New"), (1, 2, "York")]),
        ("i think", "So I think", [(0, 0, "So"), (0, 1, "I")]),
        # A sentence begins elsewhere: there the capital is a part of the change.
        ("It is good", "Maybe it is good", [(0, 1, "Maybe it")]),
        ("fine . It is", "fine , it is", [(1, 3, ", it")]),
    ],
)
def test_each_change_is_an_edit_of_its_own(source, hypothesis, edits):
    made = align(source.split(), hypothesis.split())
    assert [(e.start, e.end, " ".join(e.replacement)) for e in made] == edits


@pytest.mark.parametrize("other", ["他", "x"])
def test_few_words_against_very_many_are_not_weighed_each_against_each(other):
    source = "".join(chr(0x4E00 + i) for i in range(400))
    assert len(align(list(source), [other])) <= 2
