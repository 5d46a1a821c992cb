"""`/v2/...`: the service in the form of LanguageTool's HTTP API."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import PlainTextResponse
from typing_extensions import TypedDict

from evaluation import VERSION
from service.api import body
from service.api.openapi import ref
from service.engine import Engine
from service.languagetool import languages
from service.languagetool.annotation import read_data
from service.languagetool.answer import LanguageFound, Matches, answer, software
from service.languagetool.checking import Checker
from service.languagetool.document import Document, Part, fault, read, units
from service.languagetool.rules import RULES, Selection
from service.languagetool.sentences import spans
from service.limits import CHECKED_UNITS, Gate
from service.problems import MEDIA_TYPE, Problem
from service.rates import spend
from service.settings import Settings

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100
_TRUE = {"true", "yes", "1"}
_EXAMPLE = {"language": "en-US", "text": "I has a apple."}


def _no_default(schema: dict[str, Any]) -> None:
    """Leave out that a text which is not there is null: in a form nothing is."""
    schema.pop("default", None)


class CheckRequest(BaseModel):
    """The fields of the form that mean something here; all others are accepted and ignored."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["data"]}]},
    )

    text: Annotated[
        str | SkipJsonSchema[None],
        Field(description="The text, unless `data` has it", json_schema_extra=_no_default),
    ] = None
    data: Annotated[
        str | SkipJsonSchema[None],
        Field(
            description='JSON: {"text": ...} or {"annotation": [{"text": ...} or '
            '{"markup": ..., "interpretAs": ...}, ...]}',
            json_schema_extra=_no_default,
        ),
    ] = None
    language: Annotated[
        str, Field(description="One of /v2/languages, or `auto`: the preferred, else the first")
    ]
    preferredVariants: str = ""  # noqa: N815 - the names that clients send
    enabledRules: str = ""  # noqa: N815
    disabledRules: str = ""  # noqa: N815
    enabledCategories: str = ""  # noqa: N815
    disabledCategories: str = ""  # noqa: N815
    enabledOnly: Annotated[str, Field(description="`true`: no rule but those enabled")] = "false"  # noqa: N815


class LanguageServed(TypedDict):
    """A language that a text may be said to be in."""

    name: str
    code: str
    longCode: str


class Configuration(TypedDict):
    """How much text is checked at once, and by which rules."""

    software: dict[str, Any]
    parameter: dict[str, int]
    rules: list[dict[str, str]]


def routes(engine: Engine, settings: Settings) -> APIRouter:
    """Return the routes that clients of LanguageTool call."""
    router = APIRouter(prefix="/v2", tags=["languagetool"])
    checker = Checker(engine, "neural" if settings.combiner else "vote", settings.batch_deadline_s)
    gate = Gate(settings.asking_at_once)
    served = settings.languages

    async def checked(request: Request, fields: Mapping[str, str]) -> Matches:
        if "language" not in fields:
            raise Problem(400, "Missing 'language' parameter, e.g. 'language=en-US'")
        form = CheckRequest.model_validate(fields)
        document, selection = _document(form), _selection(form)
        language = _language(form, served)
        await spend(request, max(1, sum(1 for _ in spans(document.text))))
        with gate.enter():
            return answer(document, await checker.check(document.text, selection), language)

    @router.post(
        "/check",
        responses=_errors(400, 408, 413, 415, 503),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {FORM: {"schema": ref("CheckRequest"), "example": _EXAMPLE}},
            }
        },
    )
    async def check(request: Request) -> Matches:
        """Check a text by all systems; offsets count UTF-16 code units, as LanguageTool's do."""
        body.media_type(request, [FORM])
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        return await checked(request, {**_query(request), **_fields(content)})

    @router.get(
        "/check",
        responses=_errors(400, 503),
        openapi_extra={"parameters": _parameters()},
    )
    async def check_by_query(request: Request) -> Matches:
        """Check a text that is in the address."""
        return await checked(request, _query(request))

    @router.get("/languages")
    async def list_languages() -> list[LanguageServed]:
        """List the languages that a text may be said to be in."""
        return [
            LanguageServed(name=one.name, code=one.code, longCode=one.long_code)
            for one in map(languages.Language, served)
        ]

    @router.get("/maxtextlength", response_class=PlainTextResponse)
    async def longest() -> str:
        """Say how many UTF-16 code units a text may have."""
        return str(CHECKED_UNITS)

    @router.get("/healthcheck", response_class=PlainTextResponse)
    async def healthcheck() -> str:
        """Say that the process runs."""
        return "OK"

    @router.get("/info")
    async def info() -> dict[str, dict[str, Any]]:
        """Say what runs here."""
        return {"software": software()}

    @router.get("/configinfo", responses=_errors(400, 422))
    async def configuration(language: str) -> Configuration:
        """List the rules, which are the same in every language."""
        if languages.find(language, served) is None:
            raise _unknown(language, served)
        rules = [
            {
                "ruleId": rule.id,
                "description": rule.description,
                "categoryId": rule.category,
                "categoryName": rule.category_name,
                "locQualityIssueType": rule.issue_type,
            }
            for rule in RULES.values()
        ]
        return Configuration(
            software=software(), parameter={"maxTextLength": CHECKED_UNITS}, rules=rules
        )

    return router


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    plain = {"schema": {"type": "string"}, "example": f"Error: {VERSION}"}
    content = {"text/plain": plain, MEDIA_TYPE: {"schema": ref("Problem")}}
    words = "`Error: ` and what is wrong; a problem document where JSON is accepted"
    return {status: {"description": words, "content": content} for status in statuses}


