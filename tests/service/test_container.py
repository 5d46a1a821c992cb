"""The container files against their linters, the settings and the package: read, not run."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from service.core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SENT = re.findall(r"^!(.+)", (ROOT / ".dockerignore").read_text(), re.M)
LINTER = Path(sys.executable).with_name("hadolint")
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


@pytest.mark.skipif(not LINTER.exists(), reason="hadolint is in consort[containers]")
def test_the_linter_of_dockerfiles_finds_no_fault() -> None:
    done = subprocess.run(
        [LINTER, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_compose_keeps_to_the_compose_specification() -> None:
    compose_spec = pytest.importorskip("compose_spec", reason="is in consort[containers]")
    text = (ROOT / "compose.yaml").read_text()
    compose_spec.PyCompose.from_yaml(text).validate()
    for right, wrong in (("read_only", "readonly"), ("service_healthy", "healthy")):
        with pytest.raises(ValueError, match=wrong):
            compose_spec.PyCompose.from_yaml(text.replace(right, wrong))


def test_the_base_image_is_of_one_release_of_python_and_of_debian() -> None:
    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-slim-[a-z]+$", DOCKERFILE, re.M)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)) == {"${BASE}"}


def test_the_health_check_asks_the_port_that_is_served() -> None:
    [code] = re.findall(r'CMD \["python", "-c", "(.*)"\]', DOCKERFILE)
    compile(code, "HEALTHCHECK", "exec")
    assert "os.environ['CONSORT_PORT']" in code
    assert "CONSORT_PORT=" in DOCKERFILE


def test_the_extras_of_the_image_are_those_there_are() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    [wanted] = re.findall(r"'\.\[(.+)\]'", DOCKERFILE)
    assert set(wanted.split(",")) <= set(extras)
    assert {"demo", "postgres"} <= set(wanted.split(","))


def test_the_engine_is_sent_what_the_image_is_built_from_and_nothing_else() -> None:
    copied = re.findall(r"^COPY ([^-].*) \./$", DOCKERFILE, re.M)
    assert {name for line in copied for name in line.split()} <= set(SENT)
    packages = re.findall(r'"(\w+)\*"', (ROOT / "setup.py").read_text())
    files = {"constraints.txt", "pyproject.toml", "setup.py", "README.md", "LICENSE"}
    assert set(SENT) == {*files, *packages, "configs"}
