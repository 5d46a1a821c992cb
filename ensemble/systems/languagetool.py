"""A system that is a LanguageTool server: its matches, applied to the source, are the output."""

import os
from collections.abc import Iterable
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
)

from ensemble.systems.addresses import checked_url
from ensemble.systems.base import SystemFailure
from ensemble.systems.http import Endpoint, EndpointConfig
from ensemble.systems.json_body import parsed
from ensemble.systems.registry import register
from ensemble.systems.transport import Form
from evaluation.errors import plain_fault

_PATH = "/v2/check"
_LAST_OF_ONE_UNIT = "\uffff"

LanguageCode = Annotated[str, StringConstraints(pattern=r"^(auto|[a-z]{2,3}(-[A-Za-z0-9]+)*)$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[^\s,]+$")]
Units = Annotated[StrictInt, Field(ge=0)]
"""A number of UTF-16 code units, in which LanguageTool counts."""


@register("languagetool", key="languagetool")
class LanguageToolConfig(EndpointConfig):
    """The address of the server, to which `/v2/check` is added, and what to check.

    `api_key_env` names the environment variable that has the key: it is in no file.
    """

    base_url: Annotated[str, Field(alias="languagetool"), AfterValidator(checked_url)]
    language: LanguageCode = "en-US"
    level: Literal["default", "picky"] | None = None
    enabled_rules: tuple[RuleId, ...] = ()
    disabled_rules: tuple[RuleId, ...] = ()
    username: Annotated[str, StringConstraints(min_length=1)] | None = None
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = (
        None
    )

    @property
    def url(self) -> str:
        """The address that is called."""
        base = self.base_url.rstrip("/").removesuffix(_PATH).removesuffix("/v2")
        return f"{base}{_PATH}"

    def key(self) -> str | None:
        """Return the key, read anew so that it can be changed; no message ever has it.

        Raises:
            SystemFailure: the variable does not hold a key.
        """
        if self.api_key_env is None:
            return None
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            variable = self.api_key_env
            raise SystemFailure(f"the environment variable {variable} does not hold a key")
        return key

    def system(self) -> "LanguageToolSystem":
        """The system it describes, not started."""
        return LanguageToolSystem(self)


class LanguageToolSystem(Endpoint):
    """A server that answers with matches, whose first replacements are applied."""

    def __init__(self, config: LanguageToolConfig) -> None:
        self._config = config
        super().__init__(config, config.url)

    def headers(self) -> dict[str, str]:
        """Return no headers: the key is in the form.

        Raises:
            SystemFailure: the key that it needs is missing.
        """
        self._config.key()
        return {}

    def content(self, source: str) -> Form:
        """Return the form with the source.

        Raises:
            SystemFailure: the key that it needs is missing.
        """
        config = self._config
        optional = {
            "language": config.language,
            "level": config.level,
            "enabledRules": ",".join(config.enabled_rules),
            "disabledRules": ",".join(config.disabled_rules),
            "username": config.username,
            "apiKey": config.key(),
        }
        given = {name: value for name, value in optional.items() if value}
        return Form({"text": source, **given})

    def answer(self, source: str, body: bytes) -> str:
        """Return the source after all matches.

        Raises:
            SystemFailure: the body is not the JSON of a check, or does not fit the source.
        """
        return corrected(source, read_matches(body))


class Replacement(BaseModel):
    """A text for the place of a match."""

    value: StrictStr


class Match(BaseModel):
    """A stretch of the text, in UTF-16 code units, and what may replace it, the best first."""

    offset: Units
    length: Units
    replacements: tuple[Replacement, ...] = ()


class _Check(BaseModel):
    matches: tuple[Match, ...]


def read_matches(body: bytes) -> tuple[Match, ...]:
    """Return the matches in the answer to a check.

    Raises:
        SystemFailure: it is not JSON, or not the JSON of a check.
    """
    try:
        return _Check.model_validate(parsed(body)).matches
    except ValidationError as error:
        fault = error.errors()[0]
        path = ".".join(map(str, fault["loc"]))
        reason = f"{path}: {plain_fault(fault['msg'])}" if path else plain_fault(fault["msg"])
        raise SystemFailure(f"answered with JSON that is not LanguageTool's: {reason}") from error


def corrected(source: str, matches: Iterable[Match]) -> str:
    """Return `source` with the first replacement of each match.

    Of matches that overlap, the first is applied, as LanguageTool's clients do; matches without
    replacements are skipped.

    Raises:
        SystemFailure: a match is outside of the source, or begins or ends within a character.
    """
    position = _positions(source)
    pieces: list[str] = []
    reached = 0
    for match in sorted(matches, key=lambda match: match.offset):
        start, end = (_place(position, match, u) for u in (0, match.length))
        if match.replacements and start >= reached:
            pieces += [source[reached:start], match.replacements[0].value]
            reached = end
    return "".join([*pieces, source[reached:]])


def _positions(source: str) -> dict[int, int]:
    """Return the index of each character, and of the end, by its offset in UTF-16 code units."""
    widths = (2 if character > _LAST_OF_ONE_UNIT else 1 for character in source)
    return {unit: index for index, unit in enumerate(accumulate(widths, initial=0))}


def _place(position: dict[int, int], match: Match, after: int) -> int:
    unit = match.offset + after
    if unit in position:
        return position[unit]
    end = max(position)
    fault = f"beyond the {end} units of the source" if unit > end else "within a character"
    place = f"offset {match.offset} and length {match.length}"
    raise SystemFailure(f"answered with a match at {place}, which is {fault}")
