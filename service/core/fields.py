"""Types of fields that requests and jobs share."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, LiteralString, cast

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import (
    no_info_after_validator_function,
    no_info_wrap_validator_function,
)

from ensemble.combiners.registry import scored
from evaluation.data.class_probabilities import MOST_CLASSES, Output, is_distribution, read_output
from evaluation.data.judge_scores import LARGEST, MOST_JUDGES
from evaluation.errors import InputError
from evaluation.metrics.registry import full_name, parse
from evaluation.records import Distribution
from service.core import limits
from service.core.problem_types import FaultCode

PROBABILITIES = "The probability of each class, from 0 to 1; their sum is over 0 and at most 1"
LABEL_CASE = "Whether labels that differ only in upper and lower case are two labels or one"

ASK_JUDGES = "Whether the judges of /v1/judges may be asked, where they can change the outcome"
RECUSE = "Whether a judge's scores of its own outputs, by name, are left out"


def check_asked(outputs: Collection[str], systems: Collection[str]) -> None:
    """Check that no system is in both, and that there are not too many of both together.

    Raises:
        PydanticCustomError: it is not so.
    """
    if both := [name for name in systems if name in outputs]:
        detail = "has {name} both in outputs and in systems"
        raise custom_error("duplicate-value", detail, name=repr(both[0]))
    if (count := len(outputs) + len(systems)) > limits.MOST_SYSTEMS:
        detail = "has {count} outputs and systems; the limit is {most}"
        raise custom_error("too-many-systems", detail, count=count, most=limits.MOST_SYSTEMS)


def custom_error(code: FaultCode, detail: LiteralString, **values: object) -> PydanticCustomError:
    """Return an error for a validator to raise; `values` fill the braces in `detail`."""
    return PydanticCustomError(code, detail, values or None)


def _matches(pattern: str, code: FaultCode, detail: LiteralString) -> AfterValidator:
    whole = re.compile(pattern).fullmatch

    def check(text: str) -> str:
        if not whole(text):
            raise custom_error(code, detail)
        return text

    return AfterValidator(check)


class AllDiffer:
    """Annotates a list without duplicates, which its JSON schema says too."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(_all_differ, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "uniqueItems": True}


def _all_differ(names: list[str]) -> list[str]:
    for i, name in enumerate(names):
        if name in names[:i]:
            raise custom_error("duplicate-value", "names {name} twice", name=repr(name))
    return names


_NO_NUL = r"^[^\x00]*$"
_NOT_BLANK = r"^[^\x00]*[^\s\x00][^\x00]*$"
_PLAIN = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"

Text = Annotated[
    str,
    Field(max_length=limits.LONGEST_TEXT, json_schema_extra={"pattern": _NO_NUL}),
    _matches(_NO_NUL, "invalid-characters", "has a NUL character"),
]
Name = Annotated[
    str,
    Field(min_length=1, max_length=64, json_schema_extra={"pattern": _PLAIN}),
    _matches(
        _PLAIN, "invalid-characters", "has control characters, or white space at its start or end"
    ),
]
SourceText = Annotated[
    Text,
    Field(min_length=1, json_schema_extra={"pattern": _NOT_BLANK}),
    _matches(_NOT_BLANK, "text-empty", "has only white space"),
]


class AnyOutput:
    """Annotates an output of a system: a text, an integer label or class probabilities."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_wrap_validator_function(self._read, handler.generate_schema(Text))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = handler(schema)
        probabilities = {
            "type": "object",
            "description": f"{PROBABILITIES}; for kind `labels`",
            "propertyNames": {"maxLength": limits.LONGEST_TEXT, "pattern": _NOT_BLANK},
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
            "minProperties": 1,
            "maxProperties": MOST_CLASSES,
        }
        integer = {"type": "integer", "description": "A label; for kind `labels`"}
        return {"anyOf": [text, integer, probabilities]}

    def _read(self, value: object, text: ValidatorFunctionWrapHandler) -> Output:
        if isinstance(value, str):
            return cast(str, text(value))  # as mostly
        try:
            output = read_output(value)
        except InputError as error:
            wrong: FaultCode = (
                "invalid-probabilities" if isinstance(value, Mapping) else "invalid-type"
            )
            code = "too-many" if error.code == "too-large" else wrong
            raise custom_error(code, "{fault}", fault=str(error)) from None
        if is_distribution(output):
            return {text(label): probability for label, probability in output.items()}
        return cast(str, text(output))


SystemOutput = Annotated[str | Distribution, AnyOutput()]


_SCORED = ", ".join(f"`{name}`" for name in scored())

JudgeScores = Annotated[
    dict[Name, dict[Name, Annotated[float, Field(ge=-LARGEST, le=LARGEST, strict=True)] | None]],
    Field(
        max_length=MOST_JUDGES,
        description="By judge and system: how good a judge finds an output, on any scale; higher is"
        " better, null where a score is missing. Used by " + _SCORED,
    ),
]


class OneOfMetrics:
    """Annotates a field that takes one of the metrics `names`, with options or without.

    It is read as the metric's full name: `chrf:word_order=2`, without options left at defaults.
    The option `tokenize` takes its default or one of `tokenizers`, as others are not bounded by
    the limits of a request.
    """

    def __init__(self, names: Iterable[str], tokenizers: Collection[str] = ()) -> None:
        self._names = sorted(names)
        self._tokenizers = tokenizers
        option = r"[a-z_]+=[A-Za-z0-9._-]+"
        self._pattern = rf"^({'|'.join(map(re.escape, self._names))}):{option}(,{option})*$"

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self._full_name, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        most = limits.LONGEST_METRIC
        with_options = {"type": "string", "pattern": self._pattern, "maxLength": most}
        return {"anyOf": [{"type": "string", "enum": self._names}, with_options]}

    def _full_name(self, text: str) -> str:
        spelled = len(text) <= limits.LONGEST_METRIC and re.fullmatch(self._pattern, text)
        if text not in self._names and not spelled:
            fault = f"is not a metric offered here; available: {', '.join(self._names)}"
            raise custom_error("invalid-value", "{fault}", fault=fault)
        try:
            name = full_name(text)
        except ValueError as error:
            raise custom_error("invalid-metric", "{fault}", fault=str(error)) from None
        chosen = parse(name)[1].get("tokenize")
        if chosen is not None and chosen not in self._tokenizers:
            known = ", ".join(self._tokenizers) or "only the default"
            fault = f"{text}: tokenize={chosen} is not offered in requests; available: {known}"
            raise custom_error("invalid-metric", "{fault}", fault=fault)
        return name
