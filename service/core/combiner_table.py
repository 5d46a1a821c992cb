"""The combiners that requests choose among by name: the service's own, and those offered to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner, kind_for
from ensemble.combiners.baselines import USUAL, Majority, MinimumBayesRisk
from evaluation.errors import InputError
from service.core.limits import Refused
from service.core.query import Query
from service.core.smoke_test import tried


@dataclass(frozen=True, slots=True)
class Offer:
    """Combiners by what requests call them, where outputs are given and where systems are asked."""

    given: Mapping[str, Combiner]
    asked: Mapping[str, Combiner]


class Offers:
    """What there is to choose from: `vote`, `mbr`, a trained one, and what others offer."""

    def __init__(self, vote: Majority, folder: Path | None) -> None:
        trained = [_trained(folder)] if folder else []
        self._own = Offer(
            _by_name(Majority(), MinimumBayesRisk(), *trained),
            _by_name(vote, MinimumBayesRisk(), *trained),
        )
        self._offers: dict[str, Offer] = {}
        self._all = self._own

    def put(self, owner: str, combiners: Offer) -> None:
        """Have requests choose among these too, in place of what `owner` offered before.

        All change at once, and a request under way keeps the combiner it began with.
        """
        self._offers = {**self._offers, owner: combiners}
        offers = [*self._offers.values(), self._own]
        given = {name: combiner for offer in offers for name, combiner in offer.given.items()}
        asked = {name: combiner for offer in offers for name, combiner in offer.asked.items()}
        self._all = Offer(given, asked)

    def choose(self, query: Query, asking: bool) -> tuple[Combiner, Kind]:
        """Return the combiner that a query is for, and the kind of outputs it combines.

        Raises:
            Refused: there is none of that name, or it combines no such kind.
        """
        combiners = self._all.asked if asking else self._all.given
        name = query.combiner or USUAL[query.kind or "edits"]
        if name not in combiners:
            there_are = ", ".join(combiners)
            detail = f"{name!r} is unknown; available: {there_are}"
            raise Refused("unknown-combiner", ["combiner"], detail)
        kind = _kind(combiners[name], query.kind)
        if query.label_case != "keep" and kind != "labels":
            detail = f"{query.label_case} applies to labels, not to {kind}"
            raise Refused("conflicting-fields", ["label_case"], detail)
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
