"""`POST /v1/validations`: what it answers, and what it refuses."""

from collections.abc import Callable

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from evaluation.metrics.registry import metric_names
from service.api.resources.validations import EXAMPLE, ValidationAnswer
from service.core import validate_metrics

PATH = "/v1/validations"


def sentence(source: str, *annotators: tuple[tuple[int, int, str], ...]) -> str:
    lines = [
        f"A {start} {end}|||T|||{words}|||REQUIRED|||-NONE-|||{number}"
        for number, edits in enumerate(annotators)
        for start, end, words in edits
    ]
    return "\n".join([f"S {source}", *lines, "", ""])


EIGHT = ("maxmatch", "edits", "gleu", "chrf", "bleu", "ibleu", "sari", "max-sari")
GO = sentence("He go to scool .", ((1, 2, "goes"), (3, 4, "school")), ((3, 4, "school"),))


def asked(m2: str, *metrics: str, **more: object) -> dict[str, object]:
    return {"m2": m2, "metrics": list(metrics or ["chrf"]), **more}


def test_what_is_punished_is_told(client: TestClient) -> None:
    response = client.post(PATH, json=asked(GO * 4, "chrf", "levenshtein-source"))
    assert response.status_code == 200, response.text
    answer = response.json()
    # Of each sentence the source, each error alone corrected, and both.
    assert answer["size"]["chains"] == 8
    assert 12 <= answer["size"]["texts"] <= 16
    found = {one["metric"]: one for one in answer["findings"]}
    assert found["levenshtein-source"]["punished"] == {"original": ["T"]}
    rows = {(row["name"], row["level"], row["statistic"]): row for row in answer["rows"]}
    assert rows["levenshtein-source", "sentence", "tau, all pairs"]["value"] == -1


@pytest.mark.parametrize(
    "body",
    [EXAMPLE, asked(GO, *EIGHT), asked(GO, sources=["original", "random"])],
)
def test_what_is_documented_is_what_is_sent(client: TestClient, body: object) -> None:
    response = client.post(PATH, json=body)
    answer = response.json()
    assert TypeAdapter(ValidationAnswer).validate_python(answer, strict=True) == answer


def test_the_same_question_has_the_same_answer(client: TestClient) -> None:
    assert client.post(PATH, json=EXAMPLE).content == client.post(PATH, json=EXAMPLE).content


def test_every_metric_offered_is_to_be_had() -> None:
    assert {*EIGHT, "levenshtein", "levenshtein-source"} <= set(validate_metrics.OFFERED)
    assert set(validate_metrics.OFFERED) <= set(metric_names())


ODD = {
    "crossing edits": sentence("a b c d", ((0, 2, "x"), (1, 3, "y")), ((0, 1, "z"),)),
    "an empty annotator": GO + sentence("Fine .", ((-1, -1, "noop"),)).replace("T|||", "noop|||"),
    "insertions at one place": sentence("a b", ((1, 1, "x"), (1, 1, "y")), ((1, 1, "y"),)),
    "all deleted": sentence("a b", ((0, 2, ""),), ((0, 1, "x"),)),
    "edits without effect": sentence("a b", ((0, 1, "a"), (1, 2, "c")), ((1, 2, "d"),)),
    "odd letters": sentence("\u0301 \u2028 \U0001f600 语", ((0, 1, "\u202e"),), ((1, 2, "x"),)),
}


@pytest.mark.parametrize("m2", ODD.values(), ids=ODD)
def test_odd_gold_edits_are_climbed(client: TestClient, m2: str) -> None:
    response = client.post(PATH, json=asked(m2, *EIGHT, chains=3))
    assert response.status_code == 200, response.text


LONG = " ".join(f"w{k}" for k in range(101))
MANY = sentence("a b c", *(((0, 1, f"x{k}"),) for k in range(17)))
BAD = {
    "no text": (asked(""), "/m2"),
    "no sentences": (asked("\n\n"), "/m2"),
    "no M2": (asked("He go to scool ."), "/m2"),
    "an edit outside": (asked(sentence("a", ((0, 9, "b"),))), "/m2"),
    "one annotator": (asked(sentence("a", ((0, 1, "b"),))), "/m2"),
    "nothing corrected": (asked("S a b\n"), "/m2"),
    "too many sentences": (asked(GO * 201), "/m2"),
    "a sentence too long": (asked(sentence(LONG, ((0, 1, "b"),))), "/m2"),
    "too much changed": (asked(sentence("a", ((0, 1, "b " * 11),))), "/m2"),
    "too many annotators": (asked(MANY), "/m2"),
    "a token too long": (asked(sentence("a" * 1001, ((0, 1, "b"),))), "/m2"),
    "no metric": ({"m2": GO, "metrics": []}, "/metrics"),
    "a metric that is not offered": (asked(GO, "fluency"), "/metrics/0"),
    "an option out of bounds": (asked(GO, "maxmatch:max_unchanged=9"), "/metrics/0"),
    "a tokeniser of unbounded work": (asked(GO, "maxmatch:tokenize=char"), "/metrics/0"),
    "a path for a metric": (asked(GO, "/etc/passwd"), "/metrics/0"),
    "a metric twice": (asked(GO, "chrf", "chrf"), "/metrics"),
    "too many chains": (asked(GO, chains=11), "/chains"),
    "another source": (asked(GO, sources=["other"]), "/sources/0"),
    "a seed too large": (asked(GO, seed=2**32), "/seed"),
    "an unknown key": (asked(GO, path="/etc/passwd"), "/path"),
}


@pytest.mark.parametrize(("body", "pointer"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_pointed_at(client: TestClient, body: object, pointer: str) -> None:
    response = client.post(PATH, json=body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert pointer in [fault["pointer"] for fault in response.json()["errors"]]


def test_text_that_is_none(client: TestClient) -> None:
    content = b'{"m2": "S a\\ud800\\nA 0 1|||T|||b|||R|||-|||0", "metrics": ["chrf"]}'
    response = client.post(PATH, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_too_many_texts_are_refused(client: TestClient) -> None:
    edits = tuple((4 * k, 4 * k + 1, f"x{k}") for k in range(16))
    m2 = sentence(" ".join(f"w{k}" for k in range(64)), edits, edits[:1])
    response = client.post(PATH, json=asked(m2 * 20, chains=10))
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/too-many"


def test_work_that_takes_too_long_ends_with_its_answer(
    client: TestClient, serve: Callable[..., TestClient]
) -> None:
    hurried = serve(batch_deadline_s=0.005)  # no process starts in this time
    for _ in range(4):  # each has made room for the next
        response = hurried.post(PATH, json=EXAMPLE)
        assert response.status_code == 503
        assert response.json()["type"] == "/problems/deadline-exceeded"
    assert client.post(PATH, json=EXAMPLE).status_code == 200


def test_the_limits_are_said(client: TestClient) -> None:
    limits = client.get("/v1/limits").json()
    assert limits["validation_sentences"] == 200
    assert limits["validation_texts"] == 1500


def test_the_document_describes_it(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    assert client.post(PATH, json=content["example"]).is_success
