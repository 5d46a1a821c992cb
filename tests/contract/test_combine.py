"""`POST /v1/combine`: what it answers, to the letter."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from service.api.combine_answer import CombineAnswer
from tests.contract import correctors

SOURCE = "I has a apple."
OUTPUTS = {"a": "I have an apple.", "b": "I has an apple.", "c": "I have an ample."}
JSON = {"content-type": "application/json"}

WORKER = f"""
version: 1
systems:
  - {{name: upper, callable: "builtins:str.upper"}}
  - {{name: same, callable: "builtins:str.strip"}}
  - name: worker
    warm_up: null
    cool_down_s: 60
    command: ["{sys.executable}", "-uc", "while line := input(): print(line)"]
"""

SLEEPER = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
  - name: sleeper
    warm_up: null
    command: ["sleep", "60"]
"""


def test_answer_to_the_letter(client: TestClient) -> None:
    response = client.post("/v1/combine", json={"source": SOURCE, "outputs": OUTPUTS})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "text": "I have an apple.",
        "backbone": None,
        "candidates": [
            {
                "start": 1,
                "end": 2,
                "offset": 2,
                "length": 3,
                "original": "has",
                "replacement": "have",
                "type": "R:FUNC",
                "voters": ["a", "c"],
                "probability": pytest.approx(2 / 3),
                "accepted": True,
                "reason": "accepted",
                "tied": False,
                "note": None,
            },
            {
                "start": 2,
                "end": 3,
                "offset": 6,
                "length": 1,
                "original": "a",
                "replacement": "an",
                "type": "R:FUNC",
                "voters": ["a", "b", "c"],
                "probability": 1.0,
                "accepted": True,
                "reason": "accepted",
                "tied": False,
                "note": None,
            },
            {
                "start": 3,
                "end": 4,
                "offset": 8,
                "length": 5,
                "original": "apple",
                "replacement": "ample",
                "type": "R:SPELL",
                "voters": ["c"],
                "probability": pytest.approx(1 / 3),
                "accepted": False,
                "reason": "outvoted",
                "tied": False,
                "note": None,
            },
        ],
        "systems": {
            name: {"status": "ok", "weight": 1.0, "milliseconds": None} for name in OUTPUTS
        },
        "combiner": {
            "name": "vote",
            "version": version("consort"),
            "signature": f"vote|k:half|consort:{version('consort')}|kind:edits",
            "calibrated": False,
        },
        "degraded": False,
    }


def test_what_is_documented_is_what_is_sent(client: TestClient) -> None:
    body = {"source": SOURCE, "systems": ["upper", "broken"]}
    answer = client.post("/v1/combine", json=body).json()
    assert TypeAdapter(CombineAnswer).validate_python(answer, strict=True) == answer


def test_output_given_as_null_is_missing(client: TestClient) -> None:
    body = {"source": SOURCE, "outputs": {**OUTPUTS, "d": None}}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["text"] == "I have an apple."
    assert answer["systems"]["d"] == {
        "status": "missing",
        "weight": 1.0,
        "milliseconds": None,
        "reason": "no output was given",
    }
    assert answer["degraded"]


def test_source_where_all_outputs_are_missing(client: TestClient) -> None:
    body = {"source": SOURCE, "outputs": {"a": None, "b": None}}
    answer = client.post("/v1/combine", json=body).json()
    assert (answer["text"], answer["candidates"], answer["degraded"]) == (SOURCE, [], True)


@pytest.mark.parametrize("empty", ["", " \t", "\n"])
def test_empty_output_is_missing(client: TestClient, empty: str) -> None:
    body = {"source": SOURCE, "outputs": {"a": empty, "b": empty, "c": OUTPUTS["a"]}}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["text"] == OUTPUTS["a"]
    assert answer["systems"]["a"] == {
        "status": "missing",
        "weight": 1.0,
        "milliseconds": None,
        "reason": "its output is empty, and the source is not",
    }
    assert answer["degraded"]


def test_no_label_where_nobody_gave_one(client: TestClient) -> None:
    body = {"source": SOURCE, "outputs": {"a": None, "b": ""}, "kind": "labels"}
    answer = client.post("/v1/combine", json=body).json()
    assert (answer["text"], answer["candidates"], answer["degraded"]) == (None, [], True)


