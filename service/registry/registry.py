"""The registry: stores uploaded combiners, moves aliases, and offers combiners to requests."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ensemble.candidates.protection import Trusted
from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import label_free, names
from ensemble.combiners.trainable import Trainable
from evaluation.records import DataError
from service.core.engine import CombinerSet, Engine
from service.core.limits import Refused
from service.core.problems import Problem, later
from service.core.registered import TRAINED, Registered
from service.core.settings import Settings
from service.registry import artefacts, folders, repository
from service.registry.advice import advice, chosen, terms
from service.registry.repository import CHAMPION, SHADOW, Known, Move, Version
from service.registry.shadow import Shadows
from service.store.database import Database
from service.store.polling import PeriodicTask
from service.store.pool import Params, Result

_LOG = logging.getLogger(__name__)

RESERVED = {*names(), "learned-vote", TRAINED}
"""Names of other combiners, which cannot be those of registered ones."""

_TRIES = 5


@dataclass(frozen=True)
class Uploaded:
    """The version of an upload, and whether it is new."""

    version: Version
    new: bool


class Registry:
    """Combiners with versions and aliases, stored in the database and in a folder of files.

    Requests choose from an immutable mapping. After a change here or, found by polling, in another
    process, a new mapping replaces it as a whole.
    """

    def __init__(self, database: Database, engine: Engine, settings: Settings) -> None:
        self._state = settings.state
        self.folder = folders.place(settings.state)
        self.shadows = Shadows()
        self._database = database
        self._engine = engine
        self._task = PeriodicTask(self._look, settings.poll_s)
        self._lock = asyncio.Lock()
        self._known: Known | None = None
        self._loaded: Mapping[str, Trainable] = {}
        self._offered: Mapping[str, Registered] = MappingProxyType({})
        self._reported: set[str] = set()
        self._swept = False

    @property
    def may_change_protected(self) -> Trusted:
        """The systems that may change protected text in the service; `None` for all."""
        return self._engine.may_change_protected

    async def start(self) -> None:
        """Begin to load combiners, and return at once."""
        self._engine.on_combination = self.shadows.watch
        await asyncio.to_thread(artefacts.sweep, self.folder)
        self._task.start()

    async def stop(self) -> None:
        """Stop polling; counts of shadows since the last poll are lost."""
        await self._task.stop()
        await self.shadows.stop()

    async def _look(self) -> None:
        await self.refresh()
        if not self._swept:
            await self._database.registry.ask(self._sweep)
            self._swept = True
        await self.shadows.flush(self._database)

    async def refresh(self) -> None:
        """Load the current state of the database, and offer its combiners to requests."""
        async with self._lock:
            known = await self._database.registry.ask(self._read)
            if known == self._known and len(self._loaded) == len({v.digest for v in known[0]}):
                return
            if known != self._known:
                self._reported = set()
            self._loaded = await asyncio.to_thread(self._load, known[0])
            self._swap(known)

    def _read(self) -> Known:
        with self._database.read() as connection:
            return repository.versions(connection), repository.current(connection)

    def _load(self, versions: list[Version]) -> dict[str, Trainable]:
        """Return the combiners of `versions` by digest; those loaded before are reused."""
        combiners = {}
        for digest in dict.fromkeys(version.digest for version in versions):
            try:
                combiners[digest] = self._loaded.get(digest) or artefacts.load(self.folder, digest)
            except DataError as error:
                if digest not in self._reported:
                    _LOG.error("a registered combiner is not offered: %s", error)
                self._reported.add(digest)
        return combiners

    def _swap(self, known: Known) -> None:
        versions, aliases = known
        held = {}
        for row in versions:
            if combiner := self._loaded.get(row.digest):
                key = f"{row.name}@{row.version}"
                old, new = self._offered.get(key), Registered(row.name, combiner, row.version)
                held[key] = old if old and old.combiner is combiner else new
        for (name, alias), version in aliases.items():
            if registered := held.get(f"{name}@{version}"):
                held[f"{name}@{alias}"] = registered
                if alias == CHAMPION:
                    held[name] = registered
        self._known, self._offered = known, MappingProxyType(held)
        offers = CombinerSet(self._offered, self._offered, partial(advice, known, self._offered))
        self._engine.add_combiners("registry", offers)
        names = {name for name, alias in aliases if alias == SHADOW and name in held}
        self.shadows.follow(
            {n: (held[n], held[f"{n}@{SHADOW}"]) for n in names if f"{n}@{SHADOW}" in held}
        )

    def get(self, name: str, reference: int | str) -> Registered:
        """Return a version, by its number or an alias.

        Raises:
            Problem: 404, the version does not exist, or its files are missing.
        """
        found = self._offered.get(f"{name}@{reference}")
        if found is None:
            raise Problem("combiner-not-found", f"no combiner {name}@{reference} is loaded")
        return found

    def has(self, name: str, reference: int | str) -> bool:
        """Return whether requests can choose a version here, by its number or an alias."""
        return f"{name}@{reference}" in self._offered

    async def pinned(self, term: str) -> Version:
        """Return the version that `term` names now, whether or not it is loaded here.

        Raises:
            Refused: it names none.
        """
        known = await self._database.registry.ask(self._read)
        version = chosen(known, term)
        if version is None:
            usable = terms(known)
            listed = ", ".join([*label_free(), *(t for t in usable if "@" not in t)])
            detail = advice(known, usable, term) or f"{term!r} is unknown; available: {listed}"
            raise Refused("unknown-combiner", ["combiner"], detail)
        return version

    async def is_untested(self, name: str) -> bool:
        """Return whether the champion is that only because it was the first version."""
        return await self._database.registry.ask(self._is_untested, name)

    def _is_untested(self, name: str) -> bool:
        with self._database.read() as connection:
            return repository.is_untested(connection, name)

    def champion(self, name: str) -> Registered | None:
        """Return the champion, which a name without version stands for."""
        return self._offered.get(name)

    def register(
        self, name: str, manifest: bytes, parsed: Mapping[str, Any], weights: bytes, by: str = ""
    ) -> Uploaded:
        """Store an artefact as the next version of `name`; `parsed` is its manifest. Blocks.

        The row in the database is written last, when the files are on disk; in the same transaction
        a first version becomes the champion, moved by the key `by`. Requests can use the version
        after the next `refresh`.

        Raises:
            Refused: the artefact cannot be used.
            Problem: the name has another kind, or the registry or the disk is full.
        """
        for _ in range(_TRIES):
            try:
                saved = artefacts.save(self.folder, manifest, weights)
                kind, signature = saved.combiner.kinds[0], saved.combiner.signature
                new = Version(name, 0, kind, saved.digest, signature, time.time())
                with self._database.write() as connection:
                    repository.lock(connection, name)  # another process may remove its versions
                    version = repository.add(connection, new, parsed)
                    repository.champion_at_first(connection, version, by)
                    (self.folder / saved.digest).stat()  # another process may have removed it
                return Uploaded(version, version.created_at == new.created_at)
            except (FileNotFoundError, IntegrityError):
                continue  # another process removed the same files, or took the number
            except SQLAlchemyError:
                self._drop(saved.digest)
                raise
            except OSError as error:
                _LOG.error("an uploaded combiner cannot be kept: %s", error)
                detail = f"the files cannot be written at the moment: {error.strerror}"
                raise later("disk-full", detail) from None
        raise later("combiner-busy", "other requests are changing this combiner")

    async def remove(self, name: str, version: int, by: str = "") -> None:
        """Remove a version that no alias points to.

        Raises:
            Problem: 404, no such version; or 409, an alias points to it.
        """
        await self._change(self._remove, name, version, by)

    def _remove(self, name: str, version: int, by: str) -> None:
        with self._database.write() as connection:
            repository.lock(connection, name)
            old = repository.find(connection, name, version)
            repository.remove(connection, old, by)
        self._drop(old.digest)

    def _sweep(self) -> None:
        """Remove the files of removed versions that were kept for jobs, which have ended since."""
        with self._database.read() as connection:
            digests = repository.used_by_ended_jobs(connection)
        for digest in digests:
            if folders.folder(self._state, digest).is_dir():
                self._drop(digest)

    def _drop(self, digest: str) -> None:
        """Remove files that no version uses any more; if that fails, they stay unused."""
        try:
            with self._database.write() as connection:  # locks out uploads of the same files
                if not repository.uses(connection, digest):
                    artefacts.drop(self.folder, digest)
        except (OSError, SQLAlchemyError) as error:
            _LOG.warning("the files %s of a removed combiner stay: %s", digest, error)

    async def point(
        self, name: str, alias: str, version: int, by: str, why: Mapping[str, Any]
    ) -> Move:
        """Point an alias at a version, or remove it with 0; `why["over"]` is its expected version.

        Raises:
            Problem: 404, no such version or alias; or 409, the alias has moved.
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
            Problem: 409, it had none.
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
        """Make a change, and offer the result now, or after the next poll if that fails."""
        result = await self._database.registry.ask(work, *args, **kwargs)
        with suppress(SQLAlchemyError):  # the change is made already
            await self.refresh()
        return result


def offered(combiner: Combiner | None) -> str:
    """Return the name of a combiner in a comparison."""
    if isinstance(combiner, Registered):
        return combiner.term
    return combiner.name if combiner else "nothing"
