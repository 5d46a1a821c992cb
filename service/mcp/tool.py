"""A tool: its description and schemas for the model that calls it, and the function behind it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import CoreSchema
from pydantic_core.core_schema import WithDefaultSchema

ArgumentsT = TypeVar("ArgumentsT", bound=BaseModel)

Schema = dict[str, Any]
"""A JSON schema."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a call: `fields` by the schema of the tool's answer, and `text` to read."""

    fields: Mapping[str, object]
    text: str


@dataclass(frozen=True)
class Tool(Generic[ArgumentsT]):
    """A tool; it changes nothing. `run` gets arguments that fit their model.

    `answer` is the `TypedDict` of the fields of its results.
    """

    name: str
    title: str
    description: str
    arguments: type[ArgumentsT]
    answer: type
    run: Callable[[ArgumentsT], Awaitable[Result]]

    @property
    def input_schema(self) -> Schema:
        """The schema of its arguments."""
        return self.arguments.model_json_schema(schema_generator=_Concise)

    @property
    def output_schema(self) -> Schema:
        """The schema of the fields of its results."""
        return TypeAdapter(self.answer).json_schema(schema_generator=_Concise)

    async def call(self, given: Mapping[str, object]) -> Result:
        """Return the result for the arguments `given`.

        Raises:
            ValidationError: they do not fit the schema.
            Refused, Busy, TimeoutError, Problem: as the engine raises them.
        """
        return await self.run(self.arguments.model_validate(given))


class _Concise(GenerateJsonSchema):
    """Leaves out titles made of names, and the null of fields that may be left out.

    A model reads every word of a schema, and can leave such a field out.
    """

    def field_title_should_be_set(self, schema: object) -> bool:
        """Return that no field has a title."""
        return False

    def default_schema(self, schema: WithDefaultSchema) -> Schema:
        """Return the schema of a field that may be left out; one of null is left out itself."""
        inner = schema["schema"]
        if schema.get("default", inner) is None and inner["type"] == "nullable":
            return self.generate_inner(inner["schema"])
        return super().default_schema(schema)

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> Schema:
        """Return the whole schema."""
        made = super().generate(schema, mode)
        made.pop("title", None)
        return made
