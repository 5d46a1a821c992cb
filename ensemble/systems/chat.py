"""A system that is a language model behind an OpenAI-compatible chat endpoint."""

import os
import re
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, PositiveInt, StringConstraints

from ensemble.systems.base import SystemFailure
from ensemble.systems.http import Endpoint, EndpointConfig, checked_url, pick
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.registry import register

_CONTENT = "choices.0.message.content"
_REASON = "choices.0.finish_reason"
_HEADER_SAFE = re.compile(r"[!-~]+")
_LONGEST_ANSWER = 2
_LENGTH_ALLOWANCE = 100


def _has_a_place_for_the_source(prompt: str) -> str:
    if "{source}" not in prompt:
        raise ValueError("it must contain {source}")
    return prompt


@register("chat", key="chat")
class ChatConfig(EndpointConfig):
    """Which model to ask, where, and in what words.

    `base_url` is that of the API, to which `/chat/completions` is added. `{source}` in `prompt`
    stands for the source, and `instructions`, where there are some, are the system message.
    `api_key_env` names the environment variable that has the key: it is in no file.
    """

    base_url: Annotated[str, Field(alias="chat"), AfterValidator(checked_url)]
    model: str = Field(min_length=1)
    prompt: Annotated[str, AfterValidator(_has_a_place_for_the_source)]
    instructions: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    max_tokens: PositiveInt = 1024
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = (
        None
    )

    def system(self) -> "ChatSystem":
        """The system it describes, not started."""
        return ChatSystem(self)


class ChatSystem(Endpoint):
    """A chat endpoint; what it says is the hypothesis, if it can be one."""

    def __init__(self, config: ChatConfig) -> None:
        super().__init__(config, f"{config.base_url.rstrip('/')}/chat/completions")
        self._config = config

    def content(self, source: str) -> JsonValue:
        """Return the conversation so far: the prompt with the source in it."""
        config = self._config
        messages: list[JsonValue] = [
            {"role": "user", "content": config.prompt.replace("{source}", source)}
        ]
        if config.instructions is not None:
            messages.insert(0, {"role": "system", "content": config.instructions})
        return {
            "model": config.model,
            "messages": messages,
            "temperature": config.temperature,
            "max_tokens": config.max_tokens,
        }

    def headers(self) -> dict[str, str]:
        """Return the key, read anew so that it can be changed; no message ever has it.

        Raises:
            SystemFailure: there is none where there should be, or it fits in no header.
        """
        variable = self._config.api_key_env
        if variable is None:
            return {}
        key = os.environ.get(variable, "").strip()
        if not _HEADER_SAFE.fullmatch(key):
            raise SystemFailure(f"the environment variable {variable} does not hold a key")
        return {"Authorization": f"Bearer {key}"}

    def answer(self, source: str, body: bytes) -> str:
        """Return what the model said, without the white space around.

        Raises:
            SystemFailure: it is not the JSON of a chat, was cut off, has more lines than the source
                or is so much longer that it is not a correction of it.
        """
        text = pick(body, _CONTENT).strip()
        if _is_cut_off(body):
            raise SystemFailure(f"its answer was cut off after {self._config.max_tokens} tokens")
        if not text:
            raise SystemFailure("answered with nothing")
        lines, most = len(split_lines(text)[0]), len(split_lines(source.strip())[0])
        if lines > most:
            raise SystemFailure(f"answered {lines} lines where the source has {most}")
        longest = _LONGEST_ANSWER * len(source) + _LENGTH_ALLOWANCE
        if len(text) > longest:
            raise SystemFailure(f"answered {len(text)} characters where {longest} are the limit")
        return text


def _is_cut_off(body: bytes) -> bool:
    try:
        return pick(body, _REASON) == "length"
    except SystemFailure:
        return False
