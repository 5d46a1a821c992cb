"""Gold edits of several files as one, and which of them can be made together."""

import pytest

from evaluation.lattice.gold import collide, compatible, corrections, read_gold, text_of
from evaluation.records import DataError, GoldEdit

SOURCE = "S a b c\n"


def line(start, end, words, annotator=0, kind="T"):
    return f"A {start} {end}|||{kind}|||{words}|||REQUIRED|||-NONE-|||{annotator}\n"


def edit(start, end, words="x"):
    return GoldEdit(start, end, (tuple(words.split()),), "T")


def files(tmp_path, **content):
    for name, text in content.items():
        (tmp_path / f"{name}.m2").write_text(text)
    return [tmp_path / f"{name}.m2" for name in content]


def test_annotators_are_called_by_their_file_and_number(tmp_path):
    paths = files(tmp_path, one=SOURCE + line(0, 1, "x"), two=SOURCE + line(0, 1, "y", 0) +
                  line(1, 2, "z", 3))  # fmt: skip
    gold = read_gold(paths)
    assert gold.annotators == ("one", "two:0", "two:3")
    assert [text_of(one.source, one.annotations[2]) for one in gold.sentences] == ["a z c"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("S a b\n", "sentence 1 is another than"),
        (SOURCE + "\n" + SOURCE, "2 sentences"),
    ],
)
def test_files_of_other_sentences_are_refused(tmp_path, other, words):
    with pytest.raises(DataError, match=words):
        read_gold(files(tmp_path, one=SOURCE, two=other))


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="no sentences"):
        read_gold(files(tmp_path, one=""))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 2), (1, 3), True),  # crossing
        ((0, 3), (1, 2), True),  # one inside the other
        ((0, 3), (1, 1), True),  # an insertion into what is replaced
        ((0, 1), (0, 1), True),
        ((0, 1), (1, 2), False),
        ((0, 1), (1, 1), False),
        ((1, 1), (1, 2), False),
        ((1, 1), (1, 1), False),
    ],
)
def test_what_collides(one, other, expected):
    assert collide(edit(*one), edit(*other)) == collide(edit(*other), edit(*one)) == expected


def test_of_what_collides_the_first_stays():
    assert compatible([edit(1, 3), edit(0, 2), edit(0, 1)]) == [edit(1, 3), edit(0, 1)]


def test_what_corrects_nothing_is_no_correction():
    seen = GoldEdit(0, 1, (("a",),), "UNK")
    golds = [edit(1, 2), seen, edit(0, 1), edit(1, 2)]
    assert corrections(["a", "b"], golds) == [edit(0, 1), edit(1, 2)]


def test_insertions_at_one_place_keep_their_order():
    assert text_of(["a"], [edit(1, 1, "x"), edit(1, 1, "y"), edit(0, 1, "b")]) == "b x y"
