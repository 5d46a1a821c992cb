"""The answer of a chat completion, in OpenAI's form: whole, or in the chunks of a stream."""

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ensemble.systems.spending import Spent

_MOST_CHUNKS = 200
_WORD = re.compile(r"\S*\s*")


@dataclass(frozen=True)
class ChatAnswer:
    """One answer: its text, how it ended, its cost over all members, and the evidence for it."""

    model: str
    text: str
    finish: Literal["stop", "length"]
    spent: Spent
    evidence: Mapping[str, Any]
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def usage(self) -> dict[str, int]:
        """The tokens of all members; 0 where no member reports any."""
        sent, received = self.spent.tokens_in or 0, self.spent.tokens_out or 0
        return {
            "prompt_tokens": sent,
            "completion_tokens": received,
            "total_tokens": sent + received,
        }

    def whole(self) -> dict[str, Any]:
        """Return the answer as one object, with the evidence under `consort`."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        return {
            **self._head("chat.completion"),
            "choices": [_choice(finish=self.finish, message=message)],
            "usage": self.usage,
            "consort": self.evidence,
        }

    def chunks(self, with_usage: bool) -> Iterator[str]:
        """Yield the data of each event of a stream, as JSON, and `[DONE]`.

        The chunk that ends the answer has the evidence under `consort`.
        """
        head = self._head("chat.completion.chunk")
        if with_usage:
            head["usage"] = None
        begin = _choice(delta={"role": "assistant", "content": "", "refusal": None})
        yield json.dumps({**head, "choices": [begin]})
        for piece in pieces(self.text):
            yield json.dumps({**head, "choices": [_choice(delta={"content": piece})]})
        end = _choice(finish=self.finish, delta={})
        yield json.dumps({**head, "choices": [end], "consort": self.evidence})
        if with_usage:
            yield json.dumps({**head, "choices": [], "usage": self.usage})
        yield "[DONE]"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def _choice(finish: str | None = None, **content: object) -> dict[str, Any]:
    return {"index": 0, **content, "logprobs": None, "finish_reason": finish}


def pieces(text: str) -> Iterator[str]:
    """Yield `text` in pieces of whole words; together they are the text."""
    least = len(text) // _MOST_CHUNKS + 1
    piece = ""
    for match in _WORD.finditer(text):
        piece += match.group()
        if len(piece) >= least:
            yield piece
            piece = ""
    if piece:
        yield piece
