"""Bad input: always a problem document, always at once, never a 500."""

import json

import pytest
from starlette.testclient import TestClient

# Bodies that make parsing take seconds would hang some of these; they take milliseconds.
pytestmark = pytest.mark.timeout(60)

SOURCE = "I has a apple."
OUTPUTS = {"a": "I have an apple.", "b": "I has an apple."}
GOOD = {"source": SOURCE, "outputs": OUTPUTS}
JSON = {"content-type": "application/json"}


def numbered(count: int) -> dict[str, str]:
    return {f"s{i}": SOURCE for i in range(count)}


def with_key_twice(key: str) -> bytes:
    return b'{"source": "a", "outputs": {"%b": "a", "b": "b", "%b": "c"}}' % ((key.encode(),) * 2)


BODIES = {
    "empty source": ({**GOOD, "source": ""}, "/source"),
    "blank source": ({**GOOD, "source": " \t\n\u3000"}, "/source"),
    "no source": ({"outputs": OUTPUTS}, "/source"),
    "NUL in the source": ({**GOOD, "source": "a\x00b"}, "/source"),
    "lone surrogate in the source": ({**GOOD, "source": "a\ud800"}, "/source"),
    "5,000 tokens in the source": ({**GOOD, "source": "word " * 5000}, "/source"),
    "5,000 tokens in a source for systems": (
        {"source": "word " * 5000, "systems": ["upper", "same"]},
        "/source",
    ),
    "70,000 characters": ({**GOOD, "source": "long " * 14_000}, "/source"),
    "40,000 combining marks": ({**GOOD, "source": "a" + "\u0301" * 40_000}, "/source"),
    "a name in outputs and in systems": (
        {"source": SOURCE, "outputs": {"upper": "a", "b": "b"}, "systems": ["same", "upper"]},
        "",
    ),
    "20 outputs and 20 systems": (
        {"source": SOURCE, "outputs": numbered(20), "systems": [f"x{i}" for i in range(20)]},
        "",
    ),
    "the case of labels that are none": ({**GOOD, "label_case": "ignore"}, "/label_case"),
    "no outputs": ({**GOOD, "outputs": {}}, "/outputs"),
    "one output": ({**GOOD, "outputs": numbered(1)}, "/outputs"),
    "33 outputs": ({**GOOD, "outputs": numbered(33)}, "/outputs"),
    "one system": ({"source": SOURCE, "systems": ["upper"]}, "/systems"),
    "33 systems": ({"source": SOURCE, "systems": list(numbered(33))}, "/systems"),
    "a system twice": ({"source": SOURCE, "systems": ["upper", "same", "upper"]}, "/systems"),
    "NUL in an output": ({**GOOD, "outputs": {**OUTPUTS, "c": "\x00"}}, "/outputs/c"),
    "lone surrogate in an output": (
        {**GOOD, "outputs": {**OUTPUTS, "c": "\udfff"}},
        "/outputs/c",
    ),
    "5,000 tokens in an output": (
        {**GOOD, "outputs": {**OUTPUTS, "c": "word " * 5000}},
        "/outputs/c",
    ),
    "40,000 combining marks in an output": (
        {**GOOD, "outputs": {**OUTPUTS, "c": "\u0301" * 40_000}},
        "/outputs/c",
    ),
    "a name that is empty": ({**GOOD, "outputs": {**OUTPUTS, "": "c"}}, "/outputs/"),
    "a name of 65 characters": (
        {**GOOD, "outputs": {**OUTPUTS, "x" * 65: "c"}},
        "/outputs/" + "x" * 65,
    ),
    "a name with a control character": (
        {**GOOD, "outputs": {**OUTPUTS, "a\nb": "c"}},
        "/outputs/a\nb",
    ),
    "a name that ends in a new line": (
        {**GOOD, "outputs": {**OUTPUTS, "a\n": "c"}},
        "/outputs/a\n",
    ),
    "a name that has to be escaped": ({**GOOD, "outputs": {"a": "a", "/~": 1}}, "/outputs/~1~0"),
    "a key that is not known": ({**GOOD, "temperature": 1}, "/temperature"),
    "a source that is a number": ({**GOOD, "source": 1}, "/source"),
    "an output that is a list": ({**GOOD, "outputs": {"a": "a", "b": []}}, "/outputs/b"),
    "outputs in a list": ({**GOOD, "outputs": ["a", "b"]}, "/outputs"),
    "systems in an object": ({"source": SOURCE, "systems": {"upper": 1}}, "/systems"),
    "a list of one": ([GOOD], ""),
    "nothing but null": (None, ""),
}


