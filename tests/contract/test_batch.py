"""`POST /v1/combine/batch`: lists and lines, each element as if it had come alone.

Only its spacing depends on others, where a source does not tell it.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from tests.contract.conftest import Serve

SLOW = """
version: 1
systems:
  - {name: slow, callable: "tests.contract.correctors:slow"}
  - {name: upper, callable: "builtins:str.upper"}
"""

OUTPUTS = {"a": "I have an apple.", "b": "I has an apple.", "c": "I have an ample."}
SEGMENTS: list[dict[str, object]] = [
    {"source": "I has a apple.", "outputs": OUTPUTS},
    {"source": "他去学校。", "outputs": {"a": "他上学。", "b": "他去学校。", "c": "他上学。"}},
    {"source": "yes?", "outputs": {"a": "yes", "b": "no", "c": None}, "kind": "labels"},
    {"source": "I has a apple.", "outputs": OUTPUTS, "combiner": "mbr"},
    {"source": "I has a apple.", "outputs": OUTPUTS, "combiner": "fuse"},
    {"source": "x", "outputs": {"a": {"1": 0.7}, "b": 1, "c": "2"}, "combiner": "soft-vote"},
]
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
BATCH = "/v1/combine/batch"


def lines(values: list[object]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def test_batch_is_singles(client: TestClient) -> None:
    singles = [client.post("/v1/combine", json=segment).json() for segment in SEGMENTS]
    response = client.post(BATCH, json=SEGMENTS)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == singles


def test_lines_are_singles_byte_for_byte(client: TestClient) -> None:
    singles = [client.post("/v1/combine", json=segment).content for segment in SEGMENTS]
    response = client.post(BATCH, content=lines(SEGMENTS), headers=NDJSON)
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.content == b"".join(single + b"\n" for single in singles)


def test_what_comes_in_does_not_decide_what_goes_out(client: TestClient) -> None:
    listed = client.post(BATCH, json=SEGMENTS)
    from_lines = client.post(
        BATCH, content=lines(SEGMENTS), headers={"content-type": "application/x-ndjson"}
    )
    to_lines = client.post(BATCH, json=SEGMENTS, headers={"accept": "application/x-ndjson"})
    assert from_lines.json() == listed.json()
    assert list(map(json.loads, to_lines.content.splitlines())) == listed.json()


def test_a_source_without_marks_is_spaced_as_most_of_the_batch(client: TestClient) -> None:
    outputs = {"a": "He goes home.", "b": "He goes home .", "c": "He goes home."}
    silent: dict[str, object] = {"source": "He go home", "outputs": outputs}
    told: dict[str, object] = {"source": "Yes , it is .", "outputs": dict.fromkeys("ab", "Yes .")}
    assert client.post("/v1/combine", json=silent).json()["text"] == "He goes home."
    for batch in ([silent, told], [told, silent]):
        texts = [answer["text"] for answer in client.post(BATCH, json=batch).json()]
        assert "He goes home ." in texts
    # Lines are answered as they arrive: only those before can tell.
    for batch, expected in (([silent, told], "He goes home."), ([told, silent], "He goes home .")):
        answers = client.post(BATCH, content=lines(batch), headers=NDJSON).content.splitlines()
        assert expected in [json.loads(answer)["text"] for answer in answers]


@pytest.mark.parametrize("body", [b"[]", b" [ ] "])
def test_nothing_to_combine(client: TestClient, body: bytes) -> None:
    assert client.post(BATCH, content=body, headers=JSON).json() == []
    assert client.post(BATCH, content=b"\n\n", headers=NDJSON).content == b""


def test_systems_are_asked_for_each_element(client: TestClient) -> None:
    segments = [{"source": text, "systems": ["upper", "title"]} for text in ("one", "two")]
    first, second = client.post(BATCH, json=segments).json()
    assert first["systems"]["upper"]["text"] == "ONE"
    assert second["systems"]["upper"]["text"] == "TWO"


def test_elements_of_several_wait_for_their_turn_to_ask(serve: Serve) -> None:
    client = serve(SLOW, asking_at_once=1)
    segments = [{"source": f"a {i}", "systems": ["slow", "upper"]} for i in range(4)]
    with ThreadPoolExecutor(2) as threads:
        listed = threads.submit(client.post, BATCH, json=segments)
        in_lines = threads.submit(client.post, BATCH, content=lines(segments), headers=NDJSON)
    answers = [*listed.result().json(), *map(json.loads, in_lines.result().content.splitlines())]
    assert [answer["systems"]["upper"]["text"] for answer in answers] == [
        f"A {i}" for i in [0, 1, 2, 3] * 2
    ]


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        ({"source": "a", "outputs": OUTPUTS, "systems": [next(iter(OUTPUTS))]}, "/2"),
        ({"source": "a", "outputs": {"a": "b"}}, "/2/outputs"),
        ({"source": "", "outputs": OUTPUTS}, "/2/source"),
        ({"source": "a", "outputs": OUTPUTS, "combiner": "best"}, "/2/combiner"),
        ({"source": "word " * 5000, "outputs": OUTPUTS}, "/2/source"),
        ("text", "/2"),
        (None, "/2"),
    ],
)
def test_bad_element_is_named(client: TestClient, bad: object, pointer: str) -> None:
    response = client.post(BATCH, json=[*SEGMENTS[:2], bad, *SEGMENTS])
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


def test_bad_line_is_named_where_a_list_goes_out(client: TestClient) -> None:
    headers = {"content-type": "application/x-ndjson"}
    response = client.post(BATCH, content=lines(SEGMENTS[:2]) + b"{\n", headers=headers)
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/2"]


@pytest.mark.parametrize("body", [b"{}", b"null", b'"text"', b"1"])
def test_body_that_is_no_list(client: TestClient, body: bytes) -> None:
    response = client.post(BATCH, content=body, headers=JSON)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/invalid-type"


def test_list_at_and_over_the_limit(client: TestClient) -> None:
    tiny = {"source": "a", "outputs": {"a": "a", "b": "a"}}
    assert len(client.post(BATCH, json=[tiny] * 1000).json()) == 1000
    response = client.post(BATCH, json=[tiny] * 1001)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/too-many"


def test_bad_line_is_answered_and_the_rest_go_on(client: TestClient) -> None:
    good = json.dumps(SEGMENTS[0]).encode()
    bad = [
        b"{",
        b'{"source": "a", "systems": ["upper"]}',
        b"\xff",
        b"[" * 10_000,
        json.dumps({**SEGMENTS[0], "combiner": "best"}).encode(),
        json.dumps({**SEGMENTS[0], "source": "word " * 5000}).encode(),
        b" " * (1 << 20) + b"{}",
    ]
    body = b"\n".join([good, *bad, b"", good])
    response = client.post(BATCH, content=body, headers=NDJSON)
    assert response.status_code == 200
    first, *problems, last = map(json.loads, response.content.splitlines())
    assert first == last == client.post("/v1/combine", content=good, headers=JSON).json()
    assert [problem["line"] for problem in problems] == [2, 3, 4, 5, 6, 7, 8]
    assert [problem["status"] for problem in problems] == [422] * 6 + [413]
    assert {problem["instance"] for problem in problems} == {
        f"urn:uuid:{response.headers['x-request-id']}"
    }


@pytest.mark.slow
def test_thousands_of_lines(client: TestClient) -> None:
    body = lines(SEGMENTS[:2]) * 1500
    answers = client.post(BATCH, content=body, headers=NDJSON).content.splitlines()
    assert len(answers) == 3000
    assert len(set(answers)) == 2
