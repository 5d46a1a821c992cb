"""What a request takes from its caller's quota of segments."""

from starlette.requests import Request

from service.core.rates import Rates


async def spend(request: Request, segments: int) -> None:
    """Count the segments that `request` wants combined against its caller, where that is done.

    Raises:
        Problem: 429, they are too many for this minute.
        Refused: they are too many for any minute.
    """
    rates: Rates | None = request.scope.get("rates")
    if rates is not None:
        await rates.segments(request.scope["caller"], segments)
