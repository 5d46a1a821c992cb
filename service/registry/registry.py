"""The registry: what is uploaded and put in charge, and what requests can choose from for it."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner
from ensemble.combiners.baselines import BASELINES
from ensemble.combiners.neural.combiner import Neural
from evaluation.records import DataError
from service.core.engine import Engine, Offer
from service.core.problems import Problem, later
from service.core.registered import Registered
from service.core.settings import Settings
from service.registry import artefacts, repository
from service.registry.repository import CHAMPION, SHADOW, Move, Version
from service.registry.shadow import Shadows
from service.store.database import Database, Params, Result
from service.store.polling import Poll

_LOG = logging.getLogger(__name__)

RESERVED = {*BASELINES, "neural", "learned-vote"}
"""Names that requests know other combiners by."""

_TRIES = 5

Known = tuple[list[Version], dict[tuple[str, str], int]]


@dataclass(frozen=True)
class Uploaded:
    """What an upload became, and whether it was not there before."""

    version: Version
    new: bool


class Registry:
    """Combiners with versions and aliases, kept in the database and in a folder of files.

    What requests choose from is one mapping that nobody changes: when something changes here
    or, seen by polling, in another process, another one takes its place as a whole.
    """

    def __init__(self, database: Database, engine: Engine, settings: Settings) -> None:
        self.folder = settings.state / "combiners"
        self.shadows = Shadows()
        self._database = database
        self._engine = engine
        self._poll = Poll(self._look, settings.poll_s)
        self._one_at_a_time = asyncio.Lock()
        self._known: Known | None = None
        self._loaded: Mapping[str, Neural] = {}
        self._held: Mapping[str, Registered] = MappingProxyType({})
        self._complained: set[str] = set()

    @property
    def may_change_protected(self) -> Trusted:
        """The systems that may change protected text in the service; `None` for all."""
        return self._engine.may_change_protected

    async def start(self) -> None:
        """Have combiners loaded, and do not wait for them."""
        self._engine.on_combination = self.shadows.watch
        await asyncio.to_thread(artefacts.sweep, self.folder)
        self._poll.start()

    async def stop(self) -> None:
        """Stop looking; what shadows counted since the last look is lost."""
        await self._poll.stop()
        await self.shadows.stop()

    async def _look(self) -> None:
        await self.refresh()
        await self.shadows.flush(self._database)

    async def refresh(self) -> None:
        """Offer requests what the database says there is now."""
        async with self._one_at_a_time:
            known = await self._database.ask(self._read)
            if known == self._known and len(self._loaded) == len({v.digest for v in known[0]}):
                return
            if known != self._known:
                self._complained = set()
            self._loaded = await asyncio.to_thread(self._load, known[0])
            self._swap(known)

    def _read(self) -> Known:
        with self._database.read() as connection:
            return repository.versions(connection), repository.current(connection)

    def _load(self, versions: list[Version]) -> dict[str, Neural]:
        """Return the combiners of `versions` by digest, those kept that were loaded."""
        found = {}
        for digest in dict.fromkeys(one.digest for one in versions):
            try:
                found[digest] = self._loaded.get(digest) or artefacts.load(self.folder, digest)
            except DataError as error:
                if digest not in self._complained:
                    _LOG.error("a registered combiner is not offered: %s", error)
                self._complained.add(digest)
        return found

    def _swap(self, known: Known) -> None:
        versions, aliases = known
        held = {}
        for one in versions:
            if combiner := self._loaded.get(one.digest):
                key = f"{one.name}@{one.version}"
                old, new = self._held.get(key), Registered(one.name, one.version, combiner)
                held[key] = old if old and old.combiner is combiner else new
        for (name, alias), version in aliases.items():
            if registered := held.get(f"{name}@{version}"):
                held[f"{name}@{alias}"] = registered
                if alias == CHAMPION:
                    held[name] = registered
        self._known, self._held = known, MappingProxyType(held)
        self._engine.offer("registry", Offer(self._held, self._held))
        names = {name for name, alias in aliases if alias == SHADOW and name in held}
        self.shadows.follow(
            {n: (held[n], held[f"{n}@{SHADOW}"]) for n in names if f"{n}@{SHADOW}" in held}
        )

    def get(self, name: str, reference: int | str) -> Registered:
        """Return a version, by its number or an alias.

        Raises:
            Problem: it is not there, or its files are not.
        """
        found = self._held.get(f"{name}@{reference}")
        if found is None:
            raise Problem("combiner-not-found", f"no combiner {name}@{reference} is loaded")
        return found

    def has(self, name: str, reference: int | str) -> bool:
        """Return whether requests can choose a version here, by its number or an alias."""
        return f"{name}@{reference}" in self._held

    def champion(self, name: str) -> Registered | None:
        """Return the version that a name alone stands for."""
        return self._held.get(name)

    def register(
        self, name: str, manifest: bytes, said: Mapping[str, Any], weights: bytes
    ) -> Uploaded:
        """Keep an artefact as the next version of `name`; `said` is its manifest, parsed. Blocks.

        The files are on disk when the version is in the database, and that is the last step.
        It is offered from the next `refresh` on.

        Raises:
            Refused: it cannot be used.
            Problem: the name is of another kind, the registry or the disk is full.
        """
        for _ in range(_TRIES):
            try:
                saved = artefacts.save(self.folder, manifest, weights)
                kind, signature = saved.combiner.kinds[0], saved.combiner.signature
                new = Version(name, 0, kind, saved.digest, signature, time.time())
                with self._database.write() as connection:
                    version = repository.add(connection, new, said)
                    (self.folder / saved.digest).stat()  # it may have been removed meanwhile
                return Uploaded(version, version.created_at == new.created_at)
            except (FileNotFoundError, IntegrityError):
                continue  # another process removed the same files, or took the number
            except OSError as error:
                _LOG.error("an uploaded combiner cannot be kept: %s", error)
                detail = f"the files cannot be written at the moment: {error.strerror}"
                raise later("disk-full", detail) from None
        raise later("combiner-busy", "other requests are changing this combiner")

    async def remove(self, name: str, version: int) -> None:
        """Forget a version that no alias points to.

        Raises:
            Problem: there is none, or one does.
        """
        await self._change(self._remove, name, version)

    def _remove(self, name: str, version: int) -> None:
        with self._database.write() as connection:
            repository.lock(connection, name)
            old = repository.find(connection, name, version)
            repository.remove(connection, old)
        self._drop(old.digest)

    def _drop(self, digest: str) -> None:
        """Forget files that no version has any more; those that stay behind hurt nobody."""
        try:
            with self._database.write() as connection:  # so that nobody takes them up meanwhile
                if not repository.uses(connection, digest):
                    artefacts.drop(self.folder, digest)
        except (OSError, SQLAlchemyError) as error:
            _LOG.warning("the files %s of a removed combiner stay: %s", digest, error)

    async def point(
        self, name: str, alias: str, version: int, by: str, why: Mapping[str, Any]
    ) -> Move:
        """Point an alias at a version, 0 for none; `why["over"]` must still be where it was.

        Raises:
            Problem: there is no such version, or the alias has moved meanwhile.
        """
        return await self._change(self._point, name, alias, version, by, why)

    def _point(self, name: str, alias: str, version: int, by: str, why: Mapping[str, Any]) -> Move:
        with self._database.write() as connection:
            repository.lock(connection, name)
            if version:
                repository.find(connection, name, version)
            elif (name, alias) not in repository.current(connection, name):
                raise Problem("alias-not-found", f"no alias {name}@{alias} is set")
            if "over" in why:
                before = repository.current(connection, name).get((name, alias), 0)
                if before != why["over"]:
                    detail = f"{name}@{alias} was moved to {before} by another request"
                    raise Problem("alias-moved", detail)
            return repository.point(connection, name, alias, version, by, why)

    async def roll_back(self, name: str, alias: str, by: str) -> Move:
        """Point an alias at the version that it had before.

        Raises:
            Problem: there is none.
        """
        return await self._change(self._roll_back, name, alias, by)

    def _roll_back(self, name: str, alias: str, by: str) -> Move:
        with self._database.write() as connection:
            repository.lock(connection, name)
            version = repository.previous(connection, name, alias)
            return repository.point(connection, name, alias, version, by, {"how": "rollback"})

    async def _change(
        self, work: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Have a change made, and offer what there is then, if need be from the next look on."""
        done = await self._database.ask(work, *args, **kwargs)
        with suppress(SQLAlchemyError):  # the change is made; tried again, it would be another
            await self.refresh()
        return done


def offered(combiner: Combiner | None) -> str:
    """Return what a combiner is called where it is held against another."""
    if isinstance(combiner, Registered):
        return f"{combiner.name}@{combiner.version}"
    return combiner.name if combiner else "nothing"
