"""`/`, `/static`, `/docs`, `/openapi.json`, and what every answer has, pages or not."""

import re
from importlib.metadata import version

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/systems", "/nowhere", "/static/icon.svg"])
def test_headers_that_keep_a_browser_safe(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-request-id"])


@pytest.mark.parametrize("here", ["", "jobs", "systems", "combiners", "docs"])
def test_each_page_leads_to_the_others(client: TestClient, here: str) -> None:
    page = client.get(f"/{here}").text
    (links,) = re.findall(r"<nav[^>]*>(.*?)</nav>", page, re.DOTALL)
    assert re.findall(r'href="([^"]*)"', links) == ["./", "jobs", "systems", "combiners", "docs"]
    (current,) = re.findall(r'href="([^"]*)" aria-current="page"', links)
    assert current == (here or "./")
    assert "$" not in page


@pytest.mark.parametrize("path", ["/", "/jobs", "/systems", "/combiners"])
def test_pages_are_here(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    parts = re.findall(r'(?:src|href)="(static/[^"]+)"', page.text)
    assert parts
    assert all(client.get(f"/{part}").is_success for part in parts)
    assert client.get(f"/{parts[0]}").headers["cache-control"] == "no-cache"
    assert client.head(path).is_success


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/%00"])
def test_nothing_else_is_here(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/v1/combine", 405),
        ("PUT", "/v1/combine/batch", 405),
        ("POST", "/", 405),
        ("POST", "/static/icon.svg", 405),
        ("BREW", "/livez", 405),
    ],
)
def test_wrong_place_or_method(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert status == 404 or "static" in path or response.headers["allow"]


def test_openapi_describes_what_is_sent_and_taken(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["info"]["version"] == version("consort")
    combine = document["paths"]["/v1/combine"]["post"]
    body = combine["requestBody"]["content"]["application/json"]
    assert client.post("/v1/combine", json=body["example"]).is_success
    schemas = document["components"]["schemas"]
    for reference in set(
        re.findall(r'"#/components/schemas/(\w+)"', client.get("/openapi.json").text)
    ):
        assert reference in schemas
    assert combine["responses"]["422"] == {"$ref": "#/components/responses/Problem422"}
    problem = document["components"]["responses"]["Problem422"]
    assert "application/problem+json" in problem["content"]
    assert {"/v1/combine", "/v1/combine/batch", "/v1/systems", "/v1/limits"} < set(
        document["paths"]
    )


def test_docs_need_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    used = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert used
    assert not [address for address in used if ":" in address or address.startswith("//")]
    for address in used:
        assert client.get(f"/{address.removeprefix('./')}").is_success, address
    policy = page.headers["content-security-policy"]
    assert set(re.findall(r"'[\w-]+'|\w+:", policy)) == {
        "'self'",
        "'unsafe-inline'",
        "'none'",
        "data:",
    }
    assert "script-src" not in policy
    assert "<script>" not in page.text


def test_the_page_has_a_document_of_its_own(client: TestClient) -> None:
    whole, shown = (client.get(path).json() for path in ("/openapi.json", "/docs/openapi.json"))
    assert shown["paths"].keys() == whole["paths"].keys()
    assert "422" in whole["paths"]["/v1/combine"]["post"]["responses"]
    assert list(shown["paths"]["/v1/combine"]["post"]["responses"]) == ["200"]
