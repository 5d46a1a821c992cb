"""`/v2/...`: the service in the form of LanguageTool's HTTP API."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse
from typing_extensions import TypedDict

from evaluation import VERSION
from service.api import body
from service.api.disconnect import while_there
from service.api.middleware.authentication import FORM, admit
from service.api.openapi import ref, request_body
from service.api.quota import spend
from service.core.engine import Engine
from service.core.limits import CHECKED_UNITS, Gate
from service.core.problems import MEDIA_TYPE
from service.core.settings import Settings
from service.languagetool import form, languages
from service.languagetool.answer import Matches, answer, software
from service.languagetool.checking import Checker
from service.languagetool.form import Check, CheckRequest
from service.languagetool.rules import RULES
from service.languagetool.sentences import spans

_EXAMPLE = {"language": "en-US", "text": "I has a apple."}


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
    combiner = "neural" if settings.combiner else "vote"
    checker = Checker(engine, combiner, settings.batch_deadline_s)
    gate = Gate(settings.asking_at_once)

    async def checked(request: Request, fields: Mapping[str, str]) -> Matches:
        await admit(request, form.key_in(fields))
        asked = Check.of(fields, settings.languages)
        text = asked.document.text
        places = list(spans(text))
        await spend(request, max(1, len(places)))
        with gate.enter():
            found = await while_there(request, checker.check(text, places, asked.selection))
        return answer(asked.document, found, asked.language)

    @router.post(
        "/check",
        responses=_errors(400, 408, 413, 415, 503),
        openapi_extra=request_body({FORM: {"schema": ref("CheckRequest"), "example": _EXAMPLE}}),
    )
    async def check(request: Request) -> Matches:
        """Check a text by all systems; offsets count UTF-16 code units, as LanguageTool's do."""
        body.media_type(request, [FORM])
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        return await checked(request, {**_query(request), **form.fields(content)})

    @router.get(
        "/check",
        responses=_errors(400, 503),
        openapi_extra={"parameters": _parameters()},
    )
    async def check_by_query(request: Request) -> Matches:
        """Check a text that is in the address."""
        return await checked(request, _query(request))

    _add_facts(router, settings)
    return router


def _add_facts(router: APIRouter, settings: Settings) -> None:
    """Add the routes that say what there is."""

    @router.get("/languages")
    async def list_languages() -> list[LanguageServed]:
        """List the languages that a text may be said to be in."""
        return [
            LanguageServed(name=one.name, code=one.code, longCode=one.long_code)
            for one in map(languages.Language, settings.languages)
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
        if languages.find(language, settings.languages) is None:
            raise form.unknown_language(language, settings.languages)
        parameter = {"maxTextLength": CHECKED_UNITS}
        return Configuration(software=software(), parameter=parameter, rules=_rules())


def _rules() -> list[dict[str, str]]:
    return [
        {
            "ruleId": rule.id,
            "description": rule.description,
            "categoryId": rule.category,
            "categoryName": rule.category_name,
            "locQualityIssueType": rule.issue_type,
        }
        for rule in RULES.values()
    ]


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
    return form.fields(request.scope["query_string"])
