"""Parses the form that LanguageTool's clients send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from service.core.limits import CHECKED_UNITS
from service.core.problems import Problem
from service.languagetool import languages
from service.languagetool.annotation import read_data
from service.languagetool.answer import LanguageFound
from service.languagetool.document import Document, Part, fault, read, units
from service.languagetool.languages import Language
from service.languagetool.rules import SPELLING, Selection

_MOST_FIELDS = 100
_TRUE = {"true", "yes", "1"}


def _no_default(schema: dict[str, Any]) -> None:
    """Remove the default `null`, which a form cannot contain."""
    schema.pop("default", None)


class CheckRequest(BaseModel):
    """The supported fields of the form; all others are ignored."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["data"]}]},
    )

    text: Annotated[
        str | SkipJsonSchema[None],
        Field(description="The text, unless `data` contains it", json_schema_extra=_no_default),
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
        str, Field(description="One of /v2/languages, or `auto`: the preferred one, else the first")
    ]
    preferredVariants: str = ""  # noqa: N815 - the names that clients send
    enabledRules: str = ""  # noqa: N815
    disabledRules: str = ""  # noqa: N815
    enabledCategories: str = ""  # noqa: N815
    disabledCategories: str = ""  # noqa: N815
    enabledOnly: Annotated[str, Field(description="`true`: only the enabled rules")] = "false"  # noqa: N815
    apiKey: Annotated[  # noqa: N815
        str, Field(description="A key, unless a header has it; some clients send `api_key`")
    ] = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A document to check, the selected rules, and its language."""

    document: Document
    selection: Selection
    language: LanguageFound

    @classmethod
    def of(cls, fields: Mapping[str, str], served: Sequence[str]) -> Self:
        """Return the check that the fields of a form request; `served` are codes of languages.

        Raises:
            Problem: a field is missing, invalid, or contradicts another.
        """
        if "language" not in fields:
            detail = "Missing 'language' parameter, e.g. 'language=en-US'"
            raise Problem("invalid-parameter", detail)
        form = CheckRequest.model_validate(fields)
        document = _document(form)
        language = _language(form, served)
        return cls(document, _selection(form, language.language), language)


def fields(content: bytes) -> dict[str, str]:
    """Return the fields of a form; of a repeated field, the last value.

    Raises:
        Problem: it is not a form, or has too many fields.
    """
    if content.lstrip().startswith(b"{"):
        detail = "the body is JSON, and a form is expected: language=en-US&text=..."
        raise Problem("invalid-parameter", detail)
    try:
        pairs = parse_qsl(
            content.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise Problem("invalid-parameter", "the form is not UTF-8") from None
    except ValueError:
        detail = f"the form has more than {_MOST_FIELDS} fields"
        raise Problem("invalid-parameter", detail) from None
    return dict(pairs)


def key_in(sent: Mapping[str, str]) -> str:
    """Return the key among the fields of a form, "" if there is none."""
    return sent.get("apiKey") or sent.get("api_key", "")


def unknown_language(code: str, served: Sequence[str]) -> Problem:
    """Return the problem of a language that is not served."""
    shown = code if len(code) <= 20 else f"{code[:20]}…"
    return Problem(
        "unknown-language",
        f"'{shown}' is not a language code known to this server. "
        f"Supported language codes are: {', '.join(served)}",
    )


def _document(form: CheckRequest) -> Document:
    if form.text is not None and form.data is not None:
        detail = "Set only 'text' or 'data' parameter, not both"
        raise Problem("invalid-parameter", detail)
    if form.text is not None:
        parts: Sequence[Part] = [Part(form.text)]
    elif form.data is not None:
        parts = read_data(form.data)
    else:
        raise Problem("invalid-parameter", "Missing 'text' or 'data' parameter")
    length = sum(units(part.text) for part in parts)
    if length > CHECKED_UNITS:
        raise Problem(
            "body-too-large",
            f"Your text exceeds the limit of {CHECKED_UNITS} characters (it's {length} characters)."
            " Please submit a shorter text.",
        )
    if unusable := next(filter(None, (fault(part.text) for part in parts)), None):
        raise Problem("invalid-parameter", f"the text has a {unusable}")
    return read(parts)


def _selection(form: CheckRequest, language: Language) -> Selection:
    enabled = _rules(form.enabledRules, language) | _names(form.enabledCategories)
    disabled = _rules(form.disabledRules, language) | _names(form.disabledCategories)
    only = form.enabledOnly.strip().lower() in _TRUE
    if only and disabled:
        detail = "You cannot specify disabled rules or categories using enabledOnly=true"
        raise Problem("invalid-parameter", detail)
    if only and not enabled:
        detail = "You must specify enabled rules or categories when using enabledOnly=true"
        raise Problem("invalid-parameter", detail)
    return Selection(enabled, disabled, only)


def _language(form: CheckRequest, served: Sequence[str]) -> LanguageFound:
    if form.language.strip().lower() == "auto":
        return LanguageFound(languages.preferred(form.preferredVariants.split(","), served), True)
    language = languages.find(form.language, served)
    if language is None:
        raise unknown_language(form.language, served)
    return LanguageFound(language, False)


def _rules(listed: str, language: Language) -> frozenset[str]:
    """Return the ids of rules; that of LanguageTool's rule for spelling stands for ours."""
    names = _names(listed)
    return names | {SPELLING} if language.spelling_rule in names else names


def _names(listed: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, listed.split(","))))
