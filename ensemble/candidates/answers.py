"""Tells what counts as an answer of a system: an empty output over a source that is not, does not.

A system that failed leaves an empty line, and to take that for a proposal would be to delete the
segment. Only over an empty source is nothing the right answer.
"""

from evaluation.records import Segment

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Characters that take no room, to be left out by `str.translate`: a text of them looks empty."""


def is_blank(text: str) -> bool:
    """Return whether nothing of `text` can be seen."""
    if text[:1].isalnum():
        return False  # nearly every text; the rest are looked at whole
    return not text.translate(INVISIBLE).strip()


def is_answer(source: str, output: str) -> bool:
    """Return whether `output` is an answer to `source`."""
    return is_blank(source) or not is_blank(output)


def answers_of(segment: Segment) -> dict[str, str]:
    """Return what systems answered, by name and in the order they were given."""
    empty = set(empty_outputs(segment))
    return {
        name: text
        for name, text in segment.hypotheses.items()
        if text is not None and name not in empty
    }


def empty_outputs(segment: Segment) -> list[str]:
    """Return the systems whose output is empty and no answer.

    Where nobody said what the source was, an empty output is none either.
    """
    if segment.has_source and is_blank(segment.source):
        return []
    return [n for n, text in segment.hypotheses.items() if text is not None and is_blank(text)]
