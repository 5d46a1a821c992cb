"""The kinds of comparisons that preferences consist of, for models of the strength of systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from evaluation.data.preferences import Preferences
from evaluation.errors import InputError
from evaluation.types import Array, Booleans, Integers

_MOST_EXACT = 20_000  # comparisons, above which differences of length are grouped
_STEPS = 5  # groups from 0 to 1; each has the mean of its comparisons, which biases no effect
_SHOWN = 5  # systems in an error
_COLLINEAR = 1e-9  # the share of an effect's variation that the systems do not explain
_OPEN = 1e-6  # of 1, by which a parameter may move in a direction; less is the solver's rounding


@dataclass(frozen=True, eq=False)
class Design:
    """The different kinds of comparisons: their systems and effects, as rows of `x`.

    `x` has the shape (kinds, systems + effects), `counts` how often the first was preferred,
    neither, and the second, by kind: (kinds, 3). `kind` is that of each comparison. `effects` are
    the names of the effects after the systems; `has_ties` says whether ties are modelled.
    """

    systems: int
    x: csr_array
    counts: Array
    kind: Integers
    effects: tuple[str, ...]
    has_ties: bool


def design(preferences: Preferences) -> tuple[Design, list[str]]:
    """Return the kinds of comparisons, and notes on effects that the data do not define.

    Raises:
        InputError: the systems fall into parts that no comparison connects.
    """
    _check_connected(preferences)
    s = len(preferences.systems)
    z = _longer(preferences)
    key = preferences.first * s + preferences.second
    if z is not None:
        grouped = np.rint(z * _STEPS) if len(z) > _MOST_EXACT else z
        levels, level = np.unique(grouped, return_inverse=True)
        key = key * len(levels) + level
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    counts = np.bincount(kind * 3 + 1 - preferences.preferred, minlength=3 * len(first))
    columns = {"position": np.ones(len(first))} if preferences.has_positions else {}
    if z is not None:
        columns["length"] = np.bincount(kind, z) / np.bincount(kind)
    pairs = preferences.first[first], preferences.second[first]
    effects, notes = _defined(_rows(*pairs, s, ()), columns)
    x = _rows(*pairs, s, [columns[name] for name in effects])
    has_ties = bool((preferences.preferred == 0).any())
    return Design(s, x, counts.reshape(-1, 3).astype(float), kind, effects, has_ties), notes


def identified(given: Design) -> tuple[Design, list[str]]:
    """Return the kinds without effects whose sign results without a maximum leave open, and notes.

    Where likelihood has no maximum, it rises along a cone of directions: those in which no result
    loses to another (Albert & Anderson 1984). An effect that may go either way in that cone is not
    told from the other parameters. The last one is left out first.
    """
    notes = []
    for i in reversed(range(len(given.effects))):
        if _either_way(given, given.systems + i):
            reason = "the data do not tell it from the strength of the systems"
            notes.append(f"no effect of {given.effects[i]}: {reason}")
            kept = np.arange(given.x.shape[1]) != given.systems + i
            effects = given.effects[:i] + given.effects[i + 1 :]
            x = csr_array(given.x[:, np.flatnonzero(kept)])
            given = replace(given, x=x, effects=effects)
    return given, notes[::-1]


def _either_way(given: Design, column: int) -> bool:
    """Return whether the parameter may rise and fall in directions that lower no likelihood."""
    tie = np.ones((len(given.counts), 1))
    half, none = given.x / 2, 0 * tie
    scores = [hstack([half, none]), hstack([0 * half, tie]), hstack([-half, none])]
    results = (0, 1, 2) if given.has_ties else (0, 2)
    rows = [
        (scores[other] - scores[seen]).tocsr()[np.flatnonzero(given.counts[:, seen])]
        for seen in results
        for other in results
        if other != seen
    ]
    limits, target = vstack(rows), np.zeros(given.x.shape[1] + 1)
    target[column] = 1.0
    zeros = np.zeros(limits.shape[0])
    found = [linprog(s * target, A_ub=limits, b_ub=zeros, bounds=(-1, 1)) for s in (1, -1)]
    return all(result.fun < -_OPEN for result in found)


def always_ahead(preferences: Preferences) -> str:
    """Return which systems never lost or tied against the others, as a note; empty if none did.

    Without effects, there are finite estimates if and only if there are none (Ford 1957).
    """
    s = len(preferences.systems)
    not_lost = np.zeros((s, s), dtype=bool)
    wins, losses = preferences.preferred >= 0, preferences.preferred <= 0
    not_lost[preferences.first[wins], preferences.second[wins]] = True
    not_lost[preferences.second[losses], preferences.first[losses]] = True
    n, part = connected_components(not_lost, directed=True, connection="strong")
    for i in range(n):
        inside = part == i
        if n > 1 and not not_lost[~inside][:, inside].any():
            return f"{_few(preferences, inside)} never lost or tied against the other systems"
    return ""


def _longer(preferences: Preferences) -> Array | None:
    """Return by how much the first is longer, -1 to 1; 0 where unknown, None if all are."""
    if preferences.lengths is None:
        return None
    first, second = preferences.lengths.T
    total = first + second
    known = ~np.isnan(total) & (total > 0)
    z = np.where(known, (first - second) / np.where(known, total, 1), 0.0)
    return z if (z != 0).any() else None


def _rows(first: Integers, second: Integers, s: int, columns: Sequence[Array]) -> csr_array:
    n, k = len(first), len(columns)
    entries = np.stack([np.ones(n), -np.ones(n), *columns], axis=1)
    effects = [np.full(n, s + i) for i in range(k)]
    places = np.stack([first, second, *effects], axis=1)
    starts = np.arange(n + 1) * (2 + k)
    return csr_array((entries.ravel(), places.ravel(), starts), shape=(n, s + k))


def _defined(pairs: csr_array, columns: Mapping[str, Array]) -> tuple[tuple[str, ...], list[str]]:
    """Return the effects that the systems and earlier effects do not explain, and notes."""
    names: list[str] = []
    notes = []
    known = (pairs.T @ pairs).toarray()
    basis = [pairs.T @ column for column in columns.values()]
    for i, (name, column) in enumerate(columns.items()):
        others = np.concatenate([basis[i], [columns[other] @ column for other in names]])
        explained = others @ np.linalg.pinv(known, hermitian=True) @ others
        if column @ column - explained > _COLLINEAR * (column @ column):
            known = np.block([[known, others[:, None]], [others[None], column @ column]])
            names.append(name)
        else:
            notes.append(f"no effect of {name}: it cannot be told from the strength of the systems")
    return tuple(names), notes


def _check_connected(preferences: Preferences) -> None:
    if not len(preferences):
        raise InputError("invalid-data", "no comparisons")
    n, part = connected_components(preferences.pair_counts() > 0, directed=False)
    if n == 1:
        return
    listed = " with ".join(_few(preferences, part == i) for i in range(min(n, 3)))
    fault = f"no comparison connects {listed}{' ...' if n > 3 else ''}"
    raise InputError("invalid-data", f"{fault}: their strengths cannot be compared")


def _few(preferences: Preferences, chosen: Booleans) -> str:
    names = [preferences.systems[i] for i in np.flatnonzero(chosen)]
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
