"""The combiners that requests can name: built-in ones, and those added by other components."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ensemble.candidates import Kind
from ensemble.candidates.collect import not_labels
from ensemble.combiners.base import Combiner, kind_for
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import COMBINERS, USUAL, create, names, stateless
from evaluation.data.class_probabilities import is_distribution
from evaluation.errors import InputError
from service.core.limits import Refused
from service.core.query import Query
from service.core.registered import TRAINED, Named
from service.core.smoke_test import tried

_LOG = logging.getLogger(__name__)

Advice = Callable[[str], str | None]
"""Returns why an unknown name cannot be used and what to say instead, if that is known of it."""


def no_advice(term: str) -> str | None:
    """Know nothing of any name."""
    return None


@dataclass(frozen=True, slots=True)
class CombinerSet:
    """Combiners by name: for outputs supplied by the request, and for configured systems.

    `advice` is asked about names that are in neither.
    """

    supplied: Mapping[str, Combiner]
    configured: Mapping[str, Combiner]
    advice: Advice = no_advice


def built_in() -> list[str]:
    """Return the names of the combiners that a service always offers, the usual ones first."""
    return list(dict.fromkeys([*USUAL.values(), *stateless()]))


def options_of_built_in() -> dict[str, dict[str, Any]]:
    """Return the options of the built-in combiners that have any: a JSON schema, with a default."""
    entries = {name: COMBINERS.get(name) for name in built_in()}
    return {
        name: {
            option: {**TypeAdapter(kind).json_schema(), "default": getattr(entry.load(), option)}
            for option, kind in entry.options().items()
        }
        for name, entry in entries.items()
        if entry.option_names
    }


class CombinerTable:
    """All combiners by name: the stateless ones, a trained one, and those of other components."""

    def __init__(self, vote: Majority, folder: Path | None) -> None:
        self.trained = _trained(folder) if folder else None
        """The trained combiner of the settings, if there is one."""
        supplied = _by_name(*map(create, built_in()))
        if self.trained:
            # By what it is, too, where only a trained one can have that name.
            learner = self.trained.combiner.name
            supplied = {TRAINED: self.trained, learner: self.trained} | supplied
            if learner in built_in():
                _LOG.warning(
                    "requests call the combiner in %s %r; %r is the one without labels",
                    folder, TRAINED, learner,
                )  # fmt: skip
        self._built_in = CombinerSet(supplied, supplied | _by_name(vote), _advice)
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

    def names(self) -> list[str]:
        """Return the names of the combiners of configured systems."""
        return list(self._all.configured)

    def kinds_of(self, term: str) -> tuple[Kind, ...]:
        """Return the kinds that a combiner of configured systems combines.

        Raises:
            Refused: the name is unknown, or its options are.
        """
        return tuple(self._named(term, self._all.configured).kinds)

    def choose(self, query: Query, asking: bool) -> tuple[Combiner, Kind]:
        """Return the combiner of a query, and the kind of outputs it combines.

        Raises:
            Refused: the name is unknown, or its options are, or the combiner does not combine this
                kind, or an option or output does not apply to the kind.
        """
        combiners = self._all.configured if asking else self._all.supplied
        combiner = self._named(query.combiner or USUAL[query.kind or "edits"], combiners)
        kind = _kind(combiner, query.kind)
        if query.label_case != "keep" and kind != "labels":
            detail = f"{query.label_case} applies to labels, not to {kind}"
            raise Refused("conflicting-fields", ["label_case"], detail)
        for system, output in (query.outputs or {}).items():
            if kind != "labels" and is_distribution(output):
                detail = not_labels(system, kind)
                raise Refused("conflicting-fields", ["outputs", system], detail)
        return combiner, kind

    def _named(self, term: str, combiners: Mapping[str, Combiner]) -> Combiner:
        """Return one of `combiners`, or a built-in one with options: `name:option=value`."""
        if term in combiners:
            return combiners[term]
        name, colon, _ = term.partition(":")
        if not colon or name not in built_in():
            raise Refused("unknown-combiner", ["combiner"], self._advice(term, combiners))
        try:
            return _with_options(term)
        except InputError as error:
            raise Refused("invalid-value", ["combiner"], str(error)) from None

    def _advice(self, term: str, combiners: Mapping[str, Combiner]) -> str:
        """Return why none of `combiners` is called `term`, and what to say instead."""
        advice = (known.advice(term) for known in (*self._added.values(), self._built_in))
        # Of a registered name that can be used, its versions and aliases are not listed too.
        names = [n for n in combiners if "@" not in n or n.partition("@")[0] not in combiners]
        listed = f"{term!r} is unknown; available: {', '.join(names)}"
        return next(filter(None, advice), listed)


_with_options = lru_cache(256)(create)  # parsing options takes as long as combining a segment


def _advice(term: str) -> str | None:
    """Return why a service cannot combine single segments by `term`, and what does."""
    name = term.partition(":")[0]
    if name == TRAINED:
        return "the settings of this service name no trained combiner (`combiner`)"
    if name not in names():
        return None
    if COMBINERS.get(name).needs_labels:
        return f"{name} has to be trained: upload one as POST /v1/combiners/NAME, and say NAME"
    return (
        f"{name} learns from many segments, and each is combined by itself here: say"
        f" {' or '.join(built_in())}, or send all as a job of the kind combine, POST /v1/jobs"
    )


def _kind(combiner: Combiner, kind: Kind | None) -> Kind:
    try:
        return kind_for(combiner, kind)
    except ValueError as error:
        raise Refused("unsupported-kind", ["kind"], str(error)) from error


def _trained(folder: Path) -> Named:
    try:
        return Named(TRAINED, tried(folder))
    except Refused as refusal:
        message = f"{folder}: the {refusal.path[0]}: {refusal}"
        raise InputError("damaged-artefact", message) from None


def _by_name(*combiners: Combiner) -> dict[str, Combiner]:
    return {combiner.name: combiner for combiner in combiners}