def test_ties_of_labels_go_to_the_output_given_first(client: TestClient) -> None:
    for outputs in ({"z": "yes", "a": "no"}, {"a": "no", "z": "yes"}):
        body = {"source": SOURCE, "outputs": outputs, "kind": "labels"}
        answer = client.post("/v1/combine", json=body).json()
        assert answer["text"] == next(iter(outputs.values()))
        assert [candidate["tied"] for candidate in answer["candidates"]] == [True, True]


def test_case_of_labels_is_ignored_where_asked(client: TestClient) -> None:
    outputs = {"a": "no", "b": "Yes", "c": "no", "d": "yes", "e": "yes "}
    body = {"source": SOURCE, "outputs": outputs, "kind": "labels"}
    for case, voters in (("keep", ["d", "e"]), ("ignore", ["b", "d", "e"])):
        answer = client.post("/v1/combine", json={**body, "label_case": case}).json()
        found = {c["replacement"]: c["voters"] for c in answer["candidates"]}
        assert found["yes"] == voters
    assert answer["text"] == "yes"


PROBABILITIES = {"a": {"spam": 0.9, "ham": 0.1}, "b": {"ham": 0.6, "spam": 0.4}, "c": "ham"}


def test_class_probabilities_are_combined(client: TestClient) -> None:
    body = {"source": SOURCE, "outputs": {**PROBABILITIES, "d": {"spam": 0.8, "other": 0.2}}}
    answer = client.post("/v1/combine", json={**body, "combiner": "soft-vote"}).json()
    TypeAdapter(CombineAnswer).validate_python(answer)
    assert answer["text"] == "spam"
    shown = [(c["replacement"], c["voters"], c["probability"]) for c in answer["candidates"]]
    assert shown == [
        ("spam", ["a", "d"], pytest.approx(2.1 / 4)),
        ("ham", ["b", "c"], pytest.approx(1.7 / 4)),
        ("other", [], pytest.approx(0.2 / 4)),
    ]
    assert {part["status"] for part in answer["systems"].values()} == {"ok"}
    assert not answer["degraded"]
    answer = client.post("/v1/combine", json={**body, "kind": "labels"}).json()
    assert [c["probability"] for c in answer["candidates"]] == [0.5, 0.5, 0]
    assert (answer["text"], answer["combiner"]["name"]) == ("spam", "vote")


def test_integers_are_labels(client: TestClient) -> None:
    body = {"source": SOURCE, "outputs": {"a": 3, "b": "3", "c": -4}, "kind": "labels"}
    answer = client.post("/v1/combine", json=body).json()
    assert {c["replacement"]: c["voters"] for c in answer["candidates"]} == {
        "3": ["a", "b"],
        "-4": ["c"],
    }


@pytest.mark.parametrize(
    ("output", "code", "words"),
    [
        (True, "invalid-type", "for labels, also an integer or class probabilities"),
        (0.5, "invalid-type", "for labels, also an integer or class probabilities"),
        (["spam"], "invalid-type", "for labels, also an integer or class probabilities"),
        ({}, "invalid-probabilities", "sum to 0"),
        ({"spam": 0.9, "ham": 0.9}, "invalid-probabilities", "sum to 1.8"),
        ({"spam": "1"}, "invalid-probabilities", "gives 'spam' the probability '1'"),
        ({"spam": True}, "invalid-probabilities", "gives 'spam' the probability True"),
        ({" ": 1}, "invalid-probabilities", "blank"),
        ({"spam\x00": 1}, "invalid-characters", "NUL"),
        ({"\ud800": 1}, "invalid-characters", "surrogate"),
        ({"long " * 4097: 1}, "text-too-long", "the limit is 4096"),
    ],
)
def test_probabilities_that_are_refused(
    client: TestClient, output: object, code: str, words: str
) -> None:
    body = {"source": SOURCE, "outputs": {"a": "spam", "b": output}, "kind": "labels"}
    response = client.post("/v1/combine", content=json.dumps(body), headers=JSON)
    assert response.status_code == 422
    [fault] = response.json()["errors"]
    assert (fault["code"], fault["pointer"]) == (code, "/outputs/b")
    assert words in fault["detail"]


