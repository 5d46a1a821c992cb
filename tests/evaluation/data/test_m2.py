"""M2: what the official scorer makes of it, and what is not it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.m2 import annotated_texts, corrects, format_m2, m2_tokens, parse_m2, read_m2
from evaluation.records import Annotated, DataError, GoldEdit

REST = "|||REQUIRED|||-NONE-|||"
WORD = st.text(st.characters(codec="utf-8", exclude_characters=" \n\r|"), min_size=1).filter(
    lambda word: word != "-NONE-"
)
WORDS = st.lists(WORD, max_size=4).map(tuple)


@st.composite
def annotated(draw: st.DrawFn) -> Annotated:
    source = draw(WORDS)
    bounds = st.tuples(*[st.integers(0, len(source))] * 2).map(sorted)
    edit = st.builds(
        lambda span, words, kind: GoldEdit(*span, tuple(words), kind),
        bounds,
        st.lists(WORDS, min_size=1, max_size=3),
        st.sampled_from(["R:NOUN", "UNK", "Mec"]),
    )
    annotations = st.dictionaries(
        st.integers(0, 9), st.lists(edit, max_size=3).map(tuple), min_size=1, max_size=3
    )
    return Annotated(source, draw(annotations))


def parse(*lines: str) -> list[Annotated]:
    return parse_m2(lines, "gold.m2")


@given(st.lists(annotated(), max_size=4))
def test_what_is_written_is_read_back(sentences):
    assert parse(*format_m2(sentences).split("\n")) == sentences


def test_annotators_alternatives_and_deletions():
    (sentence,) = parse(
        "S This are a sentence",
        f"A 1 2|||R:VERB|||is||was not||-NONE-{REST}1",
        f"A 2 3|||U:DET|||{REST}0",
        f"A 4 4|||M:PUNCT|||.{REST}1",
    )
    assert sentence == Annotated(
        ("This", "are", "a", "sentence"),
        {
            1: (
                GoldEdit(1, 2, (("is",), ("was", "not"), ()), "R:VERB"),
                GoldEdit(4, 4, ((".",),), "M:PUNCT"),
            ),
            0: (GoldEdit(2, 3, ((),), "U:DET"),),
        },
    )


def test_tokens_are_separated_by_ascii_spaces_alone():
    assert m2_tokens(" 10\u00a0000  a\tb \u3000 c\u2028d ") == (
        "10\u00a0000",
        "a\tb",
        "\u3000",
        "c\u2028d",
    )
    (sentence,) = parse("S 10\u00a0000 cat", f"A 1 2|||R|||ten\u00a0cats{REST}0")
    assert sentence.source == ("10\u00a0000", "cat")
    assert annotated_texts(sentence) == ["10\u00a0000 ten\u00a0cats"]


def test_a_line_break_separates_tokens_of_texts():
    assert m2_tokens("a\nb\r\nc") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("0 1|||UNK|||a", False),  # repeats the source
        ("0 1|||UNK|||-NONE-", False),  # no correction given
        ("1 1|||UNK|||", False),  # inserts nothing
        ("0 1|||UNK|||", True),  # deletes
        ("0 1|||UNK|||x", True),
        ("0 2|||UNK|||a  b", False),
        ("0 1|||UNK|||a||x", True),
        ("0 1|||R|||a", True),  # only the type that says nothing is looked into
        ("0 1|||R|||-NONE-", True),
    ],
)
def test_an_error_only_seen_corrects_nothing(edit, expected):
    (sentence,) = parse("S a b", f"A {edit}{REST}0")
    ((gold,),) = sentence.annotations.values()
    assert corrects(sentence.source, gold) == expected
    assert expected or annotated_texts(sentence) == ["a b"]
    assert parse(*format_m2([sentence]).split("\n")) == [sentence]


def test_noop_makes_an_annotator_present():
    (sentence,) = parse("S a", f"A -1 -1|||noop|||-NONE-{REST}3")
    assert sentence.annotations == {3: ()}


def test_a_sentence_without_annotations_is_right_by_annotator_0():
    assert parse("S a b", "", "", "S c", "") == [
        Annotated(("a", "b"), {0: ()}),
        Annotated(("c",), {0: ()}),
    ]


def test_an_empty_sentence_is_one():
    assert parse("S ", "", "S") == [Annotated((), {0: ()})] * 2


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"A 1 3|||R|||x{REST}0", "span '1 3' is not within the 2 tokens"),
        (f"A 2 1|||R|||x{REST}0", "span '2 1'"),
        (f"A -1 -1|||R|||x{REST}0", "span '-1 -1'"),
        (f"A 1|||R|||x{REST}0", "span '1'"),
        (f"A one 2|||R|||x{REST}0", "expected a whole number, not 'one'"),
        (f"A 0 1|||R|||x{REST}me", "expected a whole number, not 'me'"),
        ("A 0 1|||R|||x", "expected 'A start end' and 5 more fields"),
        ("S c", "expected 'A start end'"),
    ],
)
def test_a_fault_names_file_and_line(line, fault):
    with pytest.raises(DataError, match=rf"^gold\.m2:2: {fault}"):
        parse("S a b", line)


def test_an_annotation_needs_a_sentence():
    with pytest.raises(DataError, match=r"^gold\.m2:1: a sentence must start with 'S '"):
        parse(f"A 0 1|||R|||x{REST}0")


def test_bytes_that_are_not_utf8_name_file_and_line(tmp_path):
    (tmp_path / "gold.m2").write_bytes(b"S a\n\nS \xff\n")
    with pytest.raises(DataError, match=r"gold\.m2:3: byte 0xff is not UTF-8"):
        read_m2(tmp_path / "gold.m2")


def test_real_gold_files_come_back(data):
    for file in sorted((data / "gec").glob("*/*.m2")):
        sentences = read_m2(file)
        assert parse(*format_m2(sentences).split("\n")) == sentences
