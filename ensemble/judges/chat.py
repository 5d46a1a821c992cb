"""A judge that is a language model behind an OpenAI-compatible chat endpoint.

All outputs are shown at once under neutral labels (Zheng et al. 2023, "Judging LLM-as-a-Judge", on
why the order matters and the names of systems are not shown).
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

from ensemble.judges.base import JudgeConfig, JudgeFailure
from ensemble.judges.registry import register
from ensemble.judges.reply import read_reply
from ensemble.systems.chat_api import ChatApi, message
from ensemble.systems.chat_client import ChatModel
from ensemble.systems.spending import Spent

_TASK = """\
{rubric}

The source and the candidates, as JSON:
source: {source}
{candidates}

Score each candidate from {low:g} to {high:g}; higher is better. Answer with one JSON object that \
maps each label to its number, such as {example}, and with nothing else."""


@register("chat", key="chat")
class ChatJudgeConfig(ChatApi, JudgeConfig):
    """Which model to ask, where, and by which rubric.

    Each question is asked `samples` times, and with `both_orders` as often again with the outputs
    in the reversed order; the score is the mean of the replies that could be read.
    """

    rubric: Annotated[str, StringConstraints(min_length=1, max_length=1 << 14)]
    scale: tuple[FiniteFloat, FiniteFloat] = (1.0, 10.0)
    samples: Annotated[int, Field(ge=1, le=16)] = 1
    both_orders: bool = True

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if not self.scale[0] < self.scale[1]:
            raise ValueError("scale: the first number must be less than the second")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """The scale that the model is told."""
        return self.scale

    def judge(self) -> "ChatJudge":
        """Return the judge it describes, not started."""
        return ChatJudge(self)


class ChatJudge(ChatModel):
    """A chat endpoint that is asked for a number per output."""

    def __init__(self, config: ChatJudgeConfig) -> None:
        super().__init__(config.name, config)
        self._config = config

    async def score(self, source: str, outputs: Sequence[str], spent: Spent) -> list[float]:
        """Return the mean score of each output over samples and orders.

        Replies that cannot be read are left out, as long as one can.

        Raises:
            SystemFailure: no reply could be read; it is the failure of the first.
        """
        config = self._config
        order = shuffled(source, outputs)
        orders = [order, order[::-1]] if config.both_orders and len(order) > 1 else [order]
        calls = (
            self._reply(source, outputs, order, spent, sample)
            for sample in range(config.samples)
            for order in orders
        )
        replies = await asyncio.gather(*calls, return_exceptions=True)
        readable = [reply for reply in replies if not isinstance(reply, BaseException)]
        if not readable:
            raise next(reply for reply in replies if isinstance(reply, BaseException))
        return [sum(scores) / len(readable) for scores in zip(*readable, strict=True)]

    async def _reply(
        self,
        source: str,
        outputs: Sequence[str],
        places: Sequence[int],
        spent: Spent,
        sample: int,
    ) -> list[float]:
        """Ask once, with the outputs in the order of `places`; return scores as `outputs` are."""
        labels = [label(i) for i in range(len(places))]
        shown = [outputs[place] for place in places]
        content = self._config.request([message("user", self._prompt(source, labels, shown))])
        numbers = await self._client.ask(
            content, spent, lambda body: self._read(body, labels), sample
        )
        by_place = dict(zip(places, numbers, strict=True))
        return [by_place[place] for place in range(len(outputs))]

    def _prompt(self, source: str, labels: Sequence[str], shown: Sequence[str]) -> str:
        low, high = self._config.scale
        lines = [f"{name}: {_quoted(text)}" for name, text in zip(labels, shown, strict=True)]
        return _TASK.format(
            rubric=self._config.rubric,
            source=_quoted(source),
            candidates="\n".join(lines),
            low=low,
            high=high,
            example=json.dumps(dict.fromkeys(labels[:2], low)),
        )

    def _read(self, body: bytes, labels: Sequence[str]) -> list[float]:
        """Return the numbers in a body."""
        if self._config.is_cut_off(body):
            fault = f"its answer was cut off after {self._config.max_tokens} tokens"
            raise JudgeFailure("truncated", fault)
        return read_reply(self._config.content_of(body), labels, self._config.scale)


def shuffled(source: str, outputs: Sequence[str]) -> list[int]:
    """Return the order in which outputs are shown: by a digest, so that no system is always first.

    It is the same for the same texts, whatever order they are given in.
    """
    keys = [f"{source}\0{text}".encode("utf-8", "surrogatepass") for text in outputs]
    return sorted(range(len(outputs)), key=lambda i: hashlib.sha256(keys[i]).digest())


def label(number: int) -> str:
    """Return the label of an output, from 0: A to Z, then AA, AB and so on."""
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _quoted(text: str) -> str:
    """Return a text as JSON, so that no output can pose as another, or as the end of the list."""
    return json.dumps(text, ensure_ascii=False)
