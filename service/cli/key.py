"""`consort key`: creates, lists and revokes keys directly in the database."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from evaluation.errors import InputError
from service.cli.console import AsJson, clear_errors, say
from service.core.settings import load_settings
from service.store import keys
from service.store.database import Database, StoreError
from service.store.keys import Key

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Create, list and revoke keys of the service."
)

Config = Annotated[Path | None, typer.Option(help="Settings file; see configs/service.yaml.")]


@contextmanager
def _opened(config: Path | None) -> Iterator[Database]:
    with clear_errors():
        settings = load_settings(config)
        settings.state.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database_url)
        try:
            database.migrate()
            yield database
        except SQLAlchemyError as error:
            raise StoreError(f"{database.name}: {type(error).__name__}") from error
        finally:
            database.close()


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its owner or purpose.")],
    scope: Annotated[
        list[str],
        typer.Option(help=f"{', '.join(keys.SCOPES)}; may be repeated."),
    ],
    expires: Annotated[float | None, typer.Option(help="Days until it expires.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it; it is shown only once and not stored."""
    with _opened(config) as database:
        key, text = keys.create(database, name, scope, expires)
    typer.echo(json.dumps({**key.shown(), "key": text}) if as_json else text)
    say(f"key {key.id} of {key.name}: {', '.join(key.scopes)}. It is not shown again.")


@app.command("list")
def show(config: Config = None, as_json: AsJson = False) -> None:
    """List all keys with id, state, expiry, scopes and name, including expired and revoked ones."""
    with _opened(config) as database:
        known = keys.every(database)
    if as_json:
        typer.echo(json.dumps({"keys": [key.shown() for key in known]}))
        return
    for key in known:
        scopes, until = ",".join(key.scopes), _day(key.expires_at)
        typer.echo(f"{key.id}  {_state(key):8} {until:10} {scopes:24} {key.name}")
    if not known:
        say("there are no keys")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `consort key list` shows it.")],
    config: Config = None,
) -> None:
    """Revoke a key; running services learn of it within seconds (`poll_s`)."""
    with _opened(config) as database:
        if not keys.revoke(database, key):
            raise InputError("unknown-name", f"no key has the id {key!r}")
    say(f"key {key} is revoked")


def _day(at: float | None) -> str:
    return "no expiry" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat()


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.valid(time.time()) else "expired"
