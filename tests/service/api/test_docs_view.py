"""The OpenAPI document as its page shows it: nothing is lost, and no error is there twice."""

import re
from http import HTTPStatus
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.docs_view import anchor, view
from service.api.openapi_errors import codes_of
from service.core.problem_types import PROBLEM_TYPES

STATUSES = sorted({known.status for known in PROBLEM_TYPES.values()})
SETS = st.lists(st.sampled_from(STATUSES), unique=True, max_size=5)


def document(*errors: list[int]) -> dict[str, Any]:
    """Return a document with an operation for each set of errors."""
    paths = {
        f"/{n}": {
            "get": {
                "description": "Look.",
                "responses": {
                    "200": {"description": "Well"},
                    **{str(s): {"$ref": f"#/components/responses/Problem{s}"} for s in statuses},
                },
            }
        }
        for n, statuses in enumerate(errors)
    }
    shared = {f"Problem{s}": {"description": str(s)} for s in STATUSES}
    return {
        "info": {"description": "An API."},
        "paths": paths,
        "components": {"responses": shared, "schemas": {}},
    }


@settings(max_examples=25)
@given(st.lists(SETS, max_size=4))
def test_each_error_has_one_section_that_operations_link_to(errors: list[list[int]]) -> None:
    shown = view(document(*errors))
    description = shown["info"]["description"]
    headings = [int(status) for status in re.findall(r"^## (\d+) ", description, re.MULTILINE)]
    assert headings == sorted(set().union(*errors))
    for n, statuses in enumerate(errors):
        operation = shown["paths"][f"/{n}"]["get"]
        assert list(operation["responses"]) == ["200"]
        links = re.findall(r"\[(\d+)\]\(#([^)]*)\)", operation["description"])
        assert links == [(str(status), anchor(status)) for status in statuses]


def test_a_section_links_to_all_codes_of_its_status() -> None:
    description = view(document(STATUSES))["info"]["description"]
    links = re.findall(r"\[([\w-]+)\]\(problems/([\w-]+) ", description)
    assert sorted(links) == sorted((code, code) for code in PROBLEM_TYPES)
    assert all(codes_of(status) for status in STATUSES)


def test_an_anchor_is_what_the_viewer_makes_of_the_heading() -> None:
    assert anchor(400) == "description/400-bad-request"
    assert anchor(413) == f"description/413-{HTTPStatus(413).phrase.lower().replace(' ', '-')}"


def test_responses_of_an_operation_alone_stay() -> None:
    whole = document([404])
    own = {"description": "Not ready", "content": {}}
    whole["paths"]["/0"]["get"]["responses"]["503"] = own
    shown = view(whole)
    assert shown["paths"]["/0"]["get"]["responses"] == {"200": {"description": "Well"}, "503": own}
    assert "503" not in shown["info"]["description"].partition("## ")[2]
    assert "404" in whole["paths"]["/0"]["get"]["responses"], "the document itself is as it was"


def test_objects_have_their_fields_once() -> None:
    whole = document()
    either = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    fields = {"properties": {"a": either}}
    whole["components"]["schemas"] = {
        "Thing": {**fields, "anyOf": [{"required": ["a"]}]},
        "Either": either,
    }
    assert view(whole)["components"]["schemas"] == {"Thing": fields, "Either": either}
