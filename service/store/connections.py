"""Connections to SQLite and PostgreSQL: durable, with timeouts, and ended with their `Call`."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError, OperationalError

from service.store.call import check, current

_LOCKED_S = 10
_INTERVAL_S = 0.01
# SQLite asks after this many steps, some 20 ms, whether to go on. It waits for Python's lock each
# time: every 100,000 steps, a statement takes five times as long beside a busy thread.
_STEPS = 1_000_000
# Without these, a connection without replies would hang for minutes. A URL overrides them.
_TIMEOUTS = {
    "connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 5,
    "keepalives_interval": 1, "keepalives_count": 3,
}  # fmt: skip
_END_WITH_CLIENT = "SET client_connection_check_interval = 500"  # ms
_CAN_END_WITH_CLIENT = 140_000  # PostgreSQL 14


def engine_of(url: URL, connections: int) -> Engine:
    """Return the engine of a database, which keeps this many connections open.

    A statement whose call has been given up ends with an error, and its transaction is rolled back.

    Raises:
        ImportError: the URL names PostgreSQL, and the extra `postgres` is missing.
    """
    sqlite = url.get_backend_name() == "sqlite"
    engine = _sqlite(url, connections) if sqlite else _postgresql(url, connections)
    event.listen(engine, "before_cursor_execute", lambda *_: check())
    return engine


def _sqlite(url: URL, connections: int) -> Engine:
    engine = create_engine(url, pool_size=connections, connect_args={"timeout": _LOCKED_S})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkout", _watch)
    return engine


def _postgresql(url: URL, connections: int) -> Engine:
    timeouts = {name: value for name, value in _TIMEOUTS.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_size=connections, connect_args=timeouts)
    except ModuleNotFoundError as error:
        raise ImportError("PostgreSQL needs the extra: pip install 'consort[postgres]'") from error

    def ping(connection: Any, *_: object) -> None:  # noqa: ANN401 - a connection of the driver
        """Replace a lost connection. SQLAlchemy would do it before the call can be attached."""
        _attach(connection)
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            check()
            raise InvalidatePoolError from error

    event.listen(engine, "connect", _end_with_client)
    event.listen(engine, "checkout", ping)
    event.listen(engine, "checkin", _detach)
    event.listen(engine, "handle_error", _keep_others)
    return engine


def _durable(connection: Any, _: object) -> None:  # noqa: ANN401 - a connection of the driver
    # Otherwise the driver begins transactions itself, and only at the first change.
    connection.isolation_level = None
    # SQLite itself does not wait if two processes change the journal mode.
    _when_unlocked(lambda: connection.execute("PRAGMA journal_mode=WAL"))
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA busy_timeout=0")  # SQLite cannot be interrupted while it waits
    try:
        _when_unlocked(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    finally:
        driver.execute(f"PRAGMA busy_timeout={_LOCKED_S * 1000}")


def _when_unlocked(execute: Callable[[], object]) -> None:
    """Retry while another connection has the lock, but no longer than the caller waits."""
    deadline = time.monotonic() + _LOCKED_S
    while True:
        try:
            execute()
            return
        except (sqlite3.OperationalError, OperationalError) as error:
            if time.monotonic() > deadline or not _is_busy(getattr(error, "orig", error)):
                raise
        check()
        time.sleep(_INTERVAL_S)


def _is_busy(error: object) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)


def _watch(connection: Any, *_: object) -> None:  # noqa: ANN401
    """Have SQLite end a running statement when its call has been given up."""
    call = current()
    connection.set_progress_handler(call.given_up if call else None, _STEPS)


def _end_with_client(connection: Any, _: object) -> None:  # noqa: ANN401
    """Have the server end a running statement when its client is gone, and roll it back."""
    _attach(connection)
    if connection.info.server_version >= _CAN_END_WITH_CLIENT:
        connection.execute(_END_WITH_CLIENT)
        connection.commit()


def _attach(connection: Any) -> None:  # noqa: ANN401
    if call := current():
        call.attach(connection.fileno())


def _detach(*_: object) -> None:
    if call := current():
        call.detach()


def _keep_others(context: ExceptionContext) -> None:
    """Replace only the connection that was cut off: the others have not been lost with it."""
    call = current()
    if call and call.given_up():
        context.invalidate_pool_on_disconnect = False
