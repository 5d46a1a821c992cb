"""`/v2`: what is taken, what is answered, what is refused and in which words."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from evaluation.edits.align import MAX_TOKENS
from service.api.app import create_app
from service.core.limits import CHECKED_UNITS
from service.core.settings import Settings
from tests.local_client import LocalClient

ROSTER = """
version: 1
systems:
  - {name: articles, callable: "tests.contract.correctors:articles"}
  - {name: both, callable: "tests.contract.correctors:both"}
  - {name: spelling, callable: "tests.contract.correctors:spelling"}
"""
TEXT = "I has a apple."

Serve = Callable[..., TestClient]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("service") / "roster.yaml"
    path.write_text(ROSTER)
    with LocalClient(create_app(Settings(roster=path, state=path.parent))) as client:
        yield client


def check(client: TestClient, **fields: str) -> dict[str, Any]:
    response = client.post("/v2/check", data={"language": "en-US", **fields})
    assert response.status_code == 200, response.text
    return response.json()


def changes(answer: dict[str, Any]) -> list[tuple[int, int, str]]:
    return [(m["offset"], m["length"], m["replacements"][0]["value"]) for m in answer["matches"]]


def test_an_answer_whole(client: TestClient) -> None:
    answer = check(client, text=f"Fine.\n{TEXT}")
    assert answer["software"]["name"] == "Consort"
    assert answer["warnings"] == {"incompleteResults": False}
    assert answer["language"] == {
        "name": "English (US)",
        "code": "en-US",
        "detectedLanguage": {"name": "English (US)", "code": "en-US", "confidence": 1.0},
    }
    assert answer["sentenceRanges"] == [[0, 5], [6, 20]]
    assert changes(answer) == [(8, 3, "have"), (12, 1, "an")]
    assert answer["matches"][1] == {
        "message": "Function word. Proposed by articles, both.",
        "shortMessage": "Function word",
        "replacements": [{"value": "an"}],
        "offset": 12,
        "length": 1,
        "context": {"text": "Fine. I has a apple.", "offset": 12, "length": 1},
        "sentence": TEXT,
        "type": {"typeName": "Other"},
        "rule": {
            "id": "CONSORT_R_FUNC",
            "description": "Function word",
            "issueType": "grammar",
            "category": {"id": "GRAMMAR", "name": "Grammar"},
        },
        "ignoreForIncompleteSentence": False,
        "contextForSureMatch": 0,
    }


def test_the_context_of_a_long_text_is_cut(client: TestClient) -> None:
    text = f"{'x ' * 30}\N{RED APPLE} teh {'y ' * 30}"
    (match,) = check(client, text=text)["matches"]
    context = match["context"]
    assert context["text"].startswith("...")
    assert context["text"].endswith("...")
    units = context["text"].encode("utf-16-le")[2 * context["offset"] :][: 2 * context["length"]]
    assert units.decode("utf-16-le") == "teh"


def test_by_address(client: TestClient) -> None:
    response = client.get("/v2/check", params={"language": "en", "text": TEXT})
    assert changes(response.json()) == [(2, 3, "have"), (6, 1, "an")]


def test_fields_without_a_meaning_here_are_ignored(client: TestClient) -> None:
    answer = check(
        client,
        text=TEXT,
        **{"motherTongue": "de", "level": "picky", "mode": "all", "apiKey": "x", "username": "y"},
        **{"enabledRules": "", "dicts": "", "useragent": "test", "enabledOnly": "no"},
    )
    assert len(answer["matches"]) == 2


@pytest.mark.parametrize("text", ["", " \r\n ", "Fine.", "\N{RED APPLE}", "a\u0301"])
def test_nothing_to_change(client: TestClient, text: str) -> None:
    assert check(client, text=text)["matches"] == []


def test_markup_is_not_read(client: TestClient) -> None:
    annotation = [
        {"text": "I \N{RED APPLE} "},
        {"markup": "<b>"},
        {"text": "recieve"},
        {"markup": "</b>"},
        {"text": " it"},
        {"markup": "<br/>", "interpretAs": "\n"},
        {"text": "teh end"},
        {"markup": "&teh;", "interpretAs": " teh"},
    ]
    answer = check(client, data=json.dumps({"annotation": annotation}))
    assert changes(answer) == [(8, 7, "receive"), (27, 3, "the")]
    assert changes(check(client, data=json.dumps({"text": TEXT}))) == changes(
        check(client, text=TEXT)
    )


def test_the_language(client: TestClient) -> None:
    for asked, variants, code in [
        ("auto", "", "en-US"),
        ("auto", "de-DE,en-GB", "en-GB"),
        ("EN_gb", "", "en-GB"),
        ("en", "", "en"),
    ]:
        answer = check(client, text=TEXT, language=asked, preferredVariants=variants)
        assert answer["language"]["code"] == code
        assert answer["language"]["detectedLanguage"]["confidence"] == float(asked != "auto")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"language": "en"}, "Missing 'text' or 'data' parameter"),
        ({"text": "x"}, "Missing 'language' parameter, e.g. 'language=en-US'"),
        ({"language": "en", "text": "x", "data": "{}"}, "Set only 'text' or 'data'"),
        ({"language": "xx", "text": "x"}, "'xx' is not a language code known to this server"),
        ({"language": "en", "text": "a\x00"}, "the text has a NUL character"),
        ({"language": "en", "data": '{"text": "\\ud800"}'}, "the text has a lone surrogate"),
        ({"language": "en", "data": "{"}, "Could not parse JSON from 'data' parameter"),
        ({"language": "en", "data": "[" * 99999}, "Could not parse JSON from 'data' parameter"),
        ({"language": "en", "data": "[]"}, "'data' key in JSON requires 'text' or 'annotation'"),
        ({"language": "en", "data": '{"text": 7}'}, "'data' key in JSON requires"),
        ({"language": "en", "data": '{"text": "", "annotation": []}'}, "not both"),
        ({"language": "en", "data": '{"annotation": [{}]}'}, "element 0: has neither"),
        ({"language": "en", "data": '{"annotation": [{"text": 1}]}'}, "element 0: has neither"),
        (
            {"language": "en", "data": '{"annotation": [{"text": "", "markup": ""}]}'},
            "element 0: has both",
        ),
        (
            {"language": "en", "data": '{"annotation": [{"text": "", "interpretAs": ""}]}'},
            "element 0: has 'interpretAs'",
        ),
        (
            {"language": "en", "text": "x", "enabledOnly": "true"},
            "You must specify enabled rules or categories",
        ),
        (
            {"language": "en", "text": "x", "enabledOnly": "true", "disabledRules": "A"},
            "You cannot specify disabled rules or categories",
        ),
        ({f"x{i}": "y" for i in range(101)}, "the form has more than 100 fields"),
    ],
)
def test_what_is_refused(client: TestClient, fields: dict[str, str], words: str) -> None:
    response = client.post("/v2/check", data=fields)
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text.startswith("Error: ")
    assert words in response.text


def test_a_form_that_is_not_utf_8(client: TestClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for content in (b"language=en&text=%ff", b"language=en&text=\xff"):
        response = client.post("/v2/check", content=content, headers=form)
        assert (response.status_code, response.text) == (400, "Error: the form is not UTF-8")


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_who_asks_for_json_has_a_problem_document(client: TestClient, accept: str) -> None:
    response = client.post("/v2/check", data={"text": "x"}, headers={"Accept": accept})
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 400


@pytest.mark.parametrize(("beyond", "status"), [(-1, 200), (0, 200), (1, 413)])
@pytest.mark.parametrize("character", ["x", "\N{RED APPLE}"])
def test_the_limit_of_a_text(client: TestClient, character: str, beyond: int, status: int) -> None:
    width = len(character.encode("utf-16-le")) // 2
    text = (character + " " * (999 - width + 1)) * (CHECKED_UNITS // 1000 + 1)
    text = text[: CHECKED_UNITS + beyond - (CHECKED_UNITS // 1000 + 1) * (width - 1)]
    assert len(text.encode("utf-16-le")) // 2 == CHECKED_UNITS + beyond
    response = client.post("/v2/check", data={"language": "en", "text": text})
    assert response.status_code == status
    if status == 413:
        found = f"{CHECKED_UNITS} characters (it's {CHECKED_UNITS + 1} characters)"
        assert response.text.startswith(f"Error: Your text exceeds the limit of {found}")


def test_a_sentence_too_long_to_combine_is_left_out(client: TestClient) -> None:
    answer = check(client, text=f"{'x ' * MAX_TOKENS} x\nteh end\n{'y' * 1001}")
    assert [match["replacements"][0]["value"] for match in answer["matches"]] == ["the"]
    assert answer["warnings"] == {
        "incompleteResults": True,
        "incompleteResultsReason": "a sentence is too long",
    }


def test_what_else_clients_call(client: TestClient) -> None:
    assert client.get("/v2/maxtextlength").text == str(CHECKED_UNITS)
    assert client.get("/v1/limits").json()["check_characters"] == CHECKED_UNITS
    assert client.get("/v2/healthcheck").text == "OK"
    assert client.get("/v2/info").json()["software"]["name"] == "Consort"
    languages = client.get("/v2/languages").json()
    assert languages[0] == {"name": "English (US)", "code": "en", "longCode": "en-US"}
    configured = client.get("/v2/configinfo", params={"language": "en-US"}).json()
    assert configured["parameter"] == {"maxTextLength": CHECKED_UNITS}
    assert {"MORFOLOGIK_RULE_EN_US", "CONSORT_R_FUNC"} <= {r["ruleId"] for r in configured["rules"]}
    assert client.get("/v2/configinfo", params={"language": "xx"}).status_code == 400
    missing = client.get("/v2/words")
    assert (missing.status_code, missing.text) == (404, "Error: Not Found")


@pytest.mark.parametrize(
    "kind",
    [
        *("application/json", "text/json", "text/plain;charset=UTF-8", "application/xml", "", "x"),
        *("application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/JSON", None),
    ],
)
def test_a_body_is_a_form_whatever_its_type(client: TestClient, kind: str | None) -> None:
    content = urlencode({"language": "en-US", "text": TEXT}).encode()
    headers = {} if kind is None else {"Content-Type": kind}
    response = client.post("/v2/check", content=content, headers=headers)
    assert response.status_code == 200, response.text
    assert len(response.json()["matches"]) == 2


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P")), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_type_but_several_parts(client: TestClient, kind: str) -> None:
    headers = {"Content-Type": kind}
    content = b"language=en&text=Fine."
    response = client.post("/v2/check", content=content, headers=headers)
    assert response.status_code == (415 if kind.lower().startswith("multipart/") else 200)


def test_a_body_that_is_json_is_named(client: TestClient) -> None:
    response = client.post("/v2/check", json={"language": "en", "text": "x"})
    assert response.status_code == 400
    assert response.text.startswith("Error: the body is JSON, and a form is expected")


def test_several_parts_and_compressed_bodies_are_refused(client: TestClient) -> None:
    fields = {"language": (None, "en"), "text": (None, TEXT)}
    response = client.post("/v2/check", files=fields)
    assert response.status_code == 415
    assert response.text.startswith("Error: the body is in several parts")
    content = gzip.compress(b"language=en&text=x")
    for headers in ({}, {"Content-Type": "application/json"}):
        response = client.post(
            "/v2/check", content=content, headers={**headers, "Content-Encoding": "gzip"}
        )
        assert (response.status_code, response.text) == (
            *(415, "Error: the body is compressed, which is not supported"),
        )


def test_a_post_without_a_body_is_its_query(client: TestClient) -> None:
    fields = {"language": "en-US", "text": TEXT}
    for headers in ({}, {"Content-Length": "0"}, {"Content-Type": "application/json"}):
        response = client.post("/v2/check", params=fields, headers=headers)
        assert changes(response.json()) == [(2, 3, "have"), (6, 1, "an")]
    response = client.post("/v2/check", params={"language": "en-US"}, data={"text": TEXT})
    assert len(response.json()["matches"]) == 2
    response = client.post("/v2/check")
    assert (response.status_code, "Missing 'language'" in response.text) == (400, True)


def test_spelling_has_the_rule_that_languagetool_has(serve: Serve) -> None:
    codes = ("en-US", "en-GB", "en", "de-CH", "de", "fr", "pt-BR", "nl-BE", "xq")
    client = serve(ROSTER, languages=codes)
    known = ("MORFOLOGIK_", "HUNSPELL_"), ("_SPELLER_RULE", "_SPELLING_RULE")
    ids = {}
    for code in codes:
        (match,) = check(client, language=code, text="We recieve it.")["matches"]
        ids[code] = rule = match["rule"]["id"]
        assert rule.startswith(known[0]) or rule.endswith(known[1])
        assert match["rule"]["issueType"] == "misspelling"
        configured = client.get("/v2/configinfo", params={"language": code}).json()
        assert rule in {each["ruleId"] for each in configured["rules"]}
        for name in (rule, "CONSORT_R_SPELL", "TYPOS"):
            key = "disabledCategories" if name == "TYPOS" else "disabledRules"
            assert (
                check(client, language=code, text="We recieve it.", **{key: name})["matches"] == []
            )
            only = {key.replace("dis", "en"): name, "enabledOnly": "true"}
            assert (
                len(check(client, language=code, text=f"{TEXT} We recieve it.", **only)["matches"])
                == 1
            )
    assert ids["en-US"] == "MORFOLOGIK_RULE_EN_US"
    assert ids["de-CH"] == "SWISS_GERMAN_SPELLER_RULE"
    assert (ids["fr"], ids["pt-BR"]) == ("FR_SPELLING_RULE", "MORFOLOGIK_RULE_PT_BR")


def test_the_rule_for_spelling_of_another_language_disables_nothing(client: TestClient) -> None:
    other = {"disabledRules": "MORFOLOGIK_RULE_EN_GB, GERMAN_SPELLER_RULE"}
    assert len(check(client, text="We recieve it.", **other)["matches"]) == 1
    detected = {"language": "auto", "preferredVariants": "en-GB"}
    assert check(client, text="We recieve it.", **other, **detected)["matches"] == []


def test_systems_that_do_not_answer_are_named(serve: Serve) -> None:
    roster = ROSTER + '  - {name: broken, callable: "builtins:int"}\n'
    answer = check(serve(roster), text=f"{TEXT} Teh end.")
    assert changes(answer) == [(2, 3, "have"), (6, 1, "an")]
    assert answer["warnings"] == {
        "incompleteResults": True,
        "incompleteResultsReason": "broken did not answer for every sentence",
    }


def test_no_answer_is_not_no_mistake(serve: Serve) -> None:
    client = serve('version: 1\nsystems: [{name: broken, callable: "builtins:int"}]\n')
    response = client.post("/v2/check", data={"language": "en", "text": TEXT})
    assert (response.status_code, response.text) == (503, "Error: no system answered")
    assert response.headers["retry-after"] == "1"


def test_a_text_begun_waits_for_a_place(serve: Serve) -> None:
    answer = check(serve(ROSTER, asking_at_once=1), text="\n".join([TEXT] * 20))
    assert len(answer["matches"]) == 40


def test_a_deadline(serve: Serve, tmp_path: Path) -> None:
    roster = 'version: 1\nsystems: [{name: slow, callable: "tests.contract.correctors:slow"}]\n'
    client = serve(roster, batch_deadline_s=0.05)
    response = client.post("/v2/check", data={"language": "en", "text": "a\nb\nc"})
    assert (response.status_code, response.text) == (503, "Error: not done by the deadline")


def test_languages_are_set(serve: Serve) -> None:
    client = serve(ROSTER, languages=("de-AT", "xq"))
    assert client.get("/v2/languages").json() == [
        {"name": "German (AT)", "code": "de", "longCode": "de-AT"},
        {"name": "xq", "code": "xq", "longCode": "xq"},
    ]
    assert check(client, text=TEXT, language="auto")["language"]["code"] == "de-AT"
