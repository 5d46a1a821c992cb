"""How many cores may be used."""

import os

import pytest

from evaluation.errors import ConfigError
from evaluation.execution.cores import cores


def test_it_is_at_most_the_number_that_the_system_allows() -> None:
    assert 1 <= cores() <= len(os.sched_getaffinity(0))


def test_it_is_limited_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert cores() == 1


@pytest.mark.parametrize("limit", ["", "two", "1.5"])
def test_a_limit_that_is_not_a_whole_number_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", limit)
    with pytest.raises(ConfigError, match=r"LOKY_MAX_CPU_COUNT: .* whole number"):
        cores()
