"""The cache of replies: what it keeps, and that a file that is damaged is an empty one."""

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemble.systems.reply_cache import ReplyCache, request_key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
URL = "http://127.0.0.1/v1/chat/completions"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> ReplyCache:
    return ReplyCache(tmp_path_factory.mktemp("replies") / "deep" / "replies.db")


@settings(max_examples=15)
@given(bodies=st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_the_last_body_of_a_key_is_kept(shared: ReplyCache, bodies: list[bytes]) -> None:
    for body in bodies:
        shared.put("key", body)
        assert shared.get("key") == body
    assert shared.get("another") is None


def test_another_process_sees_what_was_kept(tmp_path: Path) -> None:
    ReplyCache(tmp_path / "replies.db").put("key", b"body")
    assert ReplyCache(tmp_path / "replies.db").get("key") == b"body"


def test_the_replies_that_were_written_first_are_dropped(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "replies.db", most=3)
    for number in range(5):
        cache.put(str(number), b"%d" % number)
    assert [cache.get(str(number)) for number in range(5)] == [None, None, b"2", b"3", b"4"]


def damaged(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + b"rubbish" * 1000)


def cut(path: Path) -> None:
    ReplyCache(path).put("key", b"body" * 1000)
    os.truncate(path, 5000)


def of_another_form(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE replies (other TEXT)")
    connection.close()


def of_other_values(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE replies (key TEXT PRIMARY KEY, body BLOB NOT NULL)")
        connection.execute("INSERT INTO replies VALUES ('key', 'text'), ('other', 5)")
    connection.close()


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("damage", [damaged, cut, of_another_form, of_other_values, a_folder])
def test_a_file_that_cannot_be_read_is_an_empty_cache(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    damage(tmp_path / "replies.db")
    cache = ReplyCache(tmp_path / "replies.db")
    assert cache.get("key") is None
    cache.put("another", b"body")
    assert cache.get("another") in (None, b"body")


def test_a_folder_that_cannot_be_made_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = ReplyCache(tmp_path / "file" / "replies.db")
    cache.put("key", b"body")
    assert cache.get("key") is None


@settings(max_examples=40)
@given(st.dictionaries(st.text(), JSON), st.integers(0, 15))
def test_a_key_does_not_depend_on_the_order_of_keys(
    content: dict[str, object], sample: int
) -> None:
    turned = dict(reversed(content.items()))
    assert request_key(URL, content, sample) == request_key(URL, turned, sample)


@settings(max_examples=40)
@given(JSON, JSON, st.integers(0, 3), st.integers(0, 3))
def test_requests_that_differ_have_different_keys(
    one: object, other: object, first: int, second: int
) -> None:
    assert request_key(URL, [one, "x"], first) != request_key(URL, [other, "y"], first)
    assert request_key(URL, one, first) != request_key(f"{URL}x", one, first)
    assert (request_key(URL, one, first) == request_key(URL, one, second)) == (first == second)
