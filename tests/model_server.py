"""A stand-in for model servers in OpenAI's form, on 127.0.0.1: each model does as it is told.

A model that nothing is told does as its name says, which is a line of the same form: `says Paris`.
Of several things, it does the first once, then the next, and the last from then on.

says TEXT       answers with TEXT; `frugal TEXT` does not report tokens, `cut TEXT` was cut off
echoes          answers with the last message
replaces A B    answers with the last message, with B in the place of A
answers TEXT    answers with TEXT, but refuses a message that is `fail` with status 500
prefers TEXT    a judge: scores the output TEXT 10, and the others 1
stalls TEXT     answers with TEXT when it is released
status CODE     refuses with this status, and quotes the key, as some servers do
later SECONDS   refuses with 429 and this `Retry-After`
closes          closes the connection in the middle of its answer
hangs up        closes the connection before it answers
leaks           answers with a header that is not one, and that has the key
streams         answers with a stream, which was not asked for
BODIES          answers with one of these bodies
"""

import json
import os
import re
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BODIES = {
    "html": b"<html>Bad gateway</html>",
    "another shape": b'{"answer": "Paris"}',
    "no choices": b'{"choices": []}',
    "no object": b"null",
    "no text": b'{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}',
    "blank": b'{"choices": [{"message": {"content": " "}, "finish_reason": "stop"}]}',
    "surrogate": b'{"choices": [{"message": {"content": "\\ud800"}, "finish_reason": "stop"}]}',
    "not utf-8": b'{"choices": [{"message": {"content": "\xff"}, "finish_reason": "stop"}]}',
    "deep": b"[" * 100_000,
    "huge": b'"' + b"x" * (1 << 21) + b'"',
    "odd usage": b'{"choices": [{"message": {"content": "Paris"}}], '
    b'"usage": {"prompt_tokens": -1, "completion_tokens": "many"}}',
}


@dataclass(frozen=True)
class Asked:
    """A request that a model got."""

    model: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"])


class ModelServer(ThreadingHTTPServer):
    """Records what its models are asked, which of them stall now, and whose callers have left."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._pipes: list[tuple[int, int]] = []
        self.reset()

    @property
    def url(self) -> str:
        """The base of its API."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def reset(self) -> None:
        """Forget what the models were told, and what they were asked; those that stall answer."""
        self.release()
        self._pipes.append(os.pipe())
        self.told: dict[str, list[str]] = {}
        self.asked: list[Asked] = []
        self.stalling: list[str] = []
        self.left: list[str] = []

    def tell(self, **told: str | list[str]) -> None:
        """Tell models what to do."""
        self.told |= {m: [what] if isinstance(what, str) else what for m, what in told.items()}

    def next(self, model: str) -> str:
        """What a model does now."""
        told = self.told.get(model, [model])
        return told.pop(0) if len(told) > 1 else told[0]

    def release(self) -> None:
        """Let all models that stall answer, now and until the next reset."""
        for _, end in self._pipes[-1:]:
            os.write(end, b"!")

    @property
    def released(self) -> int:
        """A file that can be read as soon as the models are released."""
        return self._pipes[-1][0]


@contextmanager
def serving_models() -> Iterator[ModelServer]:
    """Serve models for as long as the context lasts."""
    with ModelServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def completion(text: str, finish: str = "stop", usage: bool = True) -> dict[str, Any]:
    """An answer in OpenAI's form; each costs ten tokens, and one for each of its words."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    tokens = {"prompt_tokens": 10, "completion_tokens": len(text.split())}
    body = {"object": "chat.completion", "choices": [{**choice, "finish_reason": finish}]}
    return {**body, "usage": tokens} if usage else body


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(body["model"], dict(self.headers), body)
        self.server.asked.append(asked)
        with suppress(OSError):  # the caller may have left
            self._do(self.server.next(asked.model), asked)

    def _do(self, told: str, asked: Asked) -> None:
        verb, _, text = told.partition(" ")
        match verb:
            case "frugal":
                self._answer(completion(text, usage=False))
            case "cut":
                self._answer(completion(text, "length"))
            case "echoes":
                self._answer(completion(asked.prompt))
            case "replaces":
                self._answer(completion(asked.prompt.replace(*text.split())))
            case "answers" if asked.prompt == "fail":
                self._answer({}, 500)
            case "says" | "answers":
                self._answer(completion(text))
            case "prefers":
                self._answer(completion(_scores(asked.prompt, text)))
            case "stalls":
                self._stall(asked.model, text)
            case "status":
                quoted = {"message": f"wrong key: {self.headers['Authorization']}"}
                self._answer({"error": quoted}, int(text))
            case "later":
                self._answer({}, 429, {"Retry-After": text})
            case "closes":
                self._send(200, {"Content-Length": "1000"}, b'{"choices": [')
            case "hangs":
                self.connection.shutdown(socket.SHUT_RDWR)
            case "leaks":
                key = self.headers["Authorization"].removeprefix("Bearer ")
                self.wfile.write(f"HTTP/1.1 200 OK\r\n{key} is wrong\r\n\r\n".encode())
            case "streams":
                event = f"data: {json.dumps(completion('Paris'))}\n\ndata: [DONE]\n\n"
                self._send(200, {"Content-Type": "text/event-stream"}, event.encode())
            case _ if told in BODIES:
                self._send(200, {}, BODIES[told])
            case _:
                self._answer({"error": {"message": f"no model {told!r}"}}, 404)

    def _stall(self, model: str, text: str) -> None:
        self.server.stalling.append(model)
        ready, _, _ = select.select([self.connection, self.server.released], [], [])
        self.server.stalling.remove(model)
        if self.connection in ready:
            self.server.left.append(model)
        else:
            self._answer(completion(text))

    def _answer(
        self, body: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self._send(status, headers or {}, json.dumps(body).encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def _scores(prompt: str, best: str) -> str:
    shown = re.findall(r"^([A-Z]+): (.*)$", prompt, re.MULTILINE)
    return json.dumps({label: 10 if json.loads(text) == best else 1 for label, text in shown})
