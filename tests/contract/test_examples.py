"""Every operation in the OpenAPI document with the examples that the document has for it, sent."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from service.api.answer_examples import ANSWERS
from service.api.app import create_app
from service.api.openapi_errors import operations
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from service.store.keys import SCOPES
from tests.contract.conftest import ROSTER
from tests.local_client import LocalClient
from tests.trained import files

FORM = "application/x-www-form-urlencoded"
UNKNOWN = set(
    """retract_feedback show_job watch_job cancel_job retry_job list_job_files fetch_job_file
    revoke_key""".split()
)
"""Operations on what the service has named itself: an example of such a name is unknown to it."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    """A service that has everything: keys, rates, a panel, and two versions of a combiner."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "roster.yaml").write_text(f"{ROSTER}panel: {{kind: edits}}\n")
    settings = Settings(
        roster=folder / "roster.yaml",
        state=folder,
        require_keys=True,
        requests_per_minute=10_000,
        log_requests=False,
    )
    database = Database(settings.database_url)
    database.migrate()
    key = keys.create(database, "all", SCOPES, 1)[1]
    database.close()
    with LocalClient(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        for data in "ab":
            assert client.post("/v1/combiners/mine", files=files(data=data).form).status_code == 201
        # The first version is the champion, which could not be removed.
        promoted = {"version": 2, "force": {"reason": "the first is to be removed"}}
        assert client.post("/v1/combiners/mine/aliases/champion", json=promoted).is_success
        yield client


@pytest.fixture(scope="module")
def document(client: LocalClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def test_each_operation_takes_its_examples(client: LocalClient, document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for body in bodies(operation):
                response = client.request(method, filled(path, operation), **body)
                name, status = operation["operationId"], response.status_code
                assert str(status) in operation["responses"], (name, response.text)
                is_unknown = name in UNKNOWN or "job" in (body.get("json") or ())
                assert status == 404 if is_unknown else response.is_success, response.text


def test_answers_that_are_shown_are_true(client: LocalClient, document: dict[str, Any]) -> None:
    shown = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                body = response.get("content", {}).get("application/json", {})
                if status.startswith("2") and "example" in body:
                    schema = {**body["schema"], "components": document["components"]}
                    jsonschema.validate(body["example"], schema)
                    sent = next(bodies(operation))
                    answer = client.request(method, filled(path, operation), **sent).json()
                    assert same_form(body["example"], answer), operation["operationId"]
                    shown[operation["operationId"]] = body["example"], answer
    assert set(shown) == set(ANSWERS)
    for name in DETERMINED:
        assert is_beginning(*shown[name]), name


DETERMINED = ("combine", "run_evaluation", "submit_job")
"""Operations whose answer is determined by the request, but for `NEW`."""

NEW = {"id", "created_at"}
"""What is new in each answer."""


def same_form(example: Any, answer: Any) -> bool:
    """Whether an answer has the keys of an example, also in the first items of lists."""
    if isinstance(example, dict) and isinstance(answer, dict):
        return example.keys() <= answer.keys() and all(
            same_form(value, answer[key]) for key, value in example.items()
        )
    if isinstance(example, list) and isinstance(answer, list):
        return not (example and answer) or same_form(example[0], answer[0])
    return True


def is_beginning(example: Any, answer: Any) -> bool:
    """Whether an answer has what the example has; its lists may be longer."""
    if isinstance(example, dict):
        return all(key in NEW or is_beginning(value, answer[key]) for key, value in example.items())
    if isinstance(example, list):
        return len(example) <= len(answer) and all(map(is_beginning, example, answer))
    if isinstance(example, float):
        return answer == pytest.approx(example, abs=1e-4)
    return bool(example == answer)


def filled(path: str, operation: dict[str, Any]) -> str:
    """Return the path and the query with the examples of parameters."""
    query = {}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        elif "example" in parameter:
            query[parameter["name"]] = parameter["example"]
    return path + "?" * bool(query) + "&".join(f"{name}={value}" for name, value in query.items())


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the bodies to send, by all media types, as the client takes them."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        yield {}
    for media_type, body in content.items():
        if media_type == "multipart/form-data":
            yield {"files": files(data="c").form}
        elif media_type == FORM:
            yield {"data": body["example"]}
        elif media_type == "application/x-ndjson":
            line = f"{json.dumps(body['example'])}\n"
            yield {"content": line, "headers": {"Content-Type": media_type}}
        else:
            yield {"json": body["example"]}


def test_operations_are_named_grouped_and_explained(document: dict[str, Any]) -> None:
    groups = {tag["name"]: tag for tag in document["tags"]}
    assert all(tag["description"] and tag["x-displayName"] for tag in groups.values())
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    used = set()
    for _, operation in operations(document):
        assert operation["summary"] == operation["operationId"].replace("_", " ").capitalize()
        assert operation["description"]
        used.update(operation["tags"])
    assert used == set(groups)


def test_errors_are_shared(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]
    referred = set()
    for path, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            name = response["$ref"].removeprefix("#/components/responses/")
            form = "OpenAI" if "/chat/" in path or "/models" in path else ""
            form = "LanguageTool" if path.startswith("/v2") else form
            assert name == f"{form}Error{status}" if form else f"Problem{status}"
            referred.add(name)
    assert referred == set(shared)
    assert all("example" in part for r in shared.values() for part in r["content"].values())
    assert "HTTPValidationError" not in str(document)


def test_the_server_and_the_keys_are_named(client: LocalClient, document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]
    elsewhere = client.get("/openapi.json", headers={"Host": "localhost:8123"}).json()
    assert elsewhere["servers"] == [{"url": "http://localhost:8123"}]
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header"}
