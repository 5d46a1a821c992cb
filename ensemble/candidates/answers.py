"""Deciding whether an output is an answer: an empty output over a non-empty source is not.

A system that failed leaves an empty line, and to count that as a proposal would be to delete the
segment. Only over an empty source is an empty output the right answer.
"""

from evaluation.records import Segment

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Invisible characters, as a table for `str.translate`: a text of them alone looks empty."""


def is_blank(text: str) -> bool:
    """Return whether `text` has no visible character."""
    if text[:1].isalnum():
        return False  # the common case, without a look at the whole text
    return not text.translate(INVISIBLE).strip()


def is_answer(source: str, output: str) -> bool:
    """Return whether `output` is an answer to `source`."""
    return is_blank(source) or not is_blank(output)


def answers_of(segment: Segment) -> dict[str, str]:
    """Return the answers of the systems, by name and in the given order."""
    empty = set(empty_outputs(segment))
    return {
        name: text
        for name, text in segment.hypotheses.items()
        if text is not None and name not in empty
    }


def empty_outputs(segment: Segment) -> list[str]:
    """Return the systems whose output is empty and does not count as an answer.

    Without a known source, an empty output does not count either.
    """
    if segment.has_source and is_blank(segment.source):
        return []
    return [n for n, text in segment.hypotheses.items() if text is not None and is_blank(text)]
