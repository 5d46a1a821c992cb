"""The ways to name the type of an edit, by name."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from evaluation.edits.classify import classify
from evaluation.edits.english import ErrantTypes
from evaluation.errors import InputError
from evaluation.records import Edit

Types = Literal["surface", "errant", "none"]
"""`surface`: from letters alone, any language; `errant`: English grammar; `none`: no types."""

Classifier = Callable[[Sequence[str], Edit], str]
"""Names the type of an edit to source tokens."""


def load_types(name: str) -> Classifier:
    """Return what names types in the way that `name` names.

    Raises:
        ValueError: there is no such way.
        ImportError: ERRANT is missing; the message names the extra to install.
    """
    if name not in get_args(Types):
        message = f"no types {name!r}; available: {', '.join(get_args(Types))}"
        raise InputError("unknown-name", message)
    if name == "errant":
        return ErrantTypes()
    return classify if name == "surface" else _untyped


def _untyped(source: Sequence[str], edit: Edit) -> str:
    """Return one type for all: whether words are put in, taken out or exchanged is not said."""
    return "edit"
