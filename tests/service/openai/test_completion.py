"""An answer in OpenAI's form: whole, and in the chunks of a stream."""

import json
import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ensemble.systems.spending import Spent
from service.openai.completion import ChatAnswer, pieces

TEXTS = st.text() | st.lists(st.sampled_from(["word", " ", "\n\n", "\t", "é", "🙂"])).map("".join)
LONG = st.builds(lambda text, times: text * times, st.text(max_size=20), st.integers(0, 300))


@given(TEXTS | LONG)
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    parts = list(pieces(text))
    assert "".join(parts) == text
    assert "" not in parts
    assert len(parts) <= 201
    for part, after in pairwise(parts):
        assert re.search(r"\s\Z", part)
        assert not after[0].isspace()


def answer(text: str, spent: Spent | None = None) -> ChatAnswer:
    return ChatAnswer("consort", text, "stop", spent or Spent(), {"kind": "texts"})


@given(TEXTS, st.booleans())
def test_a_stream_and_the_whole_have_the_same_text(text: str, with_usage: bool) -> None:
    whole = answer(text)
    *chunks, done = whole.chunks(with_usage)
    assert done == "[DONE]"
    parsed = [json.loads(chunk) for chunk in chunks]
    assert all("\n" not in chunk for chunk in chunks)  # an event is a line
    given_ = [c["choices"][0]["delta"].get("content", "") for c in parsed if c["choices"]]
    assert "".join(given_) == text == whole.whole()["choices"][0]["message"]["content"]
    assert [c["consort"] for c in parsed if "consort" in c] == [{"kind": "texts"}]
    assert [c["id"] for c in parsed] == [whole.id] * len(parsed)
    assert ("usage" in parsed[-1]) == with_usage


def test_tokens_that_nothing_reported_are_none() -> None:
    assert answer("a").usage == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    spent = Spent(2, 3, 4)
    assert answer("a", spent).usage["total_tokens"] == 7
