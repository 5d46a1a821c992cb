"""Rows of combiners in the database: versions, and the history of aliases."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, update

from ensemble.candidates import Kind
from service.core import limits
from service.core.problems import Problem
from service.store.tables import aliases, combiners, jobs

CHAMPION = "champion"
SHADOW = "shadow"
FIRST = "first"
"""How the first version of a combiner became its champion: by its upload, without a test."""

NOWHERE = 0
"""The version of a removed alias."""

_REMOVED = ""
"""The digest of a removed version: its row stays, so that its number is not reused."""

_MOST_MOVES = 100


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a combiner."""

    name: str
    version: int
    kind: Kind
    digest: str
    signature: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Move:
    """A move of an alias to a version: when, by which key, and on which evidence."""

    alias: str
    version: int
    set_at: float
    set_by: str
    evidence: Mapping[str, Any]


Known = tuple[list[Version], dict[tuple[str, str], int]]
"""The versions of all combiners, and the version of each alias, by name and alias."""


def versions(connection: Connection, name: str | None = None) -> list[Version]:
    """Return the versions of all combiners, or of the one called `name`, the oldest first."""
    columns = [combiners.c[field] for field in Version.__slots__]
    query = _there(*columns).order_by(combiners.c.name, combiners.c.version)
    if name is not None:
        query = query.where(combiners.c.name == name)
    return [Version(*row) for row in connection.execute(query)]


def find(connection: Connection, name: str, version: int) -> Version:
    """Return one version.

    Raises:
        Problem: 404, no such version.
    """
    for row in versions(connection, name):
        if row.version == version:
            return row
    raise Problem("combiner-not-found", f"no combiner {name}@{version} is registered")


def manifest(connection: Connection, name: str, version: int) -> dict[str, Any]:
    """Return the manifest of an existing version."""
    query = select(combiners.c.manifest).where(
        combiners.c.name == name, combiners.c.version == version
    )
    content: dict[str, Any] = connection.execute(query).scalar_one()
    return content


def add(connection: Connection, new: Version, parsed: Mapping[str, Any]) -> Version:
    """Add `new` as the next version of its name, or return the existing one with its digest.

    Raises:
        Problem: the name has another kind, or the registry is full.
    """
    known = versions(connection, new.name)
    for old in known:
        if old.digest == new.digest:
            return old
    if known and known[0].kind != new.kind:
        detail = f"{new.name} combines {known[0].kind}, and this version {new.kind}"
        raise Problem("kind-mismatch", detail)
    count = connection.execute(_there(func.count())).scalar_one()
    if count >= limits.MOST_COMBINERS:
        detail = f"{count} versions are registered, which is the limit; delete one"
        raise Problem("registry-full", detail)
    newest = select(func.max(combiners.c.version)).where(combiners.c.name == new.name)
    last = connection.execute(newest).scalar() or 0
    numbered = Version(new.name, last + 1, new.kind, new.digest, new.signature, new.created_at)
    row = {field: getattr(numbered, field) for field in Version.__slots__}
    connection.execute(insert(combiners).values(**row, manifest=parsed))
    return numbered


def champion_at_first(connection: Connection, version: Version, by: str) -> None:
    """Make the only version of a name its champion, unless it has been that before.

    So a name can be used from its first upload on; evidence decides from the second version on. A
    version whose owner removed it from the alias is not put back by another upload of it.
    """
    others = [row for row in versions(connection, version.name) if row.version != version.version]
    was = aliases.c.alias == CHAMPION, aliases.c.version == version.version
    if not others and connection.execute(_moves(version.name).where(*was)).first() is None:
        point(connection, version.name, CHAMPION, version.version, by, {"how": FIRST})


def is_untested(connection: Connection, name: str) -> bool:
    """Return whether the champion of a combiner is that only because it was the first version."""
    query = _moves(name).where(aliases.c.alias == CHAMPION).order_by(aliases.c.id.desc()).limit(1)
    last = connection.execute(query).first()
    return last is not None and _move(last).evidence.get("how") == FIRST


