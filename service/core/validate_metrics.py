"""Validates metrics on lattices of gold edits for a request, with bounded work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.data.m2 import parse_m2
from evaluation.execution.progress import quietly
from evaluation.lattice.chains import Lattice, build
from evaluation.lattice.config import LatticeOptions
from evaluation.lattice.experiment import LatticeResult, score_lattice
from evaluation.lattice.gold import Gold, joined
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.metrics.registry import entries, load_metric
from evaluation.records import Annotated, DataError, GoldEdit
from service.core import limits
from service.core.admission import check_work
from service.core.admission.evaluations import work_of_validation
from service.core.limits import Refused

OFFERED = tuple(name for name, entry in entries().items() if entry.cost == "low")
"""Metrics that requests can use: their time grows with the words only."""

RESAMPLES = 200

_M2 = ("m2",)


@dataclass(frozen=True)
class Question:
    """The text of an M2 file with gold edits, the metrics to validate on them, and the plan."""

    m2: str
    metrics: Sequence[str]
    plan: LatticeOptions


def read(m2: str, metrics: Sequence[str]) -> Gold:
    """Return the gold edits in the text of an M2 file, for `metrics` to be validated on.

    Raises:
        Refused: it is not M2, or exceeds a limit.
    """
    apart = _joined_across(metrics)
    try:
        sentences = parse_m2(m2.split("\n"), "m2")
    except DataError as error:
        raise Refused("invalid-m2", _M2, str(error)) from None
    if not sentences:
        raise Refused("invalid-m2", _M2, "has no sentences")
    if len(sentences) > limits.CORRECTED_SENTENCES:
        most = limits.CORRECTED_SENTENCES
        raise Refused("too-many", _M2, f"has {len(sentences)} sentences; the limit is {most}")
    for number, sentence in enumerate(sentences, start=1):
        _check(number, sentence, apart)
    return joined({"gold": sentences})


def answer(question: Question, deadline_s: float) -> LatticeResult:
    """Return the result of the validation.

    Raises:
        Refused: the gold edits cannot be read, or exceed a limit; the lattice has too many texts,
            or no edits, or takes longer than the deadline.
    """
    gold = read(question.m2, question.metrics)
    lattice = build(gold, question.plan.chains, question.plan.seed)
    _check_texts(lattice)
    check_work(work_of(lattice, question.metrics), deadline_s, _M2)
    metrics = {name: load_metric(name) for name in question.metrics}
    try:
        return score_lattice(gold, gold, metrics, question.plan, quietly)
    except ValueError as error:
        raise Refused("not-computable", _M2, str(error)) from error


def work_of(lattice: Lattice, metrics: Sequence[str]) -> int:
    """Return about how many units of work the validation of `metrics` on a lattice takes."""
    sentences = lattice.gold.sentences
    texts = {(chain.sentence, text) for chain in lattice.chains for text in chain.texts}
    tokens = sum(len(sentences[sentence].source) for sentence, _ in texts)
    annotators = max(len(sentence.annotations) for sentence in sentences)
    return work_of_validation(tokens, annotators, metrics)


def _check(number: int, sentence: Annotated, apart: int) -> None:
    if len(sentence.source) > limits.CORRECTED_TOKENS:
        most = limits.CORRECTED_TOKENS
        detail = f"sentence {number} has {len(sentence.source)} tokens; the limit is {most}"
        raise Refused("text-too-long", _M2, detail)
    if len(sentence.annotations) > limits.MOST_REFERENCES:
        most, n = limits.MOST_REFERENCES, len(sentence.annotations)
        detail = f"sentence {number} has {n} annotators; the limit is {most}"
        raise Refused("too-many", _M2, detail)
    if any(len(token) > limits.LONGEST_TOKEN for token in _tokens(sentence)):
        most = limits.LONGEST_TOKEN
        detail = f"sentence {number} has a token of over {most} characters, which is the limit"
        raise Refused("text-too-long", _M2, detail)
    changed = max(_changed_together(golds, apart) for golds in sentence.annotations.values())
    if changed > limits.CHANGED_TOKENS:
        most = limits.CHANGED_TOKENS
        detail = f"an annotator of sentence {number} changes {changed} tokens in one place"
        raise Refused("too-many", _M2, f"{detail}; the limit is {most}")


def _check_texts(lattice: Lattice) -> None:
    if lattice.texts > limits.LATTICE_TEXTS:
        most = limits.LATTICE_TEXTS
        detail = f"makes {lattice.texts} texts; the limit is {most}"
        raise Refused("too-many", _M2, detail)


def _tokens(sentence: Annotated) -> Iterable[str]:
    yield from sentence.source
    for golds in sentence.annotations.values():
        for gold in golds:
            for words in gold.replacements:
                yield from words


def _joined_across(metrics: Sequence[str]) -> int:
    """Return the most unchanged tokens that MaxMatch joins an edit across, as it is asked for."""
    loaded = [MaxMatch(), *map(load_metric, metrics)]
    return max(metric.max_unchanged for metric in loaded if isinstance(metric, MaxMatch))


def _changed_together(golds: Iterable[GoldEdit], apart: int) -> int:
    """Return the most tokens changed with no more than `apart` unchanged between them."""
    most = changed = 0
    done = -apart - 1
    for gold in sorted(golds, key=lambda one: (one.start, one.end)):
        if gold.start - done > apart:
            changed = 0
        changed += max(gold.end - gold.start, 1, *map(len, gold.replacements))
        most, done = max(most, changed), max(done, gold.end)
    return most
