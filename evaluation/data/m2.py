"""Reads and writes M2 files: sentences with the corrections of one or several annotators.

    S This are a sentence .
    A 1 2|||R:VERB:SVA|||is|||REQUIRED|||-NONE-|||0
    A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||1

Read as the official scorer of the CoNLL shared tasks reads them (Ng et al. 2014): an annotator
without a line for a sentence did not look at it, one with a `noop` found it right, and a
sentence without any line is right by annotator 0. Only the ASCII space separates tokens: a
no-break space, a tab or an ideographic space is part of its token.

The type `UNK` marks errors that the annotator saw but could not correct; but the `edit_creator`
of the official scorer also gives it to every edit. So the type alone decides nothing: see
`corrects`.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from evaluation.data.readers import read_lines
from evaluation.edits.align import apply
from evaluation.records import Annotated, DataError, Edit, GoldEdit

_FIELDS = 6
_NOTHING = "-NONE-"
_UNKNOWN = "UNK"
_REST = f"|||REQUIRED|||{_NOTHING}|||"
_NOOP = f"A -1 -1|||noop|||{_NOTHING}{_REST}"

M2_TOKEN = re.compile(r"[^ \r\n]+")
"""A token of M2. A line of M2 has no line breaks, so that they separate tokens in other texts."""


def m2_tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of `text` as M2 counts them: separated by one or more ASCII spaces.

    Every text that is compared with gold edits is split by this, so that spans mean the same
    tokens, unless a metric cuts all of them otherwise (`metrics.gold_edits.recut`).
    """
    return tuple(M2_TOKEN.findall(text))


def corrects(source: Sequence[str], gold: GoldEdit) -> bool:
    """Return whether `gold` corrects something, rather than only marking an error.

    An edit of type `UNK` corrects nothing if all its replacements repeat the source, or if it
    has none (`-NONE-`: no correction given). An empty field is a deletion, as in any edit.
    """
    original = tuple(source[gold.start : gold.end])
    return gold.type != _UNKNOWN or any(words != original for words in gold.replacements)


def annotated_texts(sentence: Annotated) -> list[str]:
    """Return the text that each annotator's edits make of the source, to serve as references.

    Of several replacements the first is taken.
    """
    texts = []
    for golds in sentence.annotations.values():
        corrections = [gold for gold in golds if corrects(sentence.source, gold)]
        edits = sorted(Edit(gold.start, gold.end, gold.replacements[0]) for gold in corrections)
        texts.append(" ".join(apply(sentence.source, edits)))
    return texts


def read_m2(path: Path | str) -> list[Annotated]:
    """Read an M2 file; see `parse_m2`."""
    return parse_m2(read_lines(path), path)


def parse_m2(lines: Iterable[str], name: Path | str) -> list[Annotated]:
    """Return the sentences in `lines`; `name` is the file that errors name.

    Raises:
        DataError: a line is not M2, or an edit is outside its sentence.
    """
    sentences: list[Annotated] = []
    source: tuple[str, ...] | None = None
    annotations: dict[int, list[GoldEdit]] = {}
    for number, line in enumerate(chain(lines, [""]), start=1):
        try:
            if not line.strip():
                if source is not None:
                    golds = {who: tuple(edits) for who, edits in annotations.items()}
                    sentences.append(Annotated(source, golds or {0: ()}))
                source, annotations = None, {}
            elif source is None:
                source = _source(line)
            else:
                annotator, edits = _annotation(line, len(source))
                annotations.setdefault(annotator, []).extend(edits)
        except ValueError as error:
            raise DataError(name, number, str(error)) from None
    return sentences


def format_m2(sentences: Iterable[Annotated]) -> str:
    """Return `sentences` as the text of an M2 file; `parse_m2` reads it back to the same."""
    return "\n".join(
        "".join(f"{line}\n" for line in (f"S {' '.join(sentence.source)}", *_lines(sentence)))
        for sentence in sentences
    )


def _source(line: str) -> tuple[str, ...]:
    if line != "S" and not line.startswith("S "):
        raise ValueError(f"a sentence must start with 'S ', not {line[:20]!r}")
    return m2_tokens(line[2:])


def _annotation(line: str, length: int) -> tuple[int, tuple[GoldEdit, ...]]:
    """Return the annotator of an `A` line and its edit; no edit for a `noop`."""
    fields = line[2:].split("|||")
    if not line.startswith("A ") or len(fields) != _FIELDS:
        raise ValueError(f"expected 'A start end' and {_FIELDS - 1} more fields, each after '|||'")
    span, kind, corrections, *_, annotator = fields
    if kind == "noop":
        return _number(annotator), ()
    start, end = _span(span, length)
    return _number(annotator), (GoldEdit(start, end, _replacements(kind, corrections), kind),)


def _span(text: str, length: int) -> tuple[int, int]:
    bounds = [_number(bound) for bound in text.split()]
    if len(bounds) != 2 or not 0 <= bounds[0] <= bounds[1] <= length:
        raise ValueError(f"span {text!r} is not within the {length} tokens of its sentence")
    return bounds[0], bounds[1]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"expected a whole number, not {text!r}") from None


def _replacements(kind: str, corrections: str) -> tuple[tuple[str, ...], ...]:
    """Return the alternatives; none for an `UNK` that gives no correction."""
    if kind == _UNKNOWN and corrections == _NOTHING:
        return ()
    return tuple(() if c == _NOTHING else m2_tokens(c) for c in corrections.split("||"))


def _lines(sentence: Annotated) -> Iterable[str]:
    for annotator, edits in sentence.annotations.items():
        if not edits:
            yield f"{_NOOP}{annotator}"
        for edit in edits:
            # A deletion is an empty field; among several alternatives it has to be `-NONE-`.
            deletion = "" if len(edit.replacements) == 1 else _NOTHING
            alternatives = [" ".join(tokens) or deletion for tokens in edit.replacements]
            corrections = "||".join(alternatives) if alternatives else _NOTHING
            yield f"A {edit.start} {edit.end}|||{edit.type}|||{corrections}{_REST}{annotator}"