@pytest.mark.parametrize("asked", [{}, {"kind": "edits"}, {"kind": "texts"}, {"combiner": "mbr"}])
@pytest.mark.parametrize("output", [{"spam": 1.0}, 3])
def test_probabilities_and_integers_are_for_labels(
    client: TestClient, asked: dict[str, str], output: object
) -> None:
    body = {"source": SOURCE, "outputs": {"a": "spam", "b": output}, **asked}
    [fault] = client.post("/v1/combine", json=body).json()["errors"]
    assert (fault["code"], fault["pointer"]) == ("conflicting-fields", "/outputs/b")
    assert "apply to labels, not to" in fault["detail"]


def test_texts_are_combined_by_mbr_unless_a_combiner_is_named(client: TestClient) -> None:
    outputs = {"a": "quite another text", "b": "one text of two", "c": "one text of three"}
    body = {"source": SOURCE, "outputs": outputs, "kind": "texts"}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["combiner"]["name"] == "mbr"
    assert answer["text"] in (outputs["b"], outputs["c"])
    answer = client.post("/v1/combine", json={**body, "combiner": "vote"}).json()
    assert (answer["combiner"]["name"], answer["text"]) == ("vote", outputs["a"])


def test_a_text_is_fused_from_the_parts_of_several(client: TestClient) -> None:
    outputs = {
        "a": "at this time all participants are in listen only mode",
        "b": "this time all participants are in a listen only mode",
        "c": "at this time or participants are in a listen only mode",
    }
    body = {"source": SOURCE, "outputs": outputs, "combiner": "fuse"}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["text"] == "at this time all participants are in a listen only mode"
    text = answer["backbone"]
    assert text in outputs.values()
    for change in reversed([c for c in answer["candidates"] if c["accepted"]]):
        assert len(change["voters"]) == 2
        end = change["offset"] + change["length"]
        text = text[: change["offset"]] + change["replacement"] + text[end:]
    assert text == answer["text"]
    whole = client.post("/v1/combine", json={**body, "outputs": {"a": "one", "b": "two"}}).json()
    assert (whole["text"], whole["backbone"]) == ("one", None)


def test_all_systems_are_asked_where_none_is_named(client: TestClient) -> None:
    answer = client.post("/v1/combine", json={"source": "one two"}).json()
    assert list(answer["systems"]) == [s["name"] for s in client.get("/v1/systems").json()]


def test_systems_are_asked_beside_outputs_that_are_given(client: TestClient) -> None:
    body = {"source": "one two", "outputs": {"mine": "ONE TWO"}, "systems": ["upper"]}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["text"] == "ONE TWO"
    assert list(answer["systems"]) == ["mine", "upper"]
    assert answer["systems"]["mine"]["milliseconds"] is None
    assert answer["systems"]["upper"]["text"] == "ONE TWO"


def test_a_name_in_outputs_and_in_systems_is_named(client: TestClient) -> None:
    body = {"source": "one two", "outputs": {"upper": "a"}, "systems": ["same", "upper"]}
    [fault] = client.post("/v1/combine", json=body).json()["errors"]
    assert fault["code"] == "duplicate-value"


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "labels"},
        {"kind": "texts"},
        {"combiner": "mbr"},
        {"combiner": "vote", "kind": "edits"},
        {"combiner": "mbr", "kind": "texts"},
    ],
)
def test_kinds_and_combiners(client: TestClient, asked: dict[str, str]) -> None:
    outputs = {"a": "I have an apple.", "b": "I has an apple.", "c": "I have an apple."}
    answer = client.post("/v1/combine", json={"source": SOURCE, "outputs": outputs, **asked}).json()
    assert answer["text"] == "I have an apple."
    usual = "mbr" if asked.get("kind") == "texts" else "vote"
    assert answer["combiner"]["name"] == asked.get("combiner", usual)


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"combiner": "best"}, "/combiner", "unknown-combiner"),
        ({"combiner": "mbr", "kind": "edits"}, "/kind", "unsupported-kind"),
        ({"kind": "poems"}, "/kind", "invalid-value"),
    ],
)
def test_combiner_that_is_not_there_or_does_not_fit(
    client: TestClient, asked: dict[str, str], pointer: str, code: str
) -> None:
    response = client.post("/v1/combine", json={"source": SOURCE, "outputs": OUTPUTS, **asked})
    assert response.status_code == 422
    [fault] = response.json()["errors"]
    assert fault["pointer"] == pointer
    assert fault["code"] == code


