"""A reader that remembers: the same answers, each text read once while there is room."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models.cache import Remembered


class Reader:
    """A text reads as an array of its length; what was read is counted."""

    def __init__(self):
        self.read = []

    def __call__(self, texts):
        self.read += texts
        return [np.full(len(text), len(text), dtype=np.float32) for text in texts]


@given(st.lists(st.lists(st.text(max_size=4))), st.integers(0, 12))
def test_it_answers_as_the_reader_does(calls, room):
    remembered = Remembered(Reader(), room)
    for texts in calls:
        assert [len(array) for array in remembered(texts)] == [len(text) for text in texts]


def test_a_text_is_read_once():
    reader = Reader()
    remembered = Remembered(reader)
    remembered(["a", "bb", "a"])
    remembered(["bb", "ccc"])
    assert reader.read == ["a", "bb", "ccc"]


def test_the_oldest_is_forgotten_where_there_is_no_room():
    reader = Reader()
    remembered = Remembered(reader, room=3)
    for text in ("a", "bb", "ccc", "bb"):
        remembered([text])
    assert reader.read == ["a", "bb", "ccc", "bb"]
