"""State of the running service: the number of requests in progress, and whether it is stopping."""


class Lifecycle:
    """Counts requests in progress; once `stopping` is set, new requests are refused."""

    def __init__(self) -> None:
        self.requests_in_progress = 0
        self.stopping = False