def test_asked_systems_are_shown_with_what_they_said(client: TestClient) -> None:
    body = {"source": "one two", "systems": ["upper", "same"]}
    answer = client.post("/v1/combine", json=body).json()
    upper = answer["systems"]["upper"]
    assert upper.pop("milliseconds") >= 0
    assert upper == {"status": "ok", "weight": 1.0, "text": "ONE TWO"}
    assert not answer["degraded"]


def test_asked_systems_have_the_weight_of_the_roster(client: TestClient) -> None:
    body = {"source": "one two", "systems": ["upper", "same", "title"]}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["text"] == "One Two"
    assert answer["systems"]["title"]["weight"] == 2.5
    assert "weights:title=2.5" in answer["combiner"]["signature"]


def test_given_outputs_all_weigh_the_same(client: TestClient) -> None:
    outputs = {"upper": "ONE TWO", "same": "one two", "title": "One Two"}
    answer = client.post("/v1/combine", json={"source": "one two", "outputs": outputs}).json()
    assert answer["text"] == "one two"
    assert answer["systems"]["title"]["weight"] == 1.0


PROTECTED = "See https://a.example/recieve for teh rest."
CHANGED = "See https://a.example/receive for the rest."

PROTECTING = """
version: 1
protect: {protect}
systems:
  - {{name: one, callable: "{here}:careless"}}
  - {{name: two, callable: "{here}:careless", competence: {competence}}}
  - {{name: same, callable: "builtins:str.strip"}}
"""


def protecting(protect: str = "true", competence: str = "null") -> str:
    here = "tests.contract.correctors"
    return PROTECTING.format(here=here, protect=protect, competence=competence)


@pytest.mark.parametrize(
    ("roster", "text"),
    [
        (protecting(), "See https://a.example/recieve for the rest."),
        (protecting("false"), CHANGED),
    ],
)
def test_protected_text_is_changed_only_where_the_roster_lets_it(
    serve: Callable[..., TestClient], roster: str, text: str
) -> None:
    client = serve(roster)
    for name in ("one", "two", "same"):
        wait_until_ready(client, name)
    given = {"a": CHANGED, "b": CHANGED, "c": PROTECTED}
    for body in ({"systems": ["one", "two", "same"]}, {"outputs": given}):
        answer = client.post("/v1/combine", json={"source": PROTECTED, **body}).json()
        assert answer["text"] == text


def test_a_system_with_a_say_on_protected_text_is_a_voter_for_its_change(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(protecting(competence="[PROTECTED]"))
    for name in ("one", "two", "same"):
        wait_until_ready(client, name)
    body = {"source": PROTECTED, "systems": ["one", "two", "same"]}
    candidates = client.post("/v1/combine", json=body).json()["candidates"]
    voters = {candidate["replacement"]: candidate["voters"] for candidate in candidates}
    assert voters == {"https://a.example/receive": ["two"], "the": ["one", "two"]}


def test_what_all_put_out_is_taken_as_it_is(client: TestClient) -> None:
    outputs = {"a": CHANGED, "b": CHANGED}
    answer = client.post("/v1/combine", json={"source": PROTECTED, "outputs": outputs}).json()
    assert answer["text"] == CHANGED


def test_system_that_fails_leaves_the_answer_degraded(client: TestClient) -> None:
    body = {"source": "one two", "systems": ["upper", "title", "broken", "absent"]}
    answer = client.post("/v1/combine", json=body).json()
    statuses = {name: part["status"] for name, part in answer["systems"].items()}
    assert statuses == {"upper": "ok", "title": "ok", "broken": "failed", "absent": "failed"}
    assert "ValueError" in answer["systems"]["broken"]["reason"]
    assert "text" not in answer["systems"]["broken"]
    assert answer["degraded"]


def test_source_where_all_systems_fail(client: TestClient) -> None:
    body = {"source": SOURCE, "systems": ["broken", "absent"]}
    response = client.post("/v1/combine", json=body)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["text"], answer["candidates"], answer["degraded"]) == (SOURCE, [], True)


