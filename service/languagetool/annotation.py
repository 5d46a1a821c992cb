"""`data`: a text in JSON, with its markup set apart."""

from service.core import strict_json
from service.core.problems import Problem
from service.languagetool.document import Part


def read_data(data: str) -> list[Part]:
    """Return the parts of a text that is `{"text": ...}` or `{"annotation": [...]}`.

    Raises:
        Problem: it is neither.
    """
    try:
        content = strict_json.parse(data.encode("utf-8"))
    except Problem:
        raise Problem(400, "Could not parse JSON from 'data' parameter") from None
    match content:
        case {"text": _, "annotation": _}:
            raise Problem(
                400, "'data' key in JSON requires either 'text' or 'annotation' key, not both"
            )
        case {"text": str(text)}:
            return [Part(text)]
        case {"annotation": [*annotation]}:
            return [_part(node, place) for place, node in enumerate(annotation)]
    raise Problem(400, "'data' key in JSON requires 'text' or 'annotation' key")


def _part(node: object, place: int) -> Part:
    match node:
        case {"text": _, "markup": _}:
            wrong = "has both 'text' and 'markup'"
        case {"text": _, "interpretAs": _}:
            wrong = "has 'interpretAs', which only 'markup' can"
        case {"text": str(text)}:
            return Part(text)
        case {"markup": str(markup), "interpretAs": str(read_as)}:
            return Part(read_as, markup)
        case {"markup": str(markup), **rest} if rest.get("interpretAs") is None:
            return Part("", markup)
        case _:
            wrong = "has neither 'text' nor 'markup' that is a text"
    raise Problem(400, f"'annotation' list, element {place}: {wrong}")
