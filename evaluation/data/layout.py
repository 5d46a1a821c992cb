"""Tells which columns of a table, or files of a folder, are sources, outputs and references."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.records import DataError

SOURCES = ("source", "src", "input", "text", "sentence", "question", "prompt", "document")
REFERENCES = ("reference", "references", "target", "ref", "gold", "label", "answer", "correction")
_SHOWN = 20  # columns in an error
IDS = ("id", "segment", "segment_id", "seg_id", "idx", "index")


@dataclass(frozen=True, slots=True)
class Roles:
    """The column of sources, that of each system by its name, and those of references and ids."""

    source: str | None
    outputs: Mapping[str, str]
    references: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A choice of the columns of a table; columns that it leaves out are told by their names.

    `outputs` and `references` are names or patterns such as `hyp.*.en`, for which the part that
    `*` stands for is the name of the system. Without `outputs` each column that has no other use is
    that of a system, unless its name begins with `_`. Without `source`, `references` and `id`,
    columns with usual names (`SOURCES`, `REFERENCES`, `IDS`) are taken, in any case.
    """

    source: str | None = None
    outputs: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    id: str | None = None

    def roles(self, place: Path | str, names: Sequence[str]) -> Roles:
        """Return the use of each of the columns `names` of the table `place`.

        Raises:
            DataError: a column or pattern is not among them, a column has two uses, two columns
                have the same system, or no column is that of a system.
        """
        stated = {self.source, self.id, *self.references, *self.outputs}
        free = [name for name in names if name not in stated]
        source = _one(place, self.source, names) or _usual(free, SOURCES)
        identity = _one(place, self.id, names) or _usual(free, IDS)
        references = tuple(name for _, name in _matching(place, self.references, names, names))
        references = references or tuple(filter(None, [_usual(free, REFERENCES)]))
        taken = [*filter(None, [source, identity]), *references]
        left = [name for name in names if name not in taken]
        pairs = _matching(place, self.outputs, names, left)
        if not self.outputs:
            pairs = [(name, name) for name in left if name[:1] != "_"]
        _check(place, names, taken, pairs)
        return Roles(source, dict(pairs), references, identity)

    @property
    def is_stated(self) -> bool:
        """Whether anything is said."""
        return self != UNSTATED


UNSTATED = Layout()
"""Nothing is said: all columns are told by their names."""


def _usual(names: Sequence[str], usual: Sequence[str]) -> str | None:
    """Return the first of the `names` that are `usual`, in the order of the latter."""
    folded = {name.strip().casefold(): name for name in reversed(names)}
    return next((folded[name] for name in usual if name in folded), None)


def _one(place: Path | str, wish: str | None, names: Sequence[str]) -> str | None:
    """Return the one of `names` that is wished for: it, or the only one that matches it."""
    if wish is None or wish in names:
        return wish
    matches = [name for _, name in matching((wish,), names)]
    if len(matches) > 1:
        raise DataError(place, None, f"{wish!r} is {len(matches)} columns, {', '.join(matches)}")
    if not matches:
        raise _unknown(place, wish, names)
    return matches[0]


def matching(wishes: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the system and the column of each of `names` that one of `wishes` is, or matches.

    A wish that is not a name is a pattern, in which `*` and `?` stand for any letters and for one;
    what they stand for is the name of the system. It also matches regardless of case.
    """
    pairs = []
    for wish in wishes:
        if wish in names:
            pairs.append((wish, wish))
            continue
        pattern = re.escape(wish).replace(r"\*", "(.*)").replace(r"\?", "(.)")
        for flags in (re.DOTALL, re.DOTALL | re.IGNORECASE):
            matches = [(re.fullmatch(pattern, name.strip(), flags), name) for name in names]
            found = [("".join(match.groups()) or name, name) for match, name in matches if match]
            if found:
                pairs += found
                break
    return pairs


def _matching(
    place: Path | str, wishes: Sequence[str], names: Sequence[str], left: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the system and the column of each wish: one of the `names`, or a pattern of `left`."""
    pairs = []
    for wish in wishes:
        found = [(wish, wish)] if wish in names else matching((wish,), left)
        if not found:
            raise _unknown(place, wish, names)
        pairs += found
    return pairs


def _unknown(place: Path | str, wish: str, names: Sequence[str]) -> DataError:
    there = f"there are {listed(names)}" if names else "there are none"
    return DataError(place, None, f"no column {wish!r}; {there}")


def listed(names: Sequence[str]) -> str:
    """Return the names with commas between them, at most `_SHOWN` of them."""
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN))


def _check(
    place: Path | str,
    names: Sequence[str],
    taken: Sequence[str],
    outputs: Sequence[tuple[str, str]],
) -> None:
    """Refuse columns with two uses, two of one name or system, and a table without systems."""
    if not outputs:
        others = f"besides {', '.join(taken)}" if taken else "at all"
        fault = f"no column of a system: there are no columns {others}"
        raise DataError(place, None, fault)
    there = Counter(names)
    for name in (*taken, *(column for _, column in outputs)):
        if there[name] > 1:
            fault = f"has {there[name]} columns {name!r}; each needs a name of its own"
            raise DataError(place, None, fault)
    for name, times in Counter([*taken, *(column for _, column in outputs)]).items():
        if times > 1:
            raise DataError(place, None, f"the column {name!r} has {times} uses; one is the limit")
    for system, times in Counter(system for system, _ in outputs).items():
        if times > 1 or not system:
            fault = f"{times} columns are of the system {system!r}; each needs a name of its own"
            raise DataError(place, None, fault)
