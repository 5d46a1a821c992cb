"""Reads texts and judgements of a benchmark that are in layouts of WMT."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluation.data.esa import read_esa
from evaluation.data.judgements import Judgements
from evaluation.data.mqm import mqm_rows, read_mqm
from evaluation.data.segment_scores import read_segment_scores
from evaluation.data.wmt_lines import read_wmt_judgements, wmt_lines
from evaluation.meta_evaluation.gathered_texts import Gathered, Gathering
from evaluation.meta_evaluation.wmt_schema import (
    EsaJudgements,
    LineScores,
    MqmJudgements,
    MqmTexts,
    SegmentScores,
    WmtTexts,
)
from evaluation.records import DataError


class _Output(NamedTuple):
    path: Path
    line: int
    segment: str
    system: str
    text: str
    source: str


def read_wmt_scores(
    root: Path, given: MqmJudgements | EsaJudgements | LineScores | SegmentScores
) -> Judgements:
    """Return judgements in a layout of WMT.

    Raises:
        DataError: as `read_mqm`, `read_esa`, `read_wmt_judgements` and `read_segment_scores`.
    """
    if isinstance(given, LineScores):
        return read_wmt_judgements(root / given.path, given.prefix)
    if isinstance(given, SegmentScores):
        return read_segment_scores(root / given.path)
    paths = [root / path for path in given.path]
    if isinstance(given, EsaJudgements):
        return read_esa(paths, given.pair, given.numbered_from)
    return read_mqm(paths, given.penalties, given.segment, given.numbered_from)


def read_wmt_texts(root: Path, given: MqmTexts | WmtTexts) -> Gathered:
    """Return texts in a layout of WMT; outputs of `references` are references, not outputs.

    Raises:
        DataError: as `read_mqm` and `wmt_lines`, a system has two outputs on a segment, or a
            reference is named that the file does not have.
    """
    outputs = list(_mqm(root, given) if isinstance(given, MqmTexts) else _lines(root, given))
    references: dict[str, dict[str, str]] = {name: {} for name in given.references}
    for output in outputs:
        if output.system in references:
            references[output.system][output.segment] = output.text
    path = outputs[-1].path
    if unknown := [name for name, texts in references.items() if not texts]:
        names = ", ".join(dict.fromkeys(output.system for output in outputs))
        raise DataError(path, None, f"no reference {unknown[0]!r} among {names}")
    gathering = Gathering(path)
    for output in outputs:
        if output.system not in references:
            others = output.source, _of(references, output.segment)
            gathering.add(output.line, output.segment, output.system, output.text, others)
    return gathering.texts(has_sources=True, has_references=bool(references))


def _of(references: Mapping[str, Mapping[str, str]], segment: str) -> tuple[str, ...]:
    return tuple(texts[segment] for texts in references.values() if segment in texts)


def _mqm(root: Path, given: MqmTexts) -> Iterator[_Output]:
    for path in _paths(root, given.path):
        for row in mqm_rows(path, given.segment, given.numbered_from):
            yield _Output(path, row.line, row.segment, row.system, row.target, row.source)


def _lines(root: Path, given: WmtTexts) -> Iterator[_Output]:
    path = root / given.path
    for row in wmt_lines(path, given.prefix):
        for system, text in row.outputs.items():
            yield _Output(path, row.line, row.segment, system, text, row.source)


def _paths(root: Path, given: Sequence[str]) -> list[Path]:
    return [root / path for path in given]
