"""A system that is a language model behind an OpenAI-compatible chat endpoint."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from ensemble.candidates import Kind
from ensemble.systems.base import Completion, SystemFailure
from ensemble.systems.chat_api import ChatApi, has_places, message, text_of
from ensemble.systems.chat_client import ChatModel
from ensemble.systems.http import EndpointConfig
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.registry import register
from ensemble.systems.reply import Extract, answer_in
from ensemble.systems.samples import combined
from ensemble.systems.spending import Spent

T = TypeVar("T")

_LONGEST_ANSWER = 2
_LENGTH_ALLOWANCE = 100


class Example(BaseModel):
    """A message that comes before the prompt in each request, as an example."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: Annotated[str, Field(min_length=1)]


@register("chat", key="chat")
class ChatConfig(ChatApi, EndpointConfig):
    """Which model to ask, where, in what words, and how to find its answer in its reply.

    `{source}` in `prompt` stands for the source; before it come `instructions` as the system
    message, and `messages`, which are examples. `response_format` is sent as it is. The answer is
    the part of the reply that `extract` names; with `clean`, it is found between the remarks of the
    model (`ensemble.systems.reply`). Of several `samples` of one model the outputs are combined as
    outputs of `kind`, by the usual combiner: edits by a vote.
    """

    prompt: Annotated[str, AfterValidator(lambda prompt: has_places(prompt, ["{source}"]))] = (
        "{source}"
    )
    instructions: str | None = None
    messages: tuple[Example, ...] = ()
    response_format: dict[str, JsonValue] | None = None
    extract: Extract | None = None
    clean: bool = True
    kind: Kind = "edits"
    samples: Annotated[int, Field(ge=1, le=16)] = 1

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        if self.samples > 1 and not self.temperature:
            raise ValueError("several samples need a temperature above 0: they would be the same")
        return self

    @property
    def is_paced(self) -> bool:
        """Whether it has a number of requests per minute."""
        return self.requests_per_minute is not None

    def system(self) -> "ChatSystem":
        """The system it describes, not started."""
        return ChatSystem(self)


class ChatSystem(ChatModel):
    """A chat endpoint; its output is the answer in its reply, or what its samples agree on."""

    can_be_cancelled = True

    def __init__(self, config: ChatConfig) -> None:
        super().__init__(config.name, config)
        self._config = config

    async def correct(self, source: str) -> str:
        """Return the output for a source; raises as `correct_counting`."""
        return await self.correct_counting(source, Spent())

    async def correct_counting(self, source: str, spent: Spent) -> str:
        """Return the output for a source, and add the cost to `spent`.

        Raises:
            SystemFailure: no sample is an answer; the failure is that of the first.
        """
        request = self._config.request(self._conversation(source))
        if self._config.response_format is not None:
            request["response_format"] = self._config.response_format
        texts = await self._sampled(request, spent, lambda body: self._answer(source, body))
        if len(texts) == 1:
            return texts[0]
        return await asyncio.to_thread(combined, source, texts, self._config.kind)

    async def complete(
        self, messages: Sequence[JsonValue], options: Mapping[str, JsonValue], spent: Spent
    ) -> list[Completion]:
        """Return the answer to a conversation, from each sample that has one.

        Args:
            messages: the conversation in OpenAI's form; prompt and examples of the roster are not
                added to it.
            options: parameters of OpenAI's form that override those of the roster.
            spent: the cost is added to it.

        Raises:
            SystemFailure: no sample is an answer; the failure is that of the first.
        """
        request = {**self._config.request(messages), **self._config.understood(options)}
        return await self._sampled(request, spent, self._completion)

    def _conversation(self, source: str) -> list[JsonValue]:
        config = self._config
        instructions = [message("system", config.instructions)] if config.instructions else []
        examples = [message(example.role, example.content) for example in config.messages]
        prompt = message("user", config.prompt.replace("{source}", source))
        return [*instructions, *examples, prompt]

    async def _sampled(
        self, request: JsonValue, spent: Spent, read: Callable[[bytes], T]
    ) -> list[T]:
        """Return what `read` makes of each sample; those that it refuses are left out."""
        samples = range(self._config.samples)
        calls = (self._client.ask(request, spent, read, sample) for sample in samples)
        results = await asyncio.gather(*calls, return_exceptions=True)
        answers = [result for result in results if not isinstance(result, BaseException)]
        if not answers:
            raise next(result for result in results if isinstance(result, BaseException))
        return answers

    def _answer(self, source: str, body: bytes) -> str:
        """Return the answer in a reply.

        Raises:
            SystemFailure: it is not the JSON of a chat, was cut off, or has no answer; or the
                answer has more lines than the source or is so much longer that it is not a
                correction of it.
        """
        config = self._config
        reply = config.content_of(body)
        text = answer_in(reply, source, extract=config.extract, clean=config.clean)
        if config.kind == "edits":
            _check_correction(source, text)
        return text

    def _completion(self, body: bytes) -> Completion:
        config = self._config
        text = answer_in(text_of(body), None, extract=config.extract, clean=config.clean)
        return Completion(text, "length" if config.is_cut_off(body) else "stop")


def _check_correction(source: str, text: str) -> None:
    lines, most = len(split_lines(text)[0]), len(split_lines(source.strip())[0])
    if lines > most:
        raise SystemFailure(f"answered {lines} lines where the source has {most}")
    longest = _LONGEST_ANSWER * len(source) + _LENGTH_ALLOWANCE
    if len(text) > longest:
        raise SystemFailure(f"answered {len(text)} characters where {longest} are the limit")
