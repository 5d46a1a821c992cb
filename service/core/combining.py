"""Combines one segment: what the engine runs, on the event loop or in its thread."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from ensemble.candidates import Kind, collect
from ensemble.candidates.answers import is_answer
from ensemble.candidates.incomplete import Incomplete, Slot
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner, combine, is_settled
from ensemble.combiners.registry import names
from ensemble.systems import Answer
from ensemble.timing import lap
from evaluation.records import Segment
from service.core.combined import Combined
from service.core.limits import Refused, check_output, check_text
from service.core.query import Query, SystemResult


def is_certain(combiner: Combiner, incomplete: Incomplete) -> bool:
    """Return whether systems that have not answered cannot change the outcome."""
    try:
        for text in incomplete.answers.values():
            check_text(text, [])
    except Refused:
        return False  # an output of the query, which is refused when it is combined
    return is_settled(combiner, incomplete)


def incomplete(
    query: Query,
    segment: Segment,
    kind: Kind,
    order: Sequence[str],
    may_change_protected: Trusted,
    answers: Mapping[str, Answer],
    missing: Sequence[Slot],
) -> Incomplete:
    """Return a segment with the outputs in the query and the answers so far."""
    texts = {
        name: answers[name].text if name in answers else segment.hypotheses.get(name)
        for name in order
    }
    known = replace(segment, hypotheses=texts)
    return Incomplete(known, kind, missing, query.label_case, may_change_protected)


def combine_segment(
    segment: Segment,
    kind: Kind,
    combiner: Combiner,
    label_case: LabelCase,
    may_change_protected: Trusted,
) -> Combined:
    """Return the candidates of a segment, and their combination.

    Raises:
        Refused: a text takes too long to align.
    """
    lap("queue")
    check_source(segment.source, kind)
    for name, text in segment.hypotheses.items() if aligns(kind, combiner) else ():
        check_output(segment.distributions.get(name, text), ["outputs", name])
    ballot = collect(
        segment, kind, label_case=label_case, may_change_protected=may_change_protected
    )
    lap("align")
    combination = combine(ballot, combiner)
    lap("decode")
    return Combined(ballot, combination)


def aligns(kind: Kind, combiner: Combiner) -> bool:
    """Return whether outputs may be aligned: not whole texts from which a combiner chooses one."""
    return kind != "texts" or combiner.name not in _choosing()


@lru_cache(maxsize=1)
def _choosing() -> frozenset[str]:
    return frozenset(names(lambda entry: entry.stateless and not entry.writes))


def check_source(source: str, kind: Kind) -> None:
    """Refuse a source that takes too long to align; those of texts and labels are not aligned.

    Raises:
        Refused: it does.
    """
    if kind == "edits":
        check_text(source, ["source"])


def size_of(segment: Segment) -> int:
    """Return the number of characters in the texts of a segment, and in its labels."""
    labels = chain.from_iterable(segment.distributions.values())
    texts = filter(None, segment.hypotheses.values())
    return len(segment.source) + sum(map(len, chain(texts, labels)))


def supplied(source: str, text: str | None, weight: float) -> SystemResult:
    """Return the result of a system whose output is in the request."""
    if text is None:
        return SystemResult("missing", weight, reason="no output was given")
    if not is_answer(source, text):
        reason = "its output is empty, and the source is not"
        return SystemResult("missing", weight, reason=reason)
    return SystemResult("ok", weight)
