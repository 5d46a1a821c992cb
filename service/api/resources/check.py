"""`/v2/...`: the HTTP API of LanguageTool."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse
from typing_extensions import TypedDict

from ensemble.combiners.registry import USUAL
from service.api import body
from service.api.disconnect import while_there
from service.api.middleware.authentication import FORM, admit
from service.api.openapi import plain_text_responses, ref, request_body
from service.api.quota import spend
from service.container import Application
from service.core.admission import Gate
from service.core.limits import CHECKED_UNITS
from service.core.problems import Problem
from service.core.settings import Settings
from service.languagetool import form, languages
from service.languagetool.answer import Matches, answer, software
from service.languagetool.checking import Checker
from service.languagetool.form import Check, CheckRequest
from service.languagetool.rules import RULES, SPELLING
from service.languagetool.sentences import spans

_EXAMPLE = {"language": "en-US", "text": "I has a apple."}


class LanguageServed(TypedDict):
    """A language that requests can name."""

    name: str
    code: str
    longCode: str


class Configuration(TypedDict):
    """The limit on text, and the rules."""

    software: dict[str, Any]
    parameter: dict[str, int]
    rules: list[dict[str, str]]


def routes(application: Application) -> APIRouter:
    """Return the routes that clients of LanguageTool call."""
    router = APIRouter(prefix="/v2", tags=["languagetool"])
    engine, settings = application.engine, application.settings
    combiner = engine.trained_combiner.name if engine.trained_combiner else USUAL["edits"]
    checker = Checker(engine, combiner, settings.batch_deadline_s)
    gate = Gate(settings.asking_at_once)

    async def checked(request: Request, fields: Mapping[str, str]) -> Matches:
        await admit(request, form.key_in(fields))
        parameters = Check.of(fields, settings.languages)
        text = parameters.document.text
        sentences = list(spans(text))
        await spend(request, max(1, len(sentences)))
        work = checker.check(text, sentences, parameters.selection)
        with gate.enter():
            result = await while_there(request, work)
        return answer(parameters.document, result, parameters.language)

    @router.post(
        "/check",
        responses=plain_text_responses(400, 408, 413, 415, 503),
        openapi_extra=request_body({FORM: {"schema": ref(CheckRequest), "example": _EXAMPLE}}),
    )
    async def check_text(request: Request) -> Matches:
        """Check a text with all systems; offsets are in UTF-16 code units, as in LanguageTool.

        The body is read as a form, whatever its media type. Fields can be in the query too.
        """
        _check_type(request)
        content = await body.read(request, settings.body_bytes, settings.read_timeout_s)
        return await checked(request, {**_query(request), **form.fields(content)})

    @router.get(
        "/check",
        responses=plain_text_responses(400, 503),
        openapi_extra={"parameters": _parameters()},
    )
    async def check_text_by_query(request: Request) -> Matches:
        """Check a text in the query string."""
        return await checked(request, _query(request))

    _add_facts(router, settings)
    return router


def _add_facts(router: APIRouter, settings: Settings) -> None:
    """Add the routes that describe the service."""

    @router.get("/languages")
    async def list_languages() -> list[LanguageServed]:
        """List the languages that requests can name."""
        return [
            LanguageServed(name=language.name, code=language.code, longCode=language.long_code)
            for language in map(languages.Language, settings.languages)
        ]

    @router.get("/maxtextlength", response_class=PlainTextResponse)
    async def show_longest_text() -> str:
        """Return the most UTF-16 code units that a text may have."""
        return str(CHECKED_UNITS)

    @router.get("/healthcheck", response_class=PlainTextResponse)
    async def check_health() -> str:
        """Report that the process runs."""
        return "OK"

    @router.get("/info")
    async def show_software() -> dict[str, dict[str, Any]]:
        """Return the name and version of the software."""
        return {"software": software()}

    @router.get("/configinfo", responses=plain_text_responses(400, 422))
    async def show_configuration(language: str) -> Configuration:
        """Return the configuration and the rules; the id for spelling depends on the language."""
        served = languages.find(language, settings.languages)
        if served is None:
            raise form.unknown_language(language, settings.languages)
        parameter = {"maxTextLength": CHECKED_UNITS}
        return Configuration(software=software(), parameter=parameter, rules=_rules(served))


def _check_type(request: Request) -> None:
    """Check that the body can be a form: clients send one as JSON, as plain text or without type.

    Raises:
        Problem: it is in several parts, or compressed.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        detail = f"the body is in several parts; supported: {FORM}"
        raise Problem("unsupported-media-type", detail)
    body.check_encoding(request)


def _rules(language: languages.Language) -> list[dict[str, str]]:
    return [
        {
            "ruleId": language.spelling_rule if rule.id == SPELLING else rule.id,
            "description": rule.description,
            "categoryId": rule.category,
            "categoryName": rule.category_name,
            "locQualityIssueType": rule.issue_type,
        }
        for rule in RULES.values()
    ]


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
