"""The container files against the settings: no engine runs here, so they are read, not run."""

import re
from pathlib import Path

import pytest
import yaml

from service.core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
NAMES = {f"CONSORT_{name.upper()}": name for name in Settings.model_fields}


def given(variables: dict[str, str]) -> Settings:
    """The settings that environment variables give; fails for one that is not known."""
    return Settings(**{NAMES[key]: value for key, value in variables.items()})


def test_compose_gives_settings_that_there_are() -> None:
    settings = given(COMPOSE["services"]["service"]["environment"])
    assert settings.require_keys
    inside = COMPOSE["services"]["service"]["ports"][0].rpartition(":")[2]
    assert settings.port == int(inside)
    assert f"state:{settings.state}" in COMPOSE["services"]["service"]["volumes"]
    grace = COMPOSE["services"]["service"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > settings.batch_deadline_s + settings.drain_s


def test_compose_holds_no_secret_and_gives_no_power() -> None:
    service, database = COMPOSE["services"]["service"], COMPOSE["services"]["database"]
    assert database["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert "CONSORT_DATABASE" not in service["environment"]
    assert "ports" not in database
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["ports"][0].startswith("127.0.0.1:")
    assert database["image"] == "postgres:16"
    volumes = {v.partition(":")[0] for s in (service, database) for v in s["volumes"]}
    assert volumes == set(COMPOSE["volumes"])


def test_the_env_file_that_compose_describes_is_read() -> None:
    [line] = re.findall(r"^#   (CONSORT_\w+)=(\S+)", (ROOT / "compose.yaml").read_text(), re.M)
    assert given(dict([line])).database_url.startswith("postgresql://consort:")


def test_the_image_runs_as_nobody_with_settings_that_there_are() -> None:
    settings = given(dict(re.findall(r"(CONSORT_\w+)=(\S+)", DOCKERFILE)))
    assert settings.require_keys
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.M)
    assert DOCKERFILE.index("USER 10001") > DOCKERFILE.rindex("RUN ")
    assert "/readyz" in DOCKERFILE
    assert not re.search(r"^ADD |--privileged|password", DOCKERFILE, re.M | re.I)


@pytest.mark.parametrize("kept", re.findall(r"^COPY ([^-].*) \S+$", DOCKERFILE, re.M))
def test_what_is_copied_is_there_and_sent_to_the_engine(kept: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in kept.split():
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored
