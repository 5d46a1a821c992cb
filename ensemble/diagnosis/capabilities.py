"""The share of items that each system gets right, by kind of item.

For edits an item is a gold edit, with its type, its place and whether there are others beside it;
for labels an item is a segment, and its kind the right label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.candidates import Ballot
from ensemble.candidates.labels import label_key
from ensemble.candidates.proposals import changes
from ensemble.competence import systems_of
from ensemble.diagnosis.outputs import Bounds, LabelledOutputs
from ensemble.targets import Key, gold_keys, key_of
from ensemble.types import Array, Booleans
from evaluation.edits.classify import classify

MIN_ITEMS = 30
"""Kinds with fewer items than this are merged."""
REST = "other"

_THIRDS = ("first third", "middle third", "last third")
_LENGTHS = ("short text", "medium text", "long text")


@dataclass(frozen=True, eq=False)
class Items:
    """n items: which systems got each right, (s, n), and the kind of each, by facet."""

    systems: tuple[str, ...]
    right: Booleans
    facets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Capabilities:
    """The share that each of s systems gets right of each of c kinds, (s, c), of `n` (c,) items.

    `halves` (2, s, c) are the shares on either half of the items, every second one, and `halves_n`
    (2, c) the items of each half.
    """

    systems: tuple[str, ...]
    names: tuple[str, ...]
    share: Array
    n: Array
    halves: Array
    halves_n: Array


def items_of(outputs: LabelledOutputs, groups: Mapping[str, Bounds]) -> Items:
    """Return the items of labelled outputs.

    Raises:
        ValueError: labels are missing, or are scores of texts only.
    """
    ballots = outputs.ballots
    if ballots[0].kind == "edits" and (outputs.gold or outputs.references):
        return _edits(outputs, groups)
    if ballots[0].kind == "labels" and outputs.references:
        return _labels(ballots, outputs.references, groups)
    raise ValueError("capabilities need gold edits, or references of edits or labels")


def capabilities_of(items: Items, facet: str, least: int = MIN_ITEMS) -> Capabilities:
    """Return the shares of each kind of a facet that systems get right, common kinds first.

    Raises:
        ValueError: the labels hold no item.
    """
    kinds = np.array(items.facets[facet], dtype=object)
    if not len(kinds):
        raise ValueError("there is nothing to get right: no gold edits, or no labels")
    names, times = np.unique(kinds, return_counts=True)
    order = np.argsort(-times, kind="stable")
    common = [str(names[i]) for i in order if times[i] >= least]
    kinds = np.where(np.isin(kinds, common), kinds, REST)
    shown = [*common, *([REST] if REST in kinds and REST not in common else [])]
    member = np.array([kinds == name for name in shown], dtype=float)
    # Every second item of each kind, as the first half of a corpus may be unlike the second.
    odd = (np.cumsum(member, axis=1) % 2 == 1) & (member > 0)
    parts = [member, member * odd, member * ~odd]
    (n, *halves_n), (share, *halves) = zip(
        *(_shares(items.right, part) for part in parts), strict=True
    )
    return Capabilities(items.systems, tuple(shown), share, n, np.array(halves), np.array(halves_n))


def _shares(right: Booleans, member: Array) -> tuple[Array, Array]:
    n = member.sum(axis=1)
    return n, (right @ member.T) / np.maximum(n, 1)


def _edits(outputs: LabelledOutputs, groups: Mapping[str, Bounds]) -> Items:
    ballots = outputs.ballots
    systems = tuple(systems_of(ballots))
    lengths = np.quantile([len(ballot.tokens) for ballot in ballots], [1 / 3, 2 / 3])
    right: list[Booleans] = []
    kinds: list[dict[str, str]] = []
    for number, (ballot, edits) in enumerate(zip(ballots, _to_do(outputs), strict=True), start=1):
        voters = {key_of(c.edit): c.voters for c in ballot.candidates}
        for keys, type_ in edits:
            proposers = {name for key in keys for name in voters.get(key, ())}
            right.append(np.array([name in proposers for name in systems]))
            kinds.append(
                {
                    "type": type_,
                    "place": _THIRDS[min(2, 3 * keys[0][0] // max(len(ballot.tokens), 1))],
                    "length": _LENGTHS[int(np.searchsorted(lengths, len(ballot.tokens)))],
                    "errors": "alone" if len(edits) == 1 else "with others",
                    **({"group": _group(groups, number)} if groups else {}),
                }
            )
    facets = ["type", "place", "length", "errors", *(["group"] if groups else [])]
    # Reshaped, as there may be no items.
    table = np.array(right, dtype=bool).reshape(-1, len(systems)).T
    return Items(systems, table, {name: tuple(kind[name] for kind in kinds) for name in facets})


def _to_do(outputs: LabelledOutputs) -> Iterable[list[tuple[list[Key], str]]]:
    """Yield the edits to be made in each segment, all annotators', with their types."""
    if outputs.gold:
        for ballot, sentence in zip(outputs.ballots, outputs.gold, strict=True):
            yield [edit for edits in gold_keys(ballot, sentence) for edit in edits]
        return
    for ballot, texts in zip(outputs.ballots, outputs.references or (), strict=True):
        made = changes(ballot.source, ballot.tokens, texts, ballot.style)
        edits = [edit for edits_of_text in made for edit in edits_of_text]
        yield [([key_of(edit)], classify(ballot.tokens, edit)) for edit in edits]


def _labels(
    ballots: Sequence[Ballot], references: Sequence[Sequence[str]], groups: Mapping[str, Bounds]
) -> Items:
    systems = tuple(systems_of(ballots))
    wanted = [set(map(label_key, texts)) for texts in references]
    right = [
        [
            any(name in c.voters for c in ballot.candidates if label_key(c.replacement) in texts)
            for name in systems
        ]
        for ballot, texts in zip(ballots, wanted, strict=True)
    ]
    facets = {"label": tuple(texts[0] for texts in references)}
    if groups:
        facets["group"] = tuple(_group(groups, i) for i in range(1, len(ballots) + 1))
    return Items(systems, np.array(right, dtype=bool).T, facets)


def _group(groups: Mapping[str, Bounds], number: int) -> str:
    inside = (name for name, (first, last) in groups.items() if first <= number <= last)
    return next(inside, REST)
