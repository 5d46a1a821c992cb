"""Puts a conversation to a system by a deadline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from ensemble.candidates.short_answers import as_labels
from ensemble.systems.ask import Answer, by_deadline, check_text
from ensemble.systems.base import Completion, Conversational
from ensemble.systems.samples import combined
from ensemble.systems.spending import Spent
from ensemble.systems.turn import TURN, Turn


async def converse(
    system: Conversational,
    messages: Sequence[JsonValue],
    options: Mapping[str, JsonValue],
    deadline_s: float,
) -> Answer:
    """Return the answer of `system` to a conversation in OpenAI's form.

    Several samples are combined: as labels where they are short and agree, else as texts. Returns
    within about `deadline_s` seconds, and raises for no failing system.
    """

    async def call(spent: Spent) -> Completion:
        completion = _together(await system.complete(messages, options, spent))
        check_text(completion.text)
        return completion

    answer, completion = await by_deadline(call, deadline_s, Turn(TURN.get()))
    if completion is None:
        return answer
    return replace(answer, text=completion.text, finish=completion.finish)


def _together(samples: Sequence[Completion]) -> Completion:
    """Return the one of `samples` that is most like all."""
    if len(samples) == 1:
        return samples[0]
    named = {str(place): sample.text for place, sample in enumerate(samples)}
    labels = as_labels(named)
    texts = list((labels or named).values())
    text = combined("", texts, "texts" if labels is None else "labels")
    # A label is taken in the form that most samples have, which one of them has too.
    place = next((i for i, sample in enumerate(texts) if sample == text), 0)
    return Completion(text, samples[place].finish)
