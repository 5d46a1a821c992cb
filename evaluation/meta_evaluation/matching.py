"""Matches judgements, or scores of metrics, with texts by the ids of systems and segments.

What finds no partner is counted, shown and, if it is much, an error.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.data.judgements import Judgements
from evaluation.data.segment_ids import better_offset, match_ids
from evaluation.errors import InputError
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.options import UNMATCHED_TOLERANCE
from evaluation.meta_evaluation.unmatched import (
    EXAMPLES,
    JUDGEMENTS,
    Matching,
    Unmatched,
    Words,
    unmatched,
)
from evaluation.types import Array, Booleans, Integers


def match(
    judgements: Judgements,
    dataset: Dataset,
    tolerance: float = UNMATCHED_TOLERANCE,
    words: Words = JUDGEMENTS,
) -> tuple[Array, Matching]:
    """Return the judgements in the order of the dataset, and what has no partner.

    Args:
        judgements: the judgements of systems of the dataset; other systems are not matched.
        dataset: the texts.
        tolerance: the share of the judgements that may be without a text; 1 allows all but one.
        words: how errors and notes call judgements and texts; scores are matched in the same way.

    Returns:
        Values of the shape (raters, systems, segments), NaN where a judgement is missing; and the
        counts with examples.

    Raises:
        InputError: no judgement has a text; or, with a tolerance below 1, more than the tolerance
            are without one, a system has judgements but none with a text, or an offset of the ids
            would match more.
    """
    systems = [name for name in dataset.systems if name in judgements.systems]
    chosen = judgements.select(systems)
    renamed = _match_ids(chosen, dataset)
    values = _placed(chosen, dataset, renamed)
    per_cell = _rated(chosen).sum(axis=0)
    lost = [name not in renamed for name in chosen.segments]
    result = Matching(
        _lost(chosen, per_cell * np.array(lost)),
        _lost(chosen, per_cell * _absent(chosen, dataset, renamed)),
        _not_judged(values, dataset),
        tuple((given, text) for given, text in renamed.items() if given != text),
        words,
    )
    _check(result, chosen, dataset, tolerance)
    return values, result


def _rated(judgements: Judgements) -> Booleans:
    """Return where there is a judgement, shape (raters, systems, segments)."""
    return np.asarray(~np.isnan(judgements.values))


def _match_ids(judgements: Judgements, dataset: Dataset) -> dict[str, str]:
    """Return the text of each segment that was judged.

    Ids of two forms are the same text's only if no rater judges a system under both.
    """
    used = np.asarray(_rated(judgements).any(axis=(0, 1)))
    segments = [name for name, is_used in zip(judgements.segments, used, strict=True) if is_used]
    matched = match_ids(segments, dataset.segments)
    index = {name: i for i, name in enumerate(judgements.segments)}
    cells = _rated(judgements).reshape(-1, len(judgements.segments))
    taken = {name: cells[:, index[name]] for name in matched if name == matched[name]}
    kept = {name: name for name in taken}
    for given, text in matched.items():
        if given == text:
            continue
        own = cells[:, index[given]]
        before = taken.get(text, np.zeros(len(cells), dtype=bool))
        if bool(np.any(own & before)):
            return {name: target for name, target in matched.items() if name == target}
        taken[text] = own | before
        kept[given] = text
    return kept


def _placed(judgements: Judgements, dataset: Dataset, renamed: Mapping[str, str]) -> Array:
    """Return the values in the order of the dataset."""
    rows = [dataset.systems.index(name) for name in judgements.systems]
    column = {name: i for i, name in enumerate(dataset.segments)}
    shape = len(judgements.raters), len(dataset.systems), len(dataset.segments)
    values = np.full(shape, np.nan)
    for i, name in enumerate(judgements.segments):
        if name in renamed:
            given = judgements.values[:, :, i]
            before = values[:, rows, column[renamed[name]]]
            values[:, rows, column[renamed[name]]] = np.where(np.isnan(given), before, given)
    return values


def _absent(judgements: Judgements, dataset: Dataset, renamed: Mapping[str, str]) -> Integers:
    """Return 1 where the output of a matched segment is absent, shape (systems, segments)."""
    column = {name: i for i, name in enumerate(dataset.segments)}
    absent = np.zeros((len(judgements.systems), len(judgements.segments)), dtype=np.int64)
    for row, system in enumerate(judgements.systems):
        outputs = dataset.outputs[system]
        for i, name in enumerate(judgements.segments):
            absent[row, i] = name in renamed and outputs[column[renamed[name]]] is None
    return absent


def _lost(judgements: Judgements, counts: Integers) -> Unmatched:
    """Return the number of judgements and examples, of counts of shape (systems, segments)."""
    cells = [
        f"{judgements.systems[row]} on segment {judgements.segments[i]!r}"
        for i, row in np.argwhere(counts.T > 0)[:EXAMPLES]
    ]
    rated = int(_rated(judgements).sum())
    return Unmatched(int(counts.sum()), rated, tuple(cells))


def _not_judged(values: Array, dataset: Dataset) -> Unmatched:
    """Return the outputs of judged systems that have no judgement."""
    judged = np.asarray((~np.isnan(values)).any(axis=0))
    present = np.array([[text is not None for text in dataset.outputs[n]] for n in dataset.systems])
    wanted = present & judged.any(axis=1, keepdims=True)
    places = np.argwhere((wanted & ~judged).T)
    cells = [(dataset.systems[row], dataset.segments[i]) for i, row in places]
    return unmatched(cells, int(wanted.sum()))


def _check(found: Matching, judgements: Judgements, dataset: Dataset, tolerance: float) -> None:
    of, lost = found.judgements.of, found.judgements.count + found.absent.count
    if lost < of and tolerance >= 1:
        return
    offset = _offset(judgements, dataset) if found.judgements.count else None
    alone = _without_any(judgements, dataset, dict(found.renamed))
    if not of or (lost < of and lost <= tolerance * of and offset is None and not alone):
        return
    raise InputError("invalid-data", _fault(found, judgements, dataset, offset, alone))


def _offset(judgements: Judgements, dataset: Dataset) -> int | None:
    counts = _rated(judgements).sum(axis=(0, 1))
    by_id = {name: int(n) for name, n in zip(judgements.segments, counts, strict=True) if n}
    return better_offset(by_id, dataset.segments)


def _without_any(judgements: Judgements, dataset: Dataset, renamed: Mapping[str, str]) -> list[str]:
    """Return the systems that are judged, but never on a text that they have."""
    column = {name: i for i, name in enumerate(dataset.segments)}
    rated = np.asarray(_rated(judgements).any(axis=0))
    names = []
    for row, system in enumerate(judgements.systems):
        ids = [judgements.segments[i] for i in np.flatnonzero(rated[row])]
        places = [column.get(renamed.get(name, name)) for name in ids]
        outputs = dataset.outputs[system]
        if ids and not any(i is not None and outputs[i] is not None for i in places):
            names.append(system)
    return names


def _fault(
    found: Matching,
    judgements: Judgements,
    dataset: Dataset,
    offset: int | None,
    alone: Sequence[str],
) -> str:
    lost = found.judgements.count + found.absent.count
    examples = (*found.judgements.examples, *found.absent.examples)[:EXAMPLES]
    given, partner = found.words
    count = f"{lost} of {found.judgements.of} {given} have no {partner}"
    parts = [f"{count}: {', '.join(examples)}"]
    if lost == found.judgements.of and found.judgements.count == lost:
        example = f"{judgements.segments[0]!r} and not {dataset.segments[0]!r}"
        parts = [f"the {given} are of other segments than the {partner}s: {example}", *parts]
    elif alone:
        parts.append(f"none of those of {', '.join(alone)} has one")
    spans = _span(judgements.segments), _span(dataset.segments)
    parts.append(f"{given} are of segments {spans[0]}, {partner}s of {spans[1]}")
    if offset is not None:
        sign = "adding" if offset > 0 else "subtracting"
        place = "to" if offset > 0 else "from"
        parts.append(f"{sign} {abs(offset)} {place} the ids of the {given} would match more")
    parts.append("correct the ids, or raise `unmatched_tolerance` (1 allows all)")
    return "; ".join(parts)


def _span(segments: Sequence[str]) -> str:
    """Return the first and the last ids, and their number."""
    listed = ", ".join(map(repr, segments[:EXAMPLES]))
    if len(segments) <= EXAMPLES:
        return listed
    return f"{listed} … {segments[-1]!r} ({len(segments)})"
