"""Reads the JSON lines of WMT24 and WMT25: a segment a line, with all outputs and their scores.

A line is `{"doc_id": id, "src_text": source, "tgt_text": {system: output}, "scores": {system:
[{"score": number, "annotator": name, "errors": [...]}]}}`, as in wmt25-genmt-humeval.jsonl.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from evaluation.data.json_lines import objects_of
from evaluation.data.judgements import Collected, Judgements
from evaluation.data.readers import stream_lines
from evaluation.records import DataError


class WmtLine(NamedTuple):
    """The source of a segment, its outputs by system, and the scores that raters gave each."""

    line: int
    segment: str
    source: str
    outputs: Mapping[str, str]
    scores: Mapping[str, list[tuple[str, float]]]


def wmt_lines(path: Path | str, prefix: str = "") -> Iterator[WmtLine]:
    """Yield the segments whose id begins with `prefix`, such as `en-cs_CZ_#_`.

    Raises:
        DataError: the file cannot be read, a line does not have the layout, or no id begins so.
    """
    found = False
    for line, node in objects_of(path, stream_lines(path)):
        segment = node.get("doc_id")
        if not isinstance(segment, str) or not segment.strip():
            raise DataError(path, line, "doc_id is missing or not a text")
        if not segment.startswith(prefix):
            continue
        found = True
        source, outputs = node.get("src_text"), node.get("tgt_text")
        if not isinstance(source, str):
            raise DataError(path, line, "src_text is missing or not a text")
        if not isinstance(outputs, dict) or not all(isinstance(t, str) for t in outputs.values()):
            raise DataError(path, line, "tgt_text is missing or not an object of texts by system")
        yield WmtLine(line, segment, source, outputs, _scores(path, line, node.get("scores", {})))
    if not found:
        raise DataError(path, None, f"no doc_id begins with {prefix!r}")


def read_wmt_judgements(path: Path | str, prefix: str = "") -> Judgements:
    """Return the scores of raters; a rater's second score of an output is that of one more rater.

    Raises:
        DataError: as `wmt_lines`, or there are no scores.
    """
    collected = Collected(path)
    for row in wmt_lines(path, prefix):
        for system, given in row.scores.items():
            times = Counter[str]()
            for rater, value in given:
                times[rater] += 1
                name = rater if times[rater] == 1 else f"{rater} ({times[rater]})"
                collected.add(row.line, (name, system, row.segment), value)
    return collected.judgements()


def _scores(path: Path | str, line: int, given: object) -> dict[str, list[tuple[str, float]]]:
    if not isinstance(given, dict):
        raise DataError(path, line, "scores is not an object by system")
    scores: dict[str, list[tuple[str, float]]] = {}
    for system, entries in given.items():
        if not isinstance(entries, list):
            raise DataError(path, line, f"scores of {system} are not a list")
        scores[system] = [_score(path, line, system, entry) for entry in entries]
    return scores


def _score(path: Path | str, line: int, system: str, entry: object) -> tuple[str, float]:
    rater = entry.get("annotator") if isinstance(entry, dict) else None
    value = entry.get("score") if isinstance(entry, dict) else None
    # WMT24 writes scores as texts.
    number = _number(value)
    if not isinstance(rater, str | int) or number is None:
        fault = f"a score of {system} lacks an annotator, or a score that is a number"
        raise DataError(path, line, fault)
    return str(rater), number


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None
