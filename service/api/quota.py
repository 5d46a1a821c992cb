"""Counts segments against the rate limit of the caller."""

from starlette.requests import Request

from service.core.rates import Rates


async def spend(request: Request, segments: int) -> None:
    """Count segments of `request` against the rate limit of its caller, if there is one.

    Raises:
        Problem: 429, too many for the rest of this minute.
        Refused: too many for any minute.
    """
    rates: Rates | None = request.scope.get("rates")
    if rates is not None:
        await rates.segments(request.scope["caller"], segments)
