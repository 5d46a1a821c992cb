"""How many requests are being answered, and whether the service is stopping."""


class Lifecycle:
    """State of the running service; once `stopping` is set, new requests are refused."""

    def __init__(self) -> None:
        self.requests_in_progress = 0
        self.stopping = False
