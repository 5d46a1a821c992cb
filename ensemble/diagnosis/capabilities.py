"""What each system is able to do: how much it gets right of each kind of thing there is to do.

For edits an item is a gold edit, by its type, its place and its company; for labels a segment,
by the label that is right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.candidates import Ballot
from ensemble.candidates.labels import label_key
from ensemble.candidates.proposals import changes
from ensemble.competence import systems_of
from ensemble.diagnosis.outputs import Bounds, Material
from ensemble.targets import Key, gold_keys, key_of
from ensemble.types import Array, Booleans
from evaluation.edits.classify import classify

LEAST = 30
"""Kinds with fewer items than this are taken together."""
REST = "other"

_THIRDS = ("first third", "middle third", "last third")
_LENGTHS = ("short text", "medium text", "long text")


@dataclass(frozen=True, eq=False)
class Items:
    """n things to get right: who did, (s, n), and what kind each is, by facet."""

    systems: tuple[str, ...]
    right: Booleans
    facets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Capabilities:
    """The share that each of s systems gets right of each of c kinds, (s, c), of `n` (c,) items.

    `halves` (2, s, c) are the shares on either half of the items, every second one, and
    `halves_n` (2, c) of how many.
    """

    systems: tuple[str, ...]
    names: tuple[str, ...]
    share: Array
    n: Array
    halves: Array
    halves_n: Array


def items_of(material: Material, groups: Mapping[str, Bounds]) -> Items:
    """Return the items of what systems were to do.

    Raises:
        ValueError: it is not known what is right, or of texts only how good they are.
    """
    ballots = material.ballots
    if ballots[0].kind == "edits" and (material.gold or material.references):
        return _edits(material, groups)
    if ballots[0].kind == "labels" and material.references:
        return _labels(ballots, material.references, groups)
    raise ValueError("capabilities need gold edits, or references of edits or labels")


def capabilities_of(items: Items, facet: str, least: int = LEAST) -> Capabilities:
    """Return the share of each kind of a facet that each system gets right, common ones first.

    Raises:
        ValueError: there are no items.
    """
    kinds = np.array(items.facets[facet], dtype=object)
    if not len(kinds):
        raise ValueError("there is nothing to get right: no gold edits, or no labels")
    names, times = np.unique(kinds, return_counts=True)
    kept = [str(name) for name in names[np.argsort(-times, kind="stable")]
            if times[names == name][0] >= least]  # fmt: skip
    kinds = np.where(np.isin(kinds, kept), kinds, REST)
    shown = [*kept, *([REST] if REST in kinds and REST not in kept else [])]
    member = np.array([kinds == name for name in shown], dtype=float)
    # Every second of each kind: the first half of a corpus may be of another sort.
    odd = (np.cumsum(member, axis=1) % 2 == 1) & (member > 0)
    parts = [member, member * odd, member * ~odd]
    (n, *halves_n), (share, *halves) = zip(
        *(_shares(items.right, one) for one in parts), strict=True
    )
    return Capabilities(items.systems, tuple(shown), share, n, np.array(halves), np.array(halves_n))


def _shares(right: Booleans, member: Array) -> tuple[Array, Array]:
    n = member.sum(axis=1)
    return n, (right @ member.T) / np.maximum(n, 1)


def _edits(material: Material, groups: Mapping[str, Bounds]) -> Items:
    ballots = material.ballots
    systems = tuple(systems_of(ballots))
    lengths = np.quantile([len(ballot.tokens) for ballot in ballots], [1 / 3, 2 / 3])
    right: list[Booleans] = []
    facets: dict[str, list[str]] = {"type": [], "place": [], "length": [], "errors": []}
    if groups:
        facets["group"] = []
    for number, (ballot, found) in enumerate(zip(ballots, _to_do(material), strict=True), start=1):
        voters = {key_of(c.edit): c.voters for c in ballot.candidates}
        size = len(ballot.tokens)
        for keys, type_ in found:
            who = {name for key in keys for name in voters.get(key, ())}
            right.append(np.array([name in who for name in systems]))
            facets["type"].append(type_)
            facets["place"].append(_THIRDS[min(2, 3 * keys[0][0] // max(size, 1))])
            facets["length"].append(_LENGTHS[int(np.searchsorted(lengths, size, side="left"))])
            facets["errors"].append("alone" if len(found) == 1 else "with others")
            if groups:
                facets["group"].append(_group(groups, number))
    table = np.array(right, dtype=bool).reshape(-1, len(systems)).T
    return Items(systems, table, {name: tuple(kinds) for name, kinds in facets.items()})


def _to_do(material: Material) -> Iterable[list[tuple[list[Key], str]]]:
    """Yield the edits to be made in each segment, all annotators', and their types."""
    if material.gold:
        for ballot, sentence in zip(material.ballots, material.gold, strict=True):
            yield [edit for edits in gold_keys(ballot, sentence) for edit in edits]
        return
    for ballot, texts in zip(material.ballots, material.references or (), strict=True):
        made = changes(ballot.source, ballot.tokens, texts)
        edits = [edit for some in made for edit in some]
        yield [([key_of(edit)], classify(ballot.tokens, edit)) for edit in edits]


def _labels(
    ballots: Sequence[Ballot], references: Sequence[Sequence[str]], groups: Mapping[str, Bounds]
) -> Items:
    systems = tuple(systems_of(ballots))
    wanted = [set(map(label_key, texts)) for texts in references]
    right = [
        [any(name in c.voters for c in ballot.candidates if label_key(c.replacement) in texts)
         for name in systems]
        for ballot, texts in zip(ballots, wanted, strict=True)
    ]  # fmt: skip
    facets = {"label": tuple(texts[0] for texts in references)}
    if groups:
        facets["group"] = tuple(_group(groups, i) for i in range(1, len(ballots) + 1))
    return Items(systems, np.array(right, dtype=bool).T, facets)


def _group(groups: Mapping[str, Bounds], number: int) -> str:
    inside = (name for name, (first, last) in groups.items() if first <= number <= last)
    return next(inside, REST)
