"""Estimates of work against the CPU time that it takes, over requests made to cost.

Units of work are about a microsecond on the machine that they were fitted on; on another all times
are longer or shorter alike, so each ratio is divided by the median of all. It fails where one is
off by a factor of 3, as `service.core.admission.MOST_OFF` says.

    python -m benchmarks.costs [case ...]
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from math import log
from typing import NamedTuple

import numpy as np

from benchmarks.attacks import gold_edits, respaced, rewritten
from benchmarks.table import publish
from ensemble.candidates import Kind
from ensemble.combiners.registry import create
from evaluation.lattice.chains import build
from evaluation.lattice.config import LatticeOptions
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.records import Segment
from service.core import evaluate_metrics, validate_metrics
from service.core.admission import MOST_OFF
from service.core.admission.segments import work_of
from service.core.combining import combine_segment

SEED, TIMES = 24, 3
HAN = [chr(0x4E00 + i) for i in range(3000)]
WORDS = "the a of to and in that it was for on with at be this have by were friend children".split()


class Case(NamedTuple):
    """A request: its units of work as estimated, and the work."""

    name: str
    units: int
    work: Callable[[], object]


def main(names: list[str]) -> None:
    """Print the table; a minute or two. Exits where an estimate is too far off."""
    chosen = [c for c in cases(random.Random(SEED)) if not names or any(n in c.name for n in names)]
    measured = [1e6 * min(map(timed, [case.work] * TIMES)) for case in chosen]
    ratios = np.array([case.units for case in chosen]) / measured
    usual = float(np.median(ratios))
    rows: list[dict[str, object]] = [
        {
            "case": case.name,
            "units": f"{case.units:,}",
            "CPU ms": f"{microseconds / 1000:.1f}",
            "estimated / measured": f"{ratio / usual:.2f}",
        }
        for case, microseconds, ratio in zip(chosen, measured, ratios, strict=True)
    ]
    publish("python -m benchmarks.costs", rows, f"Median: {usual:.2f} units a microsecond.")
    off = [
        c.name for c, r in zip(chosen, ratios / usual, strict=True) if abs(log(r)) > log(MOST_OFF)
    ]
    if off:
        sys.exit(f"off by more than a factor of {MOST_OFF}: {', '.join(off)}")


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds of work in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def cases(draw: random.Random) -> Iterator[Case]:
    """Yield requests of every kind, most of them made to cost."""
    for systems, words, share in ((7, 200, 0.1), (7, 2000, 0.1), (7, 2000, 0.7), (31, 900, 1.0)):
        name = f"{systems} systems change {share:.0%} of {words:,} words"
        yield combined(name, written(draw, words, systems, share))
    yield combined("three letters", written(draw, 2000, 7, 0.7, list("abc")))
    yield combined("one word over and over", written(draw, 2000, 7, 0.5, ["a"]))
    yield combined("rewritten stretches", segment_of(rewritten()))
    yield combined("respaced words", segment_of(respaced()))
    yield combined("Han, all else", texts(draw, 2000, 7, HAN))
    yield combined("Han of 100 characters", texts(draw, 2000, 7, HAN[:100]))
    yield combined("punctuation", texts(draw, 1800, 7, list(".,!?;:")))
    shared = written(draw, 2000, 1, 0.3)
    outputs = {f"s{i}": f"{shared.hypotheses['s0']} w{i}" for i in range(31)}
    yield combined("31 systems share their changes", Segment(shared.source, outputs))
    yield from spaced_and_repeated(draw)
    for combiner in ("mbr", "fuse"):
        for systems, words in ((7, 2000), (32, 2000)):
            segment = written(draw, words, systems, 1.0)
            yield combined(f"{combiner}, {systems} texts of {words:,} words", segment, combiner)
    for name, letters in (("nine letters", list("abcdefgh ")), ("Han", HAN)):
        yield combined(f"mbr, 32 texts of {name}", texts(draw, 10_000, 32, letters), "mbr")
    yield combined("mbr, 2 long texts", texts(draw, 60_000, 2, list("abcdefgh ")), "mbr")
    yield from evaluations(draw)
    yield from validations()


def spaced_and_repeated(draw: random.Random) -> Iterator[Case]:
    """Yield texts whose words stay, but for white space, and deletions of repeated words."""
    words, han = draw.choices(WORDS, k=2000), draw.choices(HAN, k=2000)
    for name, source, output in (
        ("lines instead of blanks", " ".join(words), "\n".join(words)),
        ("blanks between Han", "".join(han), " ".join(han)),
        ("a word 2,000 times, deleted", " ".join(["ha"] * 2000), "ha"),
        ("a Han 2,000 times, deleted", HAN[0] * 2000, HAN[0]),
    ):
        yield combined(name, Segment(source, {"a": output, "b": output}))


def combined(name: str, segment: Segment, combiner: str = "vote") -> Case:
    """Return the case of one segment."""
    kind: Kind = "edits" if combiner == "vote" else "texts"
    made = create(combiner)
    units = asyncio.run(work_of(segment, kind, made))
    return Case(name, units, lambda: combine_segment(segment, kind, made, "keep", ()))


def written(
    draw: random.Random, words: int, systems: int, share: float, known: list[str] = WORDS
) -> Segment:
    """Return random words, of which each system replaces, adds or deletes this share."""
    source = draw.choices(known, k=words)
    outputs = {f"s{i}": " ".join(changed(draw, source, share, known)) for i in range(systems)}
    return Segment(" ".join(source), outputs)


def changed(draw: random.Random, words: list[str], share: float, known: list[str]) -> Iterator[str]:
    """Yield words, some of them replaced, some after a new one, and some left out."""
    for word in words:
        change = draw.random() / share
        if change < 2 / 3:
            yield draw.choice(known)
        if change > 1 / 3 and not 2 / 3 < change < 1:
            yield word


def texts(draw: random.Random, length: int, systems: int, letters: list[str]) -> Segment:
    """Return random texts without anything in common."""
    source, *others = ("".join(draw.choices(letters, k=length)) for _ in range(systems + 1))
    return Segment(source, {f"s{i}": text for i, text in enumerate(others)})


def segment_of(body: dict[str, object]) -> Segment:
    """Return the segment of a request to combine."""
    return Segment(str(body["source"]), dict(body["outputs"]))  # type: ignore[call-overload]


def evaluations(draw: random.Random) -> Iterator[Case]:
    """Yield evaluations with as much as they may have of one thing or another."""
    for metrics, systems, segments in ((8, 32, 32), (2, 2, 2048), (1, 4, 1000)):
        judged = {f"s{i}": numbers(draw, segments) for i in range(systems)}
        scores = {
            f"m{k}": {name: numbers(draw, segments) for name in judged} for k in range(metrics)
        }
        question = evaluate_metrics.Question(judged, scores, None, (), "none")
        name = f"evaluation, {metrics} metrics of {systems * segments:,} outputs"
        yield Case(name, question.units, lambda q=question: evaluate_metrics.answer(q))  # type: ignore[misc]
    outputs = {f"s{i}": [text(draw, 2000) for _ in range(4)] for i in range(6)}
    sources = tuple(text(draw, 2000) for _ in range(4))
    dataset = Dataset(tuple(outputs), tuple("1234"), outputs, sources, None)
    judged = {name: numbers(draw, 4) for name in outputs}
    names = ("chrf-source", "bleu-source", "chrf++-source", "levenshtein-source")
    characters = 2 * sum(len(one) for own in outputs.values() for one in own)
    question = evaluate_metrics.Question(
        judged, None, dataset, names, "none", characters=characters
    )
    yield Case(
        "evaluation of long texts", question.units, lambda: evaluate_metrics.answer(question)
    )


def validations() -> Iterator[Case]:
    """Yield validations on sentences of repeated words, by metrics that cost differently."""
    m2 = str(gold_edits()["m2"])
    for metric in ("chrf", "gleu", "maxmatch"):
        gold = validate_metrics.read(m2, [metric])
        plan = LatticeOptions(resamples=validate_metrics.RESAMPLES)
        question = validate_metrics.Question(m2, [metric], plan)
        units = validate_metrics.work_of(build(gold, plan.chains, plan.seed), [metric])
        yield Case(
            f"validation of {metric}",
            units,
            lambda q=question: validate_metrics.answer(q, 1e9),  # type: ignore[misc]
        )


def numbers(draw: random.Random, n: int) -> list[float]:
    """Return random scores."""
    return [draw.gauss(0, 1) for _ in range(n)]


def text(draw: random.Random, words: int) -> str:
    """Return random words."""
    return " ".join(draw.choices(WORDS, k=words))


if __name__ == "__main__":
    main(sys.argv[1:])
