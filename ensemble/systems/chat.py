"""A system that is a language model behind an OpenAI-compatible chat endpoint."""

from typing import Annotated

from pydantic import AfterValidator, JsonValue

from ensemble.systems.base import SystemFailure
from ensemble.systems.chat_api import ChatApi, has_places
from ensemble.systems.http import Endpoint, EndpointConfig
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.registry import register

_LONGEST_ANSWER = 2
_LENGTH_ALLOWANCE = 100


@register("chat", key="chat")
class ChatConfig(ChatApi, EndpointConfig):
    """Which model to ask, where, and in what words.

    `{source}` in `prompt` stands for the source, and `instructions`, where there are some, are the
    system message.
    """

    prompt: Annotated[str, AfterValidator(lambda prompt: has_places(prompt, ["{source}"]))]
    instructions: str | None = None

    def system(self) -> "ChatSystem":
        """The system it describes, not started."""
        return ChatSystem(self)


class ChatSystem(Endpoint):
    """A chat endpoint; what it says is the hypothesis, if it can be one."""

    def __init__(self, config: ChatConfig) -> None:
        self._config = config
        super().__init__(config, config.url)

    def content(self, source: str) -> JsonValue:
        """Return the conversation so far: the prompt with the source in it."""
        prompt = self._config.prompt.replace("{source}", source)
        return self._config.conversation(prompt, self._config.instructions)

    def headers(self) -> dict[str, str]:
        """Return the key, as `ChatApi.headers` does."""
        return self._config.headers()

    def answer(self, source: str, body: bytes) -> str:
        """Return what the model said, without the white space around.

        Raises:
            SystemFailure: it is not the JSON of a chat, was cut off, has more lines than the source
                or is so much longer that it is not a correction of it.
        """
        text = self._config.content_of(body)
        lines, most = len(split_lines(text)[0]), len(split_lines(source.strip())[0])
        if lines > most:
            raise SystemFailure(f"answered {lines} lines where the source has {most}")
        longest = _LONGEST_ANSWER * len(source) + _LENGTH_ALLOWANCE
        if len(text) > longest:
            raise SystemFailure(f"answered {len(text)} characters where {longest} are the limit")
        return text
