"""The request of a chat completion, in OpenAI's form: parameters used, ignored and refused."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    WithJsonSchema,
)

from service.core.fields import Text, custom_error
from service.core.limits import LONGEST_TEXT

MOST_MESSAGES = 1000
MOST_STOPS = 16
LONGEST_MODEL = 200

_SENT_ON = (
    "temperature", "top_p", "max_tokens", "stop", "seed", "presence_penalty", "frequency_penalty",
    "response_format", "reasoning_effort",
)  # fmt: skip
"""Parameters that go to the members as they are, in place of those of the roster."""


_ABSENT: tuple[object, ...] = (None, False, 0, [], {}, "")
"""Values of a parameter that mean the same as its absence."""


def _refuse(value: object) -> None:
    """Refuse a parameter, unless its value means the same as its absence."""
    if value not in _ABSENT:
        raise custom_error("unsupported-parameter", "is not supported: a panel answers with text")


def _no_tool(value: object) -> None:
    """Refuse the choice of a tool; without tools, `auto` chooses nothing."""
    if value not in ("none", "auto"):
        _refuse(value)


def _one(value: object) -> object:
    if isinstance(value, bool) or value not in (None, 1):
        raise custom_error("unsupported-parameter", "must be 1: a panel gives one answer")
    return value


def _text_only(value: object) -> object:
    if value not in (None, ["text"]):
        raise custom_error("unsupported-parameter", "must be [text]: a panel answers with text")
    return value


def _content(value: object) -> object:
    """Return a content as one text: its parts must be texts, and are joined by line breaks."""
    if not isinstance(value, list):
        return value
    texts = []
    for part in value:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind != "text" or not isinstance(part.get("text"), str):
            shown = kind if isinstance(kind, str) and len(kind) <= 40 else "another type"
            detail = "has a part that is not a text but {kind}: a panel reads text"
            raise custom_error("unsupported-parameter", detail, kind=shown)
        texts.append(part["text"])
    return "\n".join(texts)


def _role(value: object) -> object:
    if value in ("tool", "function"):
        raise custom_error("unsupported-parameter", "is that of a tool, which a panel does not use")
    return value


def _whole(value: object) -> object:
    """Return a number without decimals as an integer, as JSON has no integers of its own."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _no_surrogate(value: object) -> object:
    """Refuse texts that no encoding can carry, which JSON may have at any depth."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise custom_error("invalid-characters", "has a lone surrogate") from None
    return value


_TEXT = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"^[^\x00]*$"}
_PART = {
    "type": "object",
    "properties": {"type": {"const": "text"}, "text": _TEXT},
    "required": ["type", "text"],
}
_CONTENT = {"anyOf": [_TEXT, {"type": "array", "items": _PART}]}

Refused = Annotated[None, BeforeValidator(_refuse), WithJsonSchema({"enum": [*_ABSENT]})]
"""A parameter that asks for what a panel does not give."""

NoTool = Annotated[
    None, BeforeValidator(_no_tool), WithJsonSchema({"enum": [*_ABSENT, "none", "auto"]})
]
"""The choice of a tool, which needs `tools`."""

Ignored = Any
"""A parameter that does not change the answer."""

Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Whole = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
MostTokens = Annotated[int, Field(strict=True, ge=1), BeforeValidator(_whole)]
Stop = Annotated[str, Field(max_length=1000)]
Stops = Annotated[list[Stop], Field(max_length=MOST_STOPS)]


class Message(BaseModel):
    """A message of the conversation; its content is a text, or parts that are texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Annotated[Literal["system", "developer", "user", "assistant"], BeforeValidator(_role)]
    content: Annotated[Text, BeforeValidator(_content), WithJsonSchema(_CONTENT)]
    name: Annotated[str, Field(max_length=64)] | None = None
    refusal: Ignored = None
    annotations: Ignored = None
    audio: Refused = None
    tool_calls: Refused = None
    function_call: Refused = None

    @property
    def sent_on(self) -> JsonValue:
        """The message as it goes to the members."""
        named: dict[str, JsonValue] = {} if self.name is None else {"name": self.name}
        return {"role": self.role, "content": self.content, **named}


class StreamOptions(BaseModel):
    """How an answer is streamed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    include_usage: StrictBool = False
    include_obfuscation: Ignored = None


class ChatRequest(BaseModel):
    """A conversation to answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=LONGEST_MODEL)]
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None

    temperature: Annotated[Number, Field(ge=0, le=2)] | None = None
    top_p: Annotated[Number, Field(ge=0, le=1)] | None = None
    max_tokens: MostTokens | None = None
    max_completion_tokens: MostTokens | None = None
    stop: Annotated[
        Stops | None, BeforeValidator(_listed, json_schema_input_type=Stop | Stops | None)
    ] = None
    seed: Whole | None = None
    presence_penalty: Annotated[Number, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[Number, Field(ge=-2, le=2)] | None = None
    response_format: Annotated[dict[str, JsonValue], AfterValidator(_no_surrogate)] | None = None
    reasoning_effort: Annotated[str, Field(max_length=20)] | None = None

    n: Annotated[int | None, BeforeValidator(_one), WithJsonSchema({"enum": [None, 1]})] = None
    modalities: Annotated[
        list[str] | None, BeforeValidator(_text_only), WithJsonSchema({"enum": [None, ["text"]]})
    ] = None
    tools: Refused = None
    tool_choice: NoTool = None
    functions: Refused = None
    function_call: NoTool = None
    logprobs: Refused = None
    top_logprobs: Refused = None
    logit_bias: Refused = None
    audio: Refused = None
    prediction: Refused = None
    web_search_options: Refused = None

    user: Ignored = None
    metadata: Ignored = None
    store: Ignored = None
    service_tier: Ignored = None
    safety_identifier: Ignored = None
    prompt_cache_key: Ignored = None
    prompt_cache_retention: Ignored = None
    parallel_tool_calls: Ignored = None
    verbosity: Ignored = None

    @property
    def question(self) -> str:
        """The last message of the user, which judges are shown; "" without one."""
        asked = [message.content for message in self.messages if message.role == "user"]
        return asked[-1] if asked else ""

    @property
    def options(self) -> dict[str, JsonValue]:
        """The parameters that the members are sent."""
        given = self.model_dump(mode="json", include=set(_SENT_ON), exclude_none=True)
        if self.max_completion_tokens is not None:
            given["max_tokens"] = self.max_completion_tokens
        return given

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return self.stream_options is not None and self.stream_options.include_usage
