"""What is being answered, and whether the service is about to stop."""


class Traffic:
    """Requests under way; once `stopping`, no new ones are taken."""

    def __init__(self) -> None:
        self.under_way = 0
        self.stopping = False
