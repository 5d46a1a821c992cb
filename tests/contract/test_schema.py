"""Every route against its own schema: what fits is answered, what does not is refused, as it says.

A few cases of each kind here; for many: `pytest tests/contract/test_schema.py
--hypothesis-profile=thorough`.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service.api.app import create_app
from service.core.settings import Settings
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

MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("service")
    roster: Path = folder / "roster.yaml"
    roster.write_text(f"{ROSTER}panel: {{kind: edits}}\n")
    # Large bodies are read, so that what is wrong in one is found, and not that it is large.
    settings = Settings(roster=roster, state=folder / "state", body_bytes=1 << 24)
    with running(create_app(settings)) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_answers_as_the_schema_says(schema: BaseSchema, mode: GenerationMode) -> None:
    cases: Counter[str] = Counter()
    surprises: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.POSITIVE or takes_anything(operation):
            ask(operation, mode, cases, surprises)
    print(mode.value, dict(cases), "together", cases.total())  # seen with -s
    assert cases
    assert surprises == []


def takes_anything(operation: APIOperation) -> bool:
    """Whether there is something in its requests that could be wrong."""
    return bool([*operation.iter_parameters()] or operation.body)


def codes(response: schemathesis.Response) -> list[str]:
    """The codes in a problem document, or in an error in OpenAI's form."""
    problem = response.json()
    if "error" in problem:
        return [problem["error"]["code"]]
    return [problem["type"].rpartition("/")[2], *(e["code"] for e in problem.get("errors", []))]


def ask(
    operation: APIOperation, mode: GenerationMode, cases: Counter[str], surprises: list[str]
) -> None:
    """Ask for what an operation offers; what fits and is refused all the same is a surprise."""

    @settings(
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        max_examples=settings.default.max_examples // 32,
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def whole(case: schemathesis.Case) -> None:
        cases[operation.label] += 1
        if mode is GenerationMode.POSITIVE and operation.label == "POST /v1/chat/completions":
            case.body["model"] = "consort"  # a schema does not know which models there are
        # Under /v2 errors have a code only where JSON is accepted.
        headers = {"Accept": "application/json"} if mode is GenerationMode.POSITIVE else None
        response = case.call_and_validate(
            headers=headers, excluded_checks=[positive_data_acceptance]
        )
        refused = mode is GenerationMode.POSITIVE and response.status_code in (400, 422)
        if refused and not set(codes(response)) <= BEYOND_A_SCHEMA:
            surprises.append(f"{operation.label}: {response.text}")

    try:
        whole()
    except Unsatisfiable:
        if mode is GenerationMode.POSITIVE:
            raise  # a schema that nothing fits; but where any word may stand, none is wrong
