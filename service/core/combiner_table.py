"""The combiners that requests can name: built-in ones, and those added by other components."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ensemble.candidates import Kind
from ensemble.candidates.collect import not_labels
from ensemble.combiners.base import Combiner, kind_for
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import USUAL, create, stateless
from evaluation.errors import InputError
from service.core.limits import Refused
from service.core.query import Query
from service.core.smoke_test import tried


@dataclass(frozen=True, slots=True)
class CombinerSet:
    """Combiners by name: for outputs supplied by the request, and for configured systems."""

    supplied: Mapping[str, Combiner]
    configured: Mapping[str, Combiner]


def built_in() -> list[str]:
    """Return the names of the combiners that a service always offers, the usual ones first."""
    return list(dict.fromkeys([*USUAL.values(), *stateless()]))


class CombinerTable:
    """All combiners by name: the stateless ones, a trained one, and those of other components."""

    def __init__(self, vote: Majority, folder: Path | None) -> None:
        trained = [_trained(folder)] if folder else []
        self.trained = trained[0].name if trained else None
        supplied = [*map(create, built_in()), *trained]
        self._built_in = CombinerSet(_by_name(*supplied), _by_name(*supplied, vote))
        self._added: dict[str, CombinerSet] = {}
        self._all = self._built_in

    def put(self, owner: str, combiners: CombinerSet) -> None:
        """Add combiners, replacing those that `owner` had added before.

        The table changes as a whole, and a running request keeps its combiner.
        """
        self._added = {**self._added, owner: combiners}
        supplied: dict[str, Combiner] = {}
        configured: dict[str, Combiner] = {}
        # Built-in combiners come last, so that no other replaces them.
        for added in (*self._added.values(), self._built_in):
            supplied |= added.supplied
            configured |= added.configured
        self._all = CombinerSet(supplied, configured)

    def choose(self, query: Query, asking: bool) -> tuple[Combiner, Kind]:
        """Return the combiner of a query, and the kind of outputs it combines.

        Raises:
            Refused: the name is unknown, or the combiner does not combine this kind, or an option
                or output does not apply to the kind.
        """
        combiners = self._all.configured if asking else self._all.supplied
        name = query.combiner or USUAL[query.kind or "edits"]
        if name not in combiners:
            available = ", ".join(combiners)
            detail = f"{name!r} is unknown; available: {available}"
            raise Refused("unknown-combiner", ["combiner"], detail)
        kind = _kind(combiners[name], query.kind)
        if query.label_case != "keep" and kind != "labels":
            detail = f"{query.label_case} applies to labels, not to {kind}"
            raise Refused("conflicting-fields", ["label_case"], detail)
        for system, output in (query.outputs or {}).items():
            if isinstance(output, Mapping) and kind != "labels":
                detail = not_labels(system, kind)
                raise Refused("conflicting-fields", ["outputs", system], detail)
        return combiners[name], kind


def _kind(combiner: Combiner, kind: Kind | None) -> Kind:
    try:
        return kind_for(combiner, kind)
    except ValueError as error:
        raise Refused("unsupported-kind", ["kind"], str(error)) from error


def _trained(folder: Path) -> Combiner:
    try:
        return tried(folder)
    except Refused as refusal:
        message = f"{folder}: the {refusal.path[0]}: {refusal}"
        raise InputError("damaged-artefact", message) from None


def _by_name(*combiners: Combiner) -> dict[str, Combiner]:
    return {combiner.name: combiner for combiner in combiners}
