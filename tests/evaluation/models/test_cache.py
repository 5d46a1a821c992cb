"""The cache returns what the model returns, and each text is read once within the capacity."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluation.models.cache import TextCache


class Reader:
    """A text reads as an array of its length; what was read is counted."""

    def __init__(self):
        self.read = []

    def __call__(self, texts):
        self.read += texts
        return [np.full(len(text), len(text), dtype=np.float32) for text in texts]


@given(st.lists(st.lists(st.text(max_size=4))), st.integers(0, 12))
def test_it_answers_as_the_reader_does(calls, capacity):
    cache = TextCache(Reader(), capacity)
    for texts in calls:
        assert [len(array) for array in cache(texts)] == [len(text) for text in texts]


def test_a_text_is_read_once():
    reader = Reader()
    cache = TextCache(reader)
    cache(["a", "bb", "a"])
    cache(["bb", "ccc"])
    assert reader.read == ["a", "bb", "ccc"]


def test_the_oldest_is_forgotten_beyond_the_capacity():
    reader = Reader()
    cache = TextCache(reader, capacity=3)
    for text in ("a", "bb", "ccc", "bb"):
        cache([text])
    assert reader.read == ["a", "bb", "ccc", "bb"]
