"""Which tests are `slow`, `faults`, `browser` or `data`: `make test-fast` leaves them out.

A folder or a module is marked here; a slow test in a module that is fast has the decorator
`@pytest.mark.slow`. Tests that use the fixture `data` are marked `data`.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

SLOW = """
benchmarks
consort/test_combiner.py
consort/test_scikit_learn.py
contract/test_attack.py
contract/test_feedback.py
contract/test_combiners.py
contract/test_connections.py
contract/test_jobs.py
contract/test_languagetool_clients.py
contract/test_languagetool_docs.py
contract/test_openai_clients.py
contract/test_registry_docs.py
contract/test_schema.py
contract/test_trained_alike.py
ensemble/combiners/neural
ensemble/diagnosis
ensemble/diversity/data/test_language_model.py
ensemble/diversity/training/test_training.py
ensemble/systems/test_command.py
ensemble/systems/test_embedded.py
ensemble/training/test_artefact.py
ensemble/training/test_report.py
evaluation/execution
evaluation/metrics/test_fluency.py
evaluation/metrics/test_preservation.py
evaluation/models
evaluation/rating
evaluation/reporting/test_page.py
examples/test_train_with_trl.py
golden
packaging
properties
security/test_artefacts.py
service/api/test_serving.py
service/cli/test_diagnose.py
service/cli/test_diversify.py
service/cli/test_train.py
service/jobs
service/mcp
service/registry
service/test_engines.py
service/test_operations_docs.py
service/test_scale.py
test_examples.py
test_readme.py
""".split()
"""Trainings, models, servers started as processes, and documentation that runs them."""

_FOLDERS = {TESTS / "faults": "faults", TESTS / "browser": "browser"}
_FOLDERS |= {TESTS / path: "slow" for path in SLOW}


def marks_of(item: pytest.Item) -> set[str]:
    """Return the marks of a test by its folder or module, and by what it needs."""
    marks = {mark for path, mark in _FOLDERS.items() if item.path.is_relative_to(path)}
    if "data" in getattr(item, "fixturenames", ()):
        marks.add("data")
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if parameters.get("database_url") == "postgresql":
        marks.add("slow")  # a server is started for it
    return marks