def _parameters() -> list[dict[str, Any]]:
    schema = CheckRequest.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema["required"],
            "description": field.get("description", ""),
            "schema": {"type": "string"},
        }
        for name, field in schema["properties"].items()
    ]


def _query(request: Request) -> dict[str, str]:
    return _fields(request.scope["query_string"])


def _fields(content: bytes) -> dict[str, str]:
    """Return the fields of a form; of one that is there twice, the last."""
    try:
        pairs = parse_qsl(
            content.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise Problem(400, "the form is not UTF-8") from None
    except ValueError:
        raise Problem(400, f"the form has more than {_MOST_FIELDS} fields") from None
    return dict(pairs)


def _document(form: CheckRequest) -> Document:
    if form.text is not None and form.data is not None:
        raise Problem(400, "Set only 'text' or 'data' parameter, not both")
    if form.text is not None:
        parts: Sequence[Part] = [Part(form.text)]
    elif form.data is not None:
        parts = read_data(form.data)
    else:
        raise Problem(400, "Missing 'text' or 'data' parameter")
    length = sum(units(part.text) for part in parts)
    if length > CHECKED_UNITS:
        raise Problem(
            413,
            f"Your text exceeds the limit of {CHECKED_UNITS} characters (it's {length} characters)."
            " Please submit a shorter text.",
        )
    if found := next(filter(None, (fault(part.text) for part in parts)), None):
        raise Problem(400, f"the text has a {found}")
    return read(parts)


def _selection(form: CheckRequest) -> Selection:
    enabled = _names(form.enabledRules) | _names(form.enabledCategories)
    disabled = _names(form.disabledRules) | _names(form.disabledCategories)
    only = form.enabledOnly.strip().lower() in _TRUE
    if only and disabled:
        raise Problem(400, "You cannot specify disabled rules or categories using enabledOnly=true")
    if only and not enabled:
        raise Problem(
            400, "You must specify enabled rules or categories when using enabledOnly=true"
        )
    return Selection(enabled, disabled, only)


def _language(form: CheckRequest, served: Sequence[str]) -> LanguageFound:
    if form.language.strip().lower() == "auto":
        return LanguageFound(languages.preferred(form.preferredVariants.split(","), served), True)
    language = languages.find(form.language, served)
    if language is None:
        raise _unknown(form.language, served)
    return LanguageFound(language, False)


def _unknown(code: str, served: Sequence[str]) -> Problem:
    shown = code if len(code) <= 20 else f"{code[:20]}…"
    return Problem(
        400,
        f"'{shown}' is not a language code known to this server. "
        f"Supported language codes are: {', '.join(served)}",
    )


def _names(listed: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, listed.split(","))))
