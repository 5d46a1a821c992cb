"""A small real chat endpoint for judges: it answers as a test says and counts the questions."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[dict[str, str]], Any]
"""Maps the candidates shown, by label, to the text of the reply, or to a whole body."""

_SHOWN = re.compile(r'^([A-Z]+): (".*")$', re.MULTILINE)
SLOW_S = 0.4


def candidates(prompt: str) -> dict[str, str]:
    """The candidates in a prompt, by label."""
    return {label: json.loads(text) for label, text in _SHOWN.findall(prompt)}


def by_length(shown: dict[str, str]) -> str:
    """Score candidates by their lengths, from 1 to 10; slow or babbling where one says so."""
    texts = set(shown.values())
    if "slow" in texts:
        time.sleep(SLOW_S)
    if "babble" in texts:
        return "I cannot decide."
    return json.dumps({label: max(1, min(10, len(text))) for label, text in shown.items()})


class Handler(BaseHTTPRequestHandler):
    """Answers by the server's `reply`."""

    server: "ChatServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        shown = candidates(prompt)
        self.server.asked.append(shown)
        self.server.prompts.append(prompt)
        if "raise" in shown.values():
            self.send_error(400)
            return
        content = self.server.reply(shown)
        if isinstance(content, str):
            choices = [{"message": {"content": content}, "finish_reason": "stop"}]
            usage = {"prompt_tokens": 100, "completion_tokens": 10}
            content = {"choices": choices, "usage": usage}
        sent = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        with suppress(OSError):  # the client may have given up
            self.wfile.write(sent)

    def log_message(self, *args: object) -> None: ...


class ChatServer(ThreadingHTTPServer):
    """`asked` has the candidates of each request, by label, `prompts` its words."""

    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply: Reply = by_length
        self.asked: list[dict[str, str]] = []
        self.prompts: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def entry(self, **settings: Any) -> dict[str, Any]:
        """The entry of a roster for a judge that asks it."""
        keys = {"name": "critic", "chat": self.url, "model": "m", "rubric": "Which is better?"}
        return {**keys, "allow_private": True, "attempts": 1, **settings}


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """Serve on a free port for as long as the context lasts."""
    with ChatServer() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()
