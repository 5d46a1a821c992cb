"""What a client's form asks for, as LanguageTool's clients send it."""

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
from service.languagetool.rules import Selection

_MOST_FIELDS = 100
_TRUE = {"true", "yes", "1"}


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
    apiKey: Annotated[  # noqa: N815
        str, Field(description="A key, where no header has it; some clients call it `api_key`")
    ] = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A document to be checked, by which rules, and in what language it is said to be."""

    document: Document
    selection: Selection
    language: LanguageFound

    @classmethod
    def of(cls, fields: Mapping[str, str], served: Sequence[str]) -> Self:
        """Return what the fields of a form ask for; `served` are the codes of languages.

        Raises:
            Problem: they do not say what to check, or how.
        """
        if "language" not in fields:
            raise Problem(400, "Missing 'language' parameter, e.g. 'language=en-US'")
        form = CheckRequest.model_validate(fields)
        return cls(_document(form), _selection(form), _language(form, served))


def fields(content: bytes) -> dict[str, str]:
    """Return the fields of a form; of one that is there twice, the last.

    Raises:
        Problem: it is no form, or too many fields.
    """
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


def key_in(sent: Mapping[str, str]) -> str:
    """Return the key among the fields of a form; "" where there is none."""
    return sent.get("apiKey") or sent.get("api_key", "")


def unknown_language(code: str, served: Sequence[str]) -> Problem:
    """Return the problem of a language that none of those served is."""
    shown = code if len(code) <= 20 else f"{code[:20]}…"
    return Problem(
        400,
        f"'{shown}' is not a language code known to this server. "
        f"Supported language codes are: {', '.join(served)}",
    )


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
        raise unknown_language(form.language, served)
    return LanguageFound(language, False)


def _names(listed: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, listed.split(","))))
