"""The database while the service runs: brought up to date as soon as it is there."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.store.database import Database, StoreError

_LOG = logging.getLogger(__name__)
_AGAIN_S = 5.0
_PATIENCE_S = 5.0


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[None]:
    """Hold a database that is brought up to date at once, or later where it cannot be reached.

    The service starts either way: combining needs no database.
    """
    bringing = asyncio.create_task(_bring_up_to_date(database))
    await asyncio.wait(
        {bringing, first := asyncio.create_task(asyncio.sleep(_PATIENCE_S))},
        return_when=asyncio.FIRST_COMPLETED,
    )
    first.cancel()
    try:
        yield
    finally:
        bringing.cancel()
        await asyncio.wait({bringing})
        await asyncio.to_thread(database.close)


async def _bring_up_to_date(database: Database) -> None:
    while True:
        try:
            await asyncio.wrap_future(database.begin(database.migrate))
        except StoreError as error:
            _LOG.warning("the database is not used yet: %s", str(error).partition("\n")[0])
            await asyncio.sleep(_AGAIN_S)
        else:
            return
