"""The parts of an OpenAI-compatible chat endpoint that systems and judges share."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    PositiveFloat,
    PositiveInt,
    StrictBool,
    StringConstraints,
    model_validator,
)

from ensemble.systems.addresses import checked_url
from ensemble.systems.base import SystemFailure
from ensemble.systems.json_body import parsed, pick
from ensemble.systems.spending import MILLION, Price
from ensemble.systems.transport import CallLimits

_CONTENT = "choices.0.message.content"
_REASON = "choices.0.finish_reason"
_HEADER_SAFE = re.compile(r"[!-~]+")


class ChatApi(CallLimits):
    """Which model to ask, where, with which key, how often, and at which price.

    `base_url` is that of the API, to which `/chat/completions` is added. `api_key_env` names the
    environment variable that has the key: it is in no file. At most `requests_per_minute` calls
    begin in any minute, the others wait. A `temperature` or `max_tokens` of `None` is not sent, for
    models that refuse it. With `cache`, answers are kept on disk
    (`ensemble.systems.reply_cache`), and the same request is not sent again. `price_in` and
    `price_out` are for a million tokens.
    """

    base_url: Annotated[str, Field(alias="chat"), AfterValidator(checked_url)]
    model: str = Field(min_length=1)
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0.0
    max_tokens: PositiveInt | None = 1024
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = (
        None
    )
    timeout_s: PositiveFloat = 60
    requests_per_minute: PositiveInt | None = None
    cache: StrictBool = False
    price_in: Price | None = None
    price_out: Price | None = None

    @model_validator(mode="after")
    def _has_both_prices(self) -> Self:
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("price_in and price_out must be given together")
        return self

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
        key = self.secret()
        if not _HEADER_SAFE.fullmatch(key):
            raise SystemFailure(f"the environment variable {variable} does not hold a key")
        return {"Authorization": f"Bearer {key}"}

    def secret(self) -> str:
        """Return the key, which is read anew; "" without one."""
        return os.environ.get(self.api_key_env or "", "").strip()

    def request(self, messages: Sequence[JsonValue]) -> dict[str, JsonValue]:
        """Return the body of a request with these messages."""
        settings = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        given: dict[str, JsonValue] = {k: v for k, v in settings.items() if v is not None}
        return {"model": self.model, "messages": list(messages), **given}

    def understood(self, options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return parameters of OpenAI's form as the model takes them.

        One with a `temperature` of `None` is not sent any; one with `max_tokens` of `None` is sent
        the limit as `max_completion_tokens`, its name for models that refuse the other.
        """
        given = dict(options)
        if self.temperature is None:
            given.pop("temperature", None)
        if self.max_tokens is None and "max_tokens" in given:
            given["max_completion_tokens"] = given.pop("max_tokens")
        return given

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """Return the cost of these tokens; `None` without prices."""
        if self.price_in is None or self.price_out is None:
            return None
        return (tokens_in * self.price_in + tokens_out * self.price_out) / MILLION

    def content_of(self, body: bytes) -> str:
        """Return what the model answered, without the white space around.

        Raises:
            SystemFailure: it is not the JSON of a chat, was cut off, or is empty.
        """
        if self.is_cut_off(body):
            most = "its limit of" if self.max_tokens is None else str(self.max_tokens)
            raise SystemFailure(f"its answer was cut off after {most} tokens")
        return text_of(body)

    def is_cut_off(self, body: bytes) -> bool:
        """Return whether an answer ended because it had `max_tokens`."""
        try:
            return pick(body, _REASON) == "length"
        except SystemFailure:
            return False


def text_of(body: bytes) -> str:
    """Return what the model answered, cut off or not, without the white space around.

    Raises:
        SystemFailure: it is not the JSON of a chat, or is empty.
    """
    text = pick(body, _CONTENT).strip()
    if not text:
        raise SystemFailure("answered with nothing")
    return text


def usage_in(body: bytes) -> tuple[int, int] | None:
    """Return the tokens in and out that a body reports, if it does.

    Raises:
        SystemFailure: it is not JSON.
    """
    match parsed(body):
        case {"usage": {"prompt_tokens": int(sent), "completion_tokens": int(received)}}:
            return (sent, received) if min(sent, received) >= 0 else None
    return None


def message(role: str, content: str) -> JsonValue:
    """Return one message of a conversation."""
    return {"role": role, "content": content}


def has_places(prompt: str, places: Sequence[str]) -> str:
    """Return `prompt` if it has each of `places`, as `{source}`.

    Raises:
        ValueError: one is missing.
    """
    for place in places:
        if place not in prompt:
            raise ValueError(f"it must contain {place}")
    return prompt
