"""Every operation against its own schema, with keys: what fits is answered, the rest refused.

Each request has a key with all scopes; requests without one, with one that lacks the scope, or
after its rate is used up, are refused as the schema says. A few cases of each kind here; for more
than 2,000: `pytest tests/contract/test_schema.py --hypothesis-profile=thorough -s`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from service.api.app import create_app
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from service.store.keys import SCOPES
from tests.contract.conftest import ROSTER, running

BEYOND_A_SCHEMA = {
    "alias-not-found",
    "artefact-damaged",
    "combiner-not-found",
    "conflicting-fields",
    "duplicate-value",
    "edit-out-of-range",
    "feedback-not-found",
    "idempotency-key-reused",
    "invalid-configuration",
    "invalid-evidence",
    "invalid-json",
    "invalid-m2",
    "invalid-metric",
    "invalid-parameter",
    "invalid-probabilities",
    "invalid-upload",
    "missing-field",
    "name-reserved",
    "no-previous-version",
    "not-computable",
    "path-not-allowed",
    "segment-mismatch",
    "text-empty",
    "too-many-systems",
    "unknown-combiner",
    "unknown-configuration",
    "unknown-language",
    "unknown-system",
}
"""Codes of faults that a JSON schema cannot express."""

SHARES = {GenerationMode.POSITIVE: 32, GenerationMode.NEGATIVE: 128}
"""By mode: an operation has a case for so many examples of a Hypothesis profile, but at least 3.

One that does not fit takes schemathesis seconds: each is from a schema made for it.
"""

BEYOND_THE_SCHEMA_OF = {
    "POST /v1/combiners/{name}": {"invalid-type"},  # inside a file
    "POST /v1/keys": {"invalid-characters"},  # which are printable depends on Unicode's version
}
"""Further codes of such faults of single operations."""

EXCLUDED = [positive_data_acceptance, ignored_auth]
"""Checks of schemathesis in whose place there are tests here."""

ALL = "all"
"""The key that has every scope."""


class Service(NamedTuple):
    """A service with keys: its schema, and the text of the key for each scope and of `ALL`."""

    schema: BaseSchema
    keys: Mapping[str, str]

    def operations(self) -> list[APIOperation]:
        """Return all operations of the schema."""
        return [operation.ok() for operation in self.schema.get_all_operations()]

    def headers(self, scope: str) -> dict[str, str]:
        """Return headers with the key of a scope, or `ALL`."""
        return {"Authorization": f"Bearer {self.keys[scope]}"}


@contextmanager
def serving_with_keys(folder: Path, **settings: object) -> Iterator[Service]:
    """Serve for as long as the context lasts."""
    (folder / "roster.yaml").write_text(f"{ROSTER}panel: {{kind: edits}}\n")
    chosen = Settings(
        roster=folder / "roster.yaml",
        state=folder,
        require_keys=True,
        log_requests=False,
        **settings,
    )
    database = Database(chosen.database_url)
    database.migrate()
    grants = {scope: [scope] for scope in SCOPES} | {ALL: SCOPES}
    made = {name: keys.create(database, name, scopes, 1)[1] for name, scopes in grants.items()}
    database.close()
    with running(create_app(chosen)) as url:
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        schema.config.generation.update(with_security_parameters=False)
        yield Service(schema, made)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    # Large bodies are read, so that what is wrong in one is found, and not that it is large.
    with serving_with_keys(tmp_path_factory.mktemp("service"), body_bytes=1 << 24) as service:
        yield service


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", SHARES, ids=lambda mode: mode.value)
def test_answers_as_the_schema_says(service: Service, mode: GenerationMode) -> None:
    cases: Counter[str] = Counter()
    surprises: list[str] = []
    headers = service.headers(ALL)
    for operation in service.operations():
        if mode is GenerationMode.POSITIVE or can_be_wrong(operation):
            ask(operation, mode, headers, cases, surprises)
    print(mode.value, dict(cases), "together", cases.total())  # seen with -s
    assert cases
    assert surprises == []


def can_be_wrong(operation: APIOperation) -> bool:
    """Whether a request can be sent that does not fit: not where any word of a path does."""
    fixed = {"type": "string"}
    schemas = [
        {key: value for key, value in parameter.definition["schema"].items() if key != "title"}
        for parameter in operation.path_parameters
    ]
    others = [p for p in operation.iter_parameters() if p.location.value != "path"]
    return bool(operation.body or others) or any(schema != fixed for schema in schemas)


def codes(response: schemathesis.Response) -> list[str]:
    """The codes in a problem document, or in an error in OpenAI's form."""
    problem = response.json()
    if "error" in problem:
        return [problem["error"]["code"]]
    return [problem["type"].rpartition("/")[2], *(e["code"] for e in problem.get("errors", []))]


def ask(
    operation: APIOperation,
    mode: GenerationMode,
    headers: Mapping[str, str],
    cases: Counter[str],
    surprises: list[str],
) -> None:
    """Ask for what an operation offers; what fits and is refused all the same is a surprise."""
    positive = mode is GenerationMode.POSITIVE
    # Under /v2 errors have a code only where JSON is accepted.
    sent = {**headers, "Accept": "application/json"} if positive else headers
    known = BEYOND_A_SCHEMA | BEYOND_THE_SCHEMA_OF.get(operation.label, set())

    @settings(
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        max_examples=max(3, settings.default.max_examples // SHARES[mode]),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def whole(case: schemathesis.Case) -> None:
        cases[operation.label] += 1
        if positive and operation.label == "POST /v1/chat/completions":
            case.body["model"] = "consort"  # a schema does not know which models there are
        response = case.call_and_validate(headers=sent, excluded_checks=EXCLUDED)
        assert response.status_code not in (401, 429)
        refused = positive and response.status_code in (400, 422)
        if refused and not set(codes(response)) <= known:
            surprises.append(f"{operation.label}: {response.text}")

    try:
        whole()
    except Unsatisfiable:
        if positive:
            raise  # a schema that nothing fits; but where any word may stand, none is wrong


def needed(operation: APIOperation) -> str | None:
    """Return the scope that an operation needs by its schema, `None` if it needs no key."""
    ways = operation.definition.raw.get("security", [])
    scopes = {scope for way in ways for roles in way.values() for scope in roles}
    assert len(scopes) == bool(ways)
    return next(iter(scopes), None)


def answered(operation: APIOperation, headers: Mapping[str, str]) -> int:
    """Return the status of an empty request, after its answer was compared with the schema."""
    names = {parameter.name for parameter in operation.path_parameters}
    case = operation.Case(path_parameters=dict.fromkeys(names, "x"))
    return case.call_and_validate(headers=dict(headers), excluded_checks=EXCLUDED).status_code


def test_a_key_needs_the_scope_of_the_operation(service: Service) -> None:
    for operation in service.operations():
        scope = needed(operation)
        for headers in ({}, {"Authorization": "Bearer consort_0123456789abcdef_x"}):
            status = answered(operation, headers)
            assert status == 401 if scope else status in (200, 404), operation.label
        for other in SCOPES:
            status = answered(operation, service.headers(other))
            assert (status == 403) == (scope not in (None, other)), (operation.label, other)


def test_a_key_has_its_rate(tmp_path: Path) -> None:
    with serving_with_keys(tmp_path, requests_per_minute=1) as service:
        for operation in filter(needed, service.operations()):
            # The window of a minute may begin anew between two requests.
            statuses = (answered(operation, service.headers(ALL)) for _ in range(3))
            assert 429 in statuses, operation.label
