"""The types of answers in OpenAI's form, for the documentation of the API."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict


class Model(TypedDict):
    """A model that requests can name."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(TypedDict):
    """All models."""

    object: Literal["list"]
    data: list[Model]


class AnswerMessage(TypedDict):
    """The answer."""

    role: Literal["assistant"]
    content: str
    refusal: None


class AnswerChoice(TypedDict):
    """The only choice."""

    index: int
    message: AnswerMessage
    logprobs: None
    finish_reason: Annotated[
        Literal["stop", "length"], Field(description="`length` if the answer was cut off")
    ]


class Usage(TypedDict):
    """The tokens of all members; 0 where no member reports any."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(TypedDict):
    """An answer, with the evidence for it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[AnswerChoice]
    usage: Usage
    consort: Annotated[
        dict[str, Any],
        Field(
            description="How the answer was found: `kind`, and the fields of an answer of "
            "/v1/combine: systems with their answers and costs, candidates with their votes, "
            "judges, combiner, `degraded` and `spent`"
        ),
    ]


class ErrorObject(TypedDict):
    """The error: a message for people, and its type, parameter and code for programs."""

    message: str
    type: str
    param: Annotated[str | None, Field(description="The first parameter at fault")]
    code: Annotated[str, Field(description="A code of OpenAI's, or one of /problems")]


class ErrorAnswer(TypedDict):
    """An error in OpenAI's form."""

    error: ErrorObject
