"""The parts of an OpenAI-compatible chat endpoint that systems and judges share."""

import os
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, PositiveInt, StringConstraints

from ensemble.systems.addresses import checked_url
from ensemble.systems.base import SystemFailure
from ensemble.systems.transport import CallLimits, pick

_CONTENT = "choices.0.message.content"
_REASON = "choices.0.finish_reason"
_HEADER_SAFE = re.compile(r"[!-~]+")


class ChatApi(CallLimits):
    """Which model to ask, where, and with which key.

    `base_url` is that of the API, to which `/chat/completions` is added. `api_key_env` names the
    environment variable that has the key: it is in no file.
    """

    base_url: Annotated[str, Field(alias="chat"), AfterValidator(checked_url)]
    model: str = Field(min_length=1)
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    max_tokens: PositiveInt = 1024
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = (
        None
    )

    @property
    def url(self) -> str:
        """The address that is called."""
        return f"{self.base_url.rstrip('/')}/chat/completions"

    def headers(self) -> dict[str, str]:
        """Return the key, read anew so that it can be changed; no message ever has it.

        Raises:
            SystemFailure: there is none where there should be, or it fits in no header.
        """
        variable = self.api_key_env
        if variable is None:
            return {}
        key = os.environ.get(variable, "").strip()
        if not _HEADER_SAFE.fullmatch(key):
            raise SystemFailure(f"the environment variable {variable} does not hold a key")
        return {"Authorization": f"Bearer {key}"}

    def conversation(self, prompt: str, instructions: str | None) -> JsonValue:
        """Return the body of a request: `instructions`, if any, as the system message."""
        messages: list[JsonValue] = [{"role": "user", "content": prompt}]
        if instructions is not None:
            messages.insert(0, {"role": "system", "content": instructions})
        return {
            "model": self.model,
            "messages": messages,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }

    def content_of(self, body: bytes) -> str:
        """Return what the model answered, without the white space around.

        Raises:
            SystemFailure: it is not the JSON of a chat, was cut off, or is empty.
        """
        text = pick(body, _CONTENT).strip()
        if self.is_cut_off(body):
            raise SystemFailure(f"its answer was cut off after {self.max_tokens} tokens")
        if not text:
            raise SystemFailure("answered with nothing")
        return text

    def is_cut_off(self, body: bytes) -> bool:
        """Return whether an answer ended because it had `max_tokens`."""
        try:
            return pick(body, _REASON) == "length"
        except SystemFailure:
            return False


def has_places(prompt: str, places: Sequence[str]) -> str:
    """Return `prompt` if it has each of `places`, as `{source}`.

    Raises:
        ValueError: one is missing.
    """
    for place in places:
        if place not in prompt:
            raise ValueError(f"it must contain {place}")
    return prompt
