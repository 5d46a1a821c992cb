"""Sets of texts with references, and what `fuse` makes of them trained on other folds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.labelled import transcripts
from benchmarks.table import data
from benchmarks.texts import answered, rated
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.fuse import Fuse
from ensemble.combiners.registry import create
from ensemble.decoding.decode import Combination
from ensemble.targets import Loss, folds_of, from_references, subset
from evaluation.data.readers import read_lines
from evaluation.records import Segment
from evaluation.types import Integers

TERMS = ("fuse", "fuse:window=2", "fuse:window=1")
TRAINED = "fuse, trained"
FOLDS = 5

Runs = Mapping[str, Sequence[list[Combination]]]
"""By combiner, its combinations of all segments, in one run or in one a seed."""


class Fusible(NamedTuple):
    """Outputs of systems and the references of each segment."""

    ballots: list[Ballot]
    references: list[list[str]]


def recognised() -> Fusible:
    """Return seven recognisers' transcripts."""
    lines = read_lines(data("asr", "earnings21", "target.txt"))
    return Fusible(transcripts()[0], [[line] for line in lines])


def translated() -> Fusible:
    """Return eight systems' translations, and the first of the references."""
    segments, _ = rated()
    sources = read_lines(data("mt", "wmt21_zhen", "src.zh"))
    lines = read_lines(data("mt", "wmt21_zhen", "ref.A.en"))
    references = dict(zip(sources, lines, strict=True))
    ballots = list(collect_all(segments, "texts"))
    return Fusible(ballots, [[references[segment.source]] for segment in segments])


def reasoned() -> Fusible:
    """Return four language models' answers with their reasons, and the published ones."""
    segments, _ = answered()
    lines = read_lines(data("llm", "gsm8k", "references.jsonl"))
    return Fusible(
        list(collect_all(segments, "texts")),
        [[json.loads(line)] for line in lines],
    )


def summarised() -> Fusible:
    """Return sixteen systems' summaries, and eleven written by people."""
    documents = json.loads(data("summarization", "summeval.json").read_text(encoding="utf-8"))
    segments = [
        Segment("", {n: s["sys_summ"] for n, s in d["sys_summs"].items()}, has_source=False)
        for d in documents.values()
    ]
    references = [document["ref_summs"] for document in documents.values()]
    return Fusible(list(collect_all(segments, "texts")), references)


def made(texts: Fusible, loss: Loss, seeds: Sequence[int]) -> dict[str, list[list[Combination]]]:
    """Return what `mbr` and each `fuse` make of all segments, trained in one run a seed."""
    ballots = texts.ballots
    runs = {t: [combine_all(ballots, create(t).fit(ballots))] for t in ("mbr", *TERMS)}
    return runs | {TRAINED: [held_out(texts, loss, seed) for seed in seeds]}


def held_out(texts: Fusible, loss: Loss, seed: int) -> list[Combination]:
    """Return what `fuse` makes of each segment, trained on the other folds."""
    fold = folds_of(texts.ballots, FOLDS, seed)
    combined: dict[int, Combination] = {}
    for k in range(FOLDS):
        chosen = np.flatnonzero(fold == k)
        outputs = trained_on(texts, loss, seed, np.flatnonzero(fold != k), chosen)
        combined |= dict(zip(chosen.tolist(), outputs, strict=True))
    return [combined[i] for i in range(len(texts.ballots))]


def trained_on(
    texts: Fusible, loss: Loss, seed: int, training: Integers, test: Integers
) -> list[Combination]:
    """Return what `fuse` makes of the segments `test`, trained on the segments `training`."""
    targets = replace(from_references(texts.ballots, texts.references), loss=loss)
    combiner = Fuse.learn(*subset(texts.ballots, targets, training), seed=seed)
    asked = [texts.ballots[i] for i in test.tolist()]
    return combine_all(asked, combiner.fit(asked))
