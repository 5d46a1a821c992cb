"""A roster as one system of another: its systems are asked, and their answers combined."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from ensemble.candidates import Kind, collect
from ensemble.candidates.incomplete import Incomplete, Slot
from ensemble.combiners.base import Combiner, combine, is_settled, kind_for
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import create, stateless
from ensemble.systems.ask import Answer, ask_one
from ensemble.systems.base import Health, System, SystemConfig, SystemFailure
from ensemble.systems.registry import register
from ensemble.systems.roster import Roster, RosterError, read_roster
from ensemble.systems.spending import Spent, total
from ensemble.systems.waiting import ask_as_planned
from evaluation.records import Segment

_PATIENCE_S = 600.0  # callers of the ensemble have their own deadline


@register("ensemble", key="ensemble")
class EnsembleConfig(SystemConfig):
    """A roster, the combiner of its systems' answers, and the kind of these.

    The combiner is one that judges a segment by itself; `vote` without options has the weights and
    competences of the roster. A roster in it has no ensembles of its own.
    """

    roster: Path = Field(alias="ensemble")
    combiner: str = Majority.name
    kind: Kind = "edits"

    @field_validator("combiner")
    @classmethod
    def _judges_one_segment(cls, combiner: str) -> str:
        if combiner.partition(":")[0] not in (known := stateless()):
            raise ValueError(f"no combiner {combiner!r} for one segment; available: {known}")
        create(combiner)
        return combiner

    @model_validator(mode="after")
    def _combines_the_kind(self) -> "EnsembleConfig":
        kind_for(create(self.combiner), self.kind)
        return self

    def system(self) -> "EnsembleSystem":
        """Return the system it describes, not started."""
        return EnsembleSystem(self)


class EnsembleSystem:
    """Asks the systems of a roster side by side, and combines what they answer."""

    def __init__(self, config: EnsembleConfig) -> None:
        self.name = config.name
        self._config = config
        self._systems: list[System] = []
        self._health = Health("stopped")

    @property
    def health(self) -> Health:
        """Its own state; some of its systems may be down although it is ready."""
        return self._health

    async def start(self) -> None:
        """Read the roster and start its systems."""
        await self.stop()
        self._health = Health("starting")
        try:
            self._roster = await asyncio.to_thread(_read, self._config.roster)
            self._systems = self._roster.systems()
        except (ValueError, OSError, ImportError) as error:
            self._health = Health("failed", f"{type(error).__name__}: {error}")
            return
        self._combiner = _combiner(self._config.combiner, self._roster)
        await asyncio.gather(*(system.start() for system in self._systems))
        self._health = Health("ready")

    async def correct(self, source: str) -> str:
        """Return the output for a source; raises as `correct_counting`."""
        return await self.correct_counting(source, Spent())

    async def correct_counting(self, source: str, spent: Spent) -> str:
        """Return what its combiner makes of the answers, and add their cost to `spent`.

        Systems without an answer are left out.

        Raises:
            SystemFailure: no system answered, or it is not ready.
        """
        if self._health.state != "ready":
            raise SystemFailure(self._health.reason or self._health.state)
        answers = await self._answers(source)
        spent.add(total(answer.spent for answer in answers.values()))
        outputs = {system.name: answers[system.name].text for system in self._systems}
        if all(text is None for text in outputs.values()):
            name, answer = next(iter(answers.items()))
            raise SystemFailure(f"none of its systems answered; {name}: {answer.reason}")
        return await asyncio.to_thread(self._combined, source, outputs)

    async def stop(self) -> None:
        """Stop its systems."""
        self._health = Health("stopped")
        await asyncio.gather(*(system.stop() for system in self._systems))
        self._systems = []

    async def _answers(self, source: str) -> dict[str, Answer]:
        systems = {system.name: system for system in self._systems}

        async def answer_of(name: str) -> Answer:
            return await ask_one(systems[name], source, _PATIENCE_S)

        async def settled(answers: Mapping[str, Answer], missing: Sequence[Slot]) -> bool:
            outputs = {name: answers[name].text if name in answers else None for name in systems}
            incomplete = Incomplete(
                Segment(source, outputs),
                self._config.kind,
                missing,
                may_change_protected=self._roster.may_change_protected,
            )
            return await asyncio.to_thread(is_settled, self._combiner, incomplete)

        return await ask_as_planned(self._roster.plan(), answer_of, settled)

    def _combined(self, source: str, outputs: dict[str, str | None]) -> str:
        ballot = collect(
            Segment(source, outputs),
            self._config.kind,
            may_change_protected=self._roster.may_change_protected,
        )
        text = combine(ballot, self._combiner).text
        if text is None:
            raise SystemFailure("none of its systems gave a label")
        return text


def _read(path: Path) -> Roster:
    """Return the roster in a file.

    Raises:
        RosterError: it cannot be read, or one of its systems is itself an ensemble.
    """
    roster = read_roster(path)
    for entry in roster.entries:
        if isinstance(entry, EnsembleConfig):
            raise RosterError(f"{path}: {entry.name} is an ensemble within an ensemble")
    return roster


def _combiner(term: str, roster: Roster) -> Combiner:
    return roster.vote() if term == Majority.name else create(term)