def remove(connection: Connection, old: Version, by: str) -> None:
    """Remove a version; its number is never reused.

    The only version of a name may be removed although it is the champion, if it is that by its
    upload alone.

    Raises:
        Problem: an alias points to it.
    """
    now = current(connection, old.name)
    here = [alias for (_, alias), version in now.items() if version == old.version]
    alone = len(versions(connection, old.name)) == 1
    if here == [CHAMPION] and alone and is_untested(connection, old.name):
        point(connection, old.name, CHAMPION, NOWHERE, by, {"how": "deleted"})
    elif here:
        detail = f"{old.name}@{here[0]} points at version {old.version}; move it first"
        raise Problem("version-in-use", detail)
    same = combiners.c.name == old.name, combiners.c.version == old.version
    connection.execute(update(combiners).where(*same).values(digest=_REMOVED, manifest={}))


def keep(connection: Connection, version: Version) -> None:
    """Have no other transaction remove a version until this one ends.

    Raises:
        Problem: 404, it has been removed.
    """
    lock(connection, version.name)
    find(connection, version.name, version.version)


def uses(connection: Connection, digest: str) -> bool:
    """Return whether any version, or a job that has not succeeded, uses these files."""
    of_version = select(combiners.c.version).where(combiners.c.digest == digest)
    of_job = select(jobs.c.id).where(jobs.c.artefact == digest, jobs.c.state != "succeeded")
    return any(connection.execute(query).first() is not None for query in (of_version, of_job))


def used_by_ended_jobs(connection: Connection) -> list[str]:
    """Return the digests of the registered combiners that jobs used which have succeeded."""
    ended = jobs.c.artefact.is_not(None), jobs.c.state == "succeeded"
    return list(connection.execute(select(jobs.c.artefact).where(*ended).distinct()).scalars())


def current(connection: Connection, name: str | None = None) -> dict[tuple[str, str], int]:
    """Return the version that each alias points to now, by name and alias."""
    newest = select(func.max(aliases.c.id)).group_by(aliases.c.name, aliases.c.alias)
    query = select(aliases).where(aliases.c.id.in_(newest), aliases.c.version != NOWHERE)
    if name is not None:
        query = query.where(aliases.c.name == name)
    rows = connection.execute(query.order_by(aliases.c.name, aliases.c.alias))
    return {(row.name, row.alias): row.version for row in rows}


def history(connection: Connection, name: str) -> list[Move]:
    """Return the latest moves of the aliases of a combiner, the newest first."""
    rows = connection.execute(_moves(name).order_by(aliases.c.id.desc()).limit(_MOST_MOVES))
    return list(map(_move, rows))


def previous(connection: Connection, name: str, alias: str) -> int:
    """Return the version that an alias had before the current one, and before earlier rollbacks.

    Raises:
        Problem: 409, it had none that still exists.
    """
    existing = {row.version for row in versions(connection, name)}
    query = _moves(name).where(aliases.c.alias == alias).order_by(aliases.c.id)
    stack: list[int] = []
    for move in map(_move, connection.execute(query)):
        if move.evidence.get("how") == "rollback":
            while stack and stack[-1] != move.version:
                stack.pop()
        elif [move.version] != stack[-1:]:
            stack.append(move.version)
    for version in reversed(stack[:-1]):
        if version in existing and version != stack[-1]:
            return version
    detail = f"{name}@{alias} has no earlier version that is still registered; DELETE removes it"
    raise Problem("no-previous-version", detail)


def lock(connection: Connection, name: str) -> None:
    """Lock the aliases of a combiner until the transaction ends."""
    query = select(combiners.c.version).where(combiners.c.name == name)
    connection.execute(query.order_by(combiners.c.version).with_for_update())


def point(
    connection: Connection, name: str, alias: str, version: int, by: str, why: Mapping[str, Any]
) -> Move:
    """Point an alias of a combiner at a version."""
    move = Move(alias, version, time.time(), by, why)
    row = {field: getattr(move, field) for field in Move.__slots__}
    connection.execute(insert(aliases).values(**row, name=name))
    return move


def _there(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).select_from(combiners).where(combiners.c.digest != _REMOVED)


def _moves(name: str) -> Select[Any]:
    return select(aliases).where(aliases.c.name == name)


def _move(row: Row[Any]) -> Move:
    return Move(row.alias, row.version, row.set_at, row.set_by, row.evidence or {})
