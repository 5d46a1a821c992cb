"""The candidates of a segment with their combination, in a form that processes send quickly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from ensemble.candidates import Ballot, Candidate
from ensemble.decoding.decode import Combination, Decision
from evaluation.records import Edit

_Row = TypeVar("_Row", bound=tuple[Any, ...])
_Columns = Sequence[tuple[Any, ...]]


class Combined(NamedTuple):
    """The candidates of a segment, and their combination.

    A long text has thousands of candidates. They are pickled as columns, each with one field of
    all, which takes less than half the time of a record for each.
    """

    ballot: Ballot
    combination: Combination

    def __reduce__(self) -> tuple[Callable[..., "Combined"], tuple[Any, ...]]:
        """Return how it is made again in another process."""
        ballot, combination = self
        decided = tuple(decision.candidate for decision in combination.decisions)
        # Those of `fuse` change its backbone instead of the source.
        own = None if decided == ballot.candidates else _columns_of_candidates(decided)
        return _made_again, (
            replace(ballot, candidates=()),
            _columns_of_candidates(ballot.candidates),
            replace(combination, decisions=()),
            _columns(decision[1:] for decision in combination.decisions),
            own,
        )


def _made_again(
    ballot: Ballot,
    columns: _Columns,
    combination: Combination,
    decided: _Columns,
    own: _Columns | None,
) -> Combined:
    candidates = tuple(_candidates(columns))
    deciding = candidates if own is None else tuple(_candidates(own))
    decisions = tuple(_records(Decision, zip(deciding, *decided, strict=True)))
    return Combined(
        replace(ballot, candidates=candidates), replace(combination, decisions=decisions)
    )


def _columns(rows: Iterable[tuple[Any, ...]]) -> _Columns:
    """Return one field of all rows after the other; nothing of no rows."""
    return tuple(zip(*rows, strict=True))


def _columns_of_candidates(candidates: Sequence[Candidate]) -> _Columns:
    edits, *others = _columns(candidates) or ((),)
    return (*_columns(edits), *others)


def _candidates(columns: _Columns) -> Iterable[Candidate]:
    if not columns:
        return ()
    edits = _records(Edit, zip(*columns[: len(Edit._fields)], strict=True))
    return _records(Candidate, zip(edits, *columns[len(Edit._fields) :], strict=True))


def _records(record: type[_Row], rows: Iterable[tuple[Any, ...]]) -> Iterable[_Row]:
    """Return a named tuple for each row; to call its class takes twice as long."""
    return map(partial(tuple.__new__, record), rows)