def test_unknown_system_is_refused_with_those_there_are(client: TestClient) -> None:
    body = {"source": SOURCE, "systems": ["upper", "nobody"]}
    response = client.post("/v1/combine", json=body)
    assert response.status_code == 422
    [fault] = response.json()["errors"]
    assert fault["pointer"] == "/systems/1"
    assert fault["code"] == "unknown-system"
    assert "upper, title, same, broken, absent" in fault["detail"]


def test_killed_system_leaves_the_answer_degraded(serve: Callable[..., TestClient]) -> None:
    client = serve(WORKER)
    pid = wait_until_ready(client, "worker")["pid"]
    body = {"source": SOURCE, "systems": ["upper", "same", "worker"]}
    assert not client.post("/v1/combine", json=body).json()["degraded"]

    os.kill(pid, signal.SIGKILL)
    response = client.post("/v1/combine", json=body)

    assert response.status_code == 200
    answer = response.json()
    assert answer["degraded"]
    assert answer["systems"]["worker"]["status"] == "failed"
    assert "SIGKILL" in answer["systems"]["worker"]["reason"]
    assert answer["systems"]["upper"]["status"] == "ok"


def test_system_that_is_late_is_left_out(serve: Callable[..., TestClient]) -> None:
    client = serve(SLEEPER, deadline_s=0.2)
    wait_until_ready(client, "sleeper")
    body = {"source": "one", "systems": ["upper", "sleeper"]}
    answer = client.post("/v1/combine", json=body).json()
    assert answer["systems"]["sleeper"]["status"] == "timeout"
    assert answer["degraded"]


HELD = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
  - {name: held, callable: "tests.contract.correctors:held", warm_up: null}
"""


def test_refused_while_as_many_systems_are_asked_as_may_be(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(HELD, deadline_s=60, asking_at_once=1)
    body = {"source": "one", "systems": ["upper", "held"]}
    first = threading.Thread(target=client.post, args=["/v1/combine"], kwargs={"json": body})
    first.start()
    try:
        assert correctors.ASKED.wait(30)
        response = client.post("/v1/combine", json=body)
    finally:
        correctors.RELEASED.set()
        first.join()
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert response.headers["content-type"] == "application/problem+json"


def wait_until_ready(client: TestClient, name: str) -> dict[str, object]:
    for _ in range(500):
        [system] = [s for s in client.get("/v1/systems").json() if s["name"] == name]
        if system["state"] == "ready":
            return system
        time.sleep(0.02)
    raise AssertionError(f"{name} is {system['state']}: {system['reason']}")


def test_scores_of_judges_are_taken_by_every_combiner(client: TestClient) -> None:
    scores = {"x": {"a": 1, "b": -2.5, "c": None}, "a": {"a": 3}, "y": {}}
    body = {"source": SOURCE, "outputs": OUTPUTS, "scores": scores, "recuse": False}
    plain = client.post("/v1/combine", json={"source": SOURCE, "outputs": OUTPUTS}).json()
    assert client.post("/v1/combine", json=body).json() == plain


@pytest.mark.parametrize(
    ("scores", "code", "pointer"),
    [
        ({"x": {"z": 1}}, "unknown-system", "/scores/x/z"),
        ({"x": {"a": "1"}}, "invalid-type", "/scores/x/a"),
        ({"x": {"a": True}}, "invalid-type", "/scores/x/a"),
        ({"x": {"a": 1e300}}, "invalid-value", "/scores/x/a"),
        ({"x": 1}, "invalid-type", "/scores/x"),
        ([1], "invalid-type", "/scores"),
        ({f"j{k}": {} for k in range(33)}, "too-many", "/scores"),
    ],
)
def test_scores_that_are_refused(
    client: TestClient, scores: object, code: str, pointer: str
) -> None:
    response = client.post(
        "/v1/combine", json={"source": SOURCE, "outputs": OUTPUTS, "scores": scores}
    )
    assert response.status_code == 422, response.text
    assert (code, pointer) in [(f["code"], f["pointer"]) for f in response.json()["errors"]]


def test_a_score_that_is_not_a_number_is_refused(client: TestClient) -> None:
    body = json.dumps({"source": SOURCE, "outputs": OUTPUTS, "scores": {"x": {"a": float("nan")}}})
    response = client.post("/v1/combine", content=body, headers=JSON)
    assert response.status_code in (400, 422)
