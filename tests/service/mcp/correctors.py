"""Systems for the tests of the MCP server, in its own process."""

import os
import threading
from pathlib import Path


def noisy(text: str) -> str:
    """Say the same, and something on standard output."""
    print(f"noise about {text}", flush=True)
    os.write(1, b"noise of a library\n")
    return text


def held(text: str) -> str:
    """Say that it was asked, by a file, and give no answer."""
    Path(os.environ["MCP_ASKED"]).touch()
    threading.Event().wait(60)
    return text
