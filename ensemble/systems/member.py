"""A trained member as a system in a roster: it asks those it chooses among, and answers as one."""

import asyncio
from pathlib import Path

from pydantic import Field

from ensemble.systems.ask import ask
from ensemble.systems.base import WARM_UP, Health, System, SystemConfig, SystemFailure
from ensemble.systems.registry import register
from ensemble.systems.roster import read_roster

_PATIENCE_S = 600.0  # callers of the member have their own deadline


@register("member", key="member")
class MemberConfig(SystemConfig):
    """A folder from `consort diversify`, and the roster of the systems that it asks and looks at.

    They have the names there that they had in training: the versions of its pool, and, where its
    policy looks at them, the other systems. The embedded tagger does not ask other systems.
    """

    folder: Path = Field(alias="member")
    roster: Path | None = None

    def system(self) -> "MemberSystem":
        """The system it describes, not started."""
        return MemberSystem(self.name, self.folder, self.roster)


class MemberSystem:
    """Asks its systems for their answers, and has the policy choose among them."""

    def __init__(self, name: str, folder: Path, roster: Path | None) -> None:
        self.name = name
        self._folder, self._roster = folder, roster
        self._systems: list[System] = []
        self._health = Health("stopped")

    @property
    def health(self) -> Health:
        """Its own state; a system it looks at may be down although it is ready."""
        return self._health

    async def start(self) -> None:
        """Read the policy and start the systems it needs."""
        await self.stop()
        self._health = Health("starting")
        try:
            self._systems = await asyncio.to_thread(self._load)
        except (ValueError, OSError, ImportError) as error:
            self._health = Health("failed", f"{type(error).__name__}: {error}")
            return
        await asyncio.gather(*(system.start() for system in self._systems))
        self._health = Health("ready")

    async def correct(self, source: str) -> str:
        """Return what the policy chooses.

        A version that is not answered is not chosen.

        Raises:
            SystemFailure: a system it looks at gave no answer, it abstains, or it is not ready.
        """
        if self._health.state != "ready":
            raise SystemFailure(self._health.reason or self._health.state)
        answers = await ask(self._systems, source, _PATIENCE_S)
        heard = {name: answers[name].text for name in self._member.others}
        if missing := [name for name, text in heard.items() if text is None]:
            raise SystemFailure(f"{missing[0]}: {answers[missing[0]].reason}")
        said = {n: a.text for n, a in answers.items() if n not in heard and a.text is not None}
        others = {name: [text] for name, text in heard.items() if text is not None}
        answer = await asyncio.to_thread(self._choose, source, said, others)
        if answer is None:
            raise SystemFailure("it abstains")
        return answer

    async def stop(self) -> None:
        """Stop its systems."""
        self._health = Health("stopped")
        await asyncio.gather(*(system.stop() for system in self._systems))
        self._systems = []

    def _load(self) -> list[System]:
        from ensemble.diversity import artefact

        self._member, _, _ = artefact.read(self._folder)
        if self._member.levels:
            from ensemble.diversity.data.tagger import versions as ask_tagger

            ask_tagger([WARM_UP], self._member.levels)  # loads it now, not at the first request
        asked = () if self._member.levels else self._member.versions
        needed = {*asked, *self._member.others}
        found = read_roster(self._roster).systems() if self._roster else []
        systems = [system for system in found if system.name in needed]
        if missing := needed - {system.name for system in systems}:
            raise ValueError(f"{self._roster or 'no roster'} has no system {sorted(missing)[0]!r}")
        return systems

    def _choose(
        self, source: str, said: dict[str, str], others: dict[str, list[str]]
    ) -> str | None:
        from ensemble.diversity.data.dataset import Versions

        versions = Versions([said])
        if self._member.levels:
            from ensemble.diversity.data.tagger import versions as ask_tagger

            versions = ask_tagger([source], self._member.levels)
        return self._member.correct([source], versions, others)[0]
