"""The field `data`: a text in JSON with separate markup."""

from service.core import strict_json
from service.core.problems import Problem
from service.languagetool.document import Part


def read_data(data: str) -> list[Part]:
    """Return the parts of a text that is `{"text": ...}` or `{"annotation": [...]}`.

    Raises:
        Problem: it has another form.
    """
    try:
        content = strict_json.parse(data.encode("utf-8"))
    except Problem:
        detail = "Could not parse JSON from 'data' parameter"
        raise Problem("invalid-parameter", detail) from None
    match content:
        case {"text": _, "annotation": _}:
            detail = "'data' key in JSON requires either 'text' or 'annotation' key, not both"
            raise Problem("invalid-parameter", detail)
        case {"text": str(text)}:
            return [Part(text)]
        case {"annotation": [*annotation]}:
            return [_part(node, i) for i, node in enumerate(annotation)]
    detail = "'data' key in JSON requires 'text' or 'annotation' key"
    raise Problem("invalid-parameter", detail)


def _part(node: object, i: int) -> Part:
    match node:
        case {"text": _, "markup": _}:
            fault = "has both 'text' and 'markup'"
        case {"text": _, "interpretAs": _}:
            fault = "has 'interpretAs', which only 'markup' can"
        case {"text": str(text)}:
            return Part(text)
        case {"markup": str(markup), "interpretAs": str(read_as)}:
            return Part(read_as, markup)
        case {"markup": str(markup), **rest} if rest.get("interpretAs") is None:
            return Part("", markup)
        case _:
            fault = "has neither 'text' nor 'markup' with a string"
    raise Problem("invalid-parameter", f"'annotation' list, element {i}: {fault}")
