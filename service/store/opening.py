"""Migrates the database in the background when the service starts, and closes it at the end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.store.database import Database, StoreError

_LOG = logging.getLogger(__name__)
_RETRY_S = 5.0
_TIMEOUT_S = 5.0


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[None]:
    """Migrate the database now, or later if it cannot be reached; close it when the context ends.

    The service starts either way, because combining needs no database.
    """
    migrating = asyncio.create_task(_migrate(database))
    await asyncio.wait(
        {migrating, timeout := asyncio.create_task(asyncio.sleep(_TIMEOUT_S))},
        return_when=asyncio.FIRST_COMPLETED,
    )
    timeout.cancel()
    try:
        yield
    finally:
        migrating.cancel()
        await asyncio.wait({migrating})
        await asyncio.to_thread(database.close)


async def _migrate(database: Database) -> None:
    while True:
        try:
            await asyncio.wrap_future(database.migrations.begin(database.migrate))
        except StoreError as error:
            _LOG.warning("the database is not used yet: %s", str(error).partition("\n")[0])
            await asyncio.sleep(_RETRY_S)
        else:
            return