@pytest.mark.parametrize(("body", "pointer"), BODIES.values(), ids=BODIES)
def test_json_that_is_wrong(client: TestClient, body: object, pointer: str) -> None:
    problem = refused(client, json.dumps(body).encode(), 422)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]


RAW = {
    "no body": (b"", "invalid-json"),
    "not JSON": (b"{", "invalid-json"),
    "not UTF-8": (b'{"source": "\xff"}', "invalid-json"),
    "UTF-16": (json.dumps(GOOD).encode("utf-16"), "invalid-json"),
    "10,000 lists deep": (b"[" * 10_000 + b"]" * 10_000, "invalid-json"),
    "10,000 objects deep": (b'{"source":' * 10_000, "invalid-json"),
    "NaN": (b'{"source": NaN}', "invalid-json"),
    "Infinity": (b'{"source": -Infinity}', "invalid-json"),
    "a number of 5,000 digits": (b'{"source": %b}' % (b"1" * 5000), "invalid-json"),
    "a number beyond all floats": (b'{"source": 1e999}', "invalid-type"),
    "an output twice": (with_key_twice("twin"), "duplicate-key"),
    "a source twice": (b'{"source": "a", "source": "b"}', "duplicate-key"),
    "an output twice, one name escaped": (
        b'{"source": "a", "outputs": {"a": "a", "\\u0061": "c"}}',
        "duplicate-key",
    ),
}


@pytest.mark.parametrize(("body", "code"), RAW.values(), ids=RAW)
def test_bytes_that_are_wrong(client: TestClient, body: bytes, code: str) -> None:
    problem = refused(client, body, 422)
    assert problem["type"] == f"/problems/{code}"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_content_type_that_is_not_read(client: TestClient, content_type: str) -> None:
    body = json.dumps(GOOD).encode()
    refused(client, body, 415, headers={"content-type": content_type})


def test_compressed_body(client: TestClient) -> None:
    refused(client, b"\x1f\x8b", 415, headers={**JSON, "content-encoding": "gzip"})


def test_charset_is_no_matter(client: TestClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post("/v1/combine", json=GOOD, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/v1/combine", "/v1/combine/batch"])
def test_body_over_the_limit(client: TestClient, path: str) -> None:
    body = json.dumps({**GOOD, "source": "a " * (1 << 19)}).encode()
    refused(client, body, 413, path=path)


def test_body_at_the_limit(client: TestClient) -> None:
    body = json.dumps(GOOD).encode()
    assert client.post("/v1/combine", content=body.ljust(1 << 20), headers=JSON).is_success
    refused(client, body.ljust((1 << 20) + 1), 413)


def test_many_faults_are_not_all_listed(client: TestClient) -> None:
    body = {**GOOD, **{f"key{i}": i for i in range(90)}}
    problem = refused(client, json.dumps(body).encode(), 422)
    assert len(problem["errors"]) == 20
    assert "89 more" in problem["detail"]


def test_thousands_of_keys_are_not_looked_at(client: TestClient) -> None:
    body = {**GOOD, "outputs": numbered(10_000)}
    assert refused(client, json.dumps(body).encode(), 422)["type"] == "/problems/too-many"


def test_long_key_is_not_repeated_at_length(client: TestClient) -> None:
    body = json.dumps({**GOOD, "k" * 100_000: 1}).encode()
    assert len(json.dumps(refused(client, body, 422))) < 2000


def test_texts_at_the_limits(client: TestClient) -> None:
    longest = " ".join(["word"] * 4096)
    outputs = {"a": longest, "b": "x" * 999}
    assert client.post("/v1/combine", json={"source": longest, "outputs": outputs}).is_success


def refused(
    client: TestClient,
    body: bytes,
    status: int,
    path: str = "/v1/combine",
    headers: dict[str, str] | None = None,
) -> dict[str, object]:
    """Post `body` and return the problem, after checking that it is one."""
    response = client.post(path, content=body, headers=headers or JSON)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert problem["status"] == status
    assert problem["instance"] == f"urn:uuid:{response.headers['x-request-id']}"
    return problem
