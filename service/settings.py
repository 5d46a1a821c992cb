"""What an operator can set: a YAML file, the environment (`CONSORT_*`) over it, and no more."""

import os
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, PositiveFloat, PositiveInt, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

_PREFIX = "CONSORT_"
_NOT_OURS = {"CONSORT_DATA"}  # where development data is; the service has no use for it
_CONFIGS = Path(__file__).parents[1] / "configs"


def _state() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "consort"


class SettingsError(ValueError):
    """Settings that cannot be used; the message names where they come from, and the key."""


class Settings(BaseSettings):
    """How the service runs. Given as arguments, nothing else is read: see `load_settings`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    version: Literal[1] = 1
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    roster: Path = _CONFIGS / "systems" / "embedded.yaml"
    combiner: Path | None = None
    """The folder of a trained combiner, which requests call `neural`."""
    state: Path = Field(default_factory=_state)
    """The folder of what is kept: the database, jobs' results, uploaded combiners."""
    database: str | None = None
    """`postgresql://...`; by default SQLite in `state`."""
    deadline_s: PositiveFloat = 10.0
    """For one combination, systems' answers included."""
    batch_deadline_s: PositiveFloat = 120.0
    """For all of a JSON batch."""
    read_timeout_s: PositiveFloat = 10.0
    """For a whole body to arrive; in a stream, for the next line, and to take one off us."""
    body_bytes: PositiveInt = 1 << 20
    """The largest body; in a stream, the longest line."""
    stream_bytes: PositiveInt = 1 << 28
    """The largest NDJSON body; what has not been answered yet waits on disk."""
    batch_segments: PositiveInt = 1000
    """The longest JSON batch."""
    heavy_at_once: PositiveInt = 8
    """Combinations of long texts worked on or waiting for a thread."""
    streams_at_once: PositiveInt = 8
    """NDJSON bodies being answered."""
    asking_at_once: PositiveInt = 32
    """Requests whose systems are being asked."""

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or f"sqlite:///{self.state.absolute() / 'consort.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only arguments count, so that what was loaded is what is used."""
        return (init_settings,)


def load_settings(path: Path | None = None, **overrides: object) -> Settings:
    """Return the settings of the YAML file at `path`, under the environment, under `overrides`.

    A relative path in the file starts at the file's folder.

    Raises:
        SettingsError: the file cannot be read, or a key is unknown or its value wrong.
    """
    _check_environment()
    written = _read(path) if path else {}
    variables = EnvSettingsSource(Settings)()
    try:
        return Settings(**{**written, **variables, **overrides})
    except ValidationError as error:
        faults = [
            f"{_origin(str(fault['loc'][0]), path, variables, overrides)}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise SettingsError("; ".join(faults)) from error


def _check_environment() -> None:
    known = {_PREFIX + name.upper() for name in Settings.model_fields} | _NOT_OURS
    for name in os.environ:
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            raise SettingsError(f"{name} is not a setting; there are {', '.join(sorted(known))}")


def _read(path: Path) -> dict[str, object]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {error}") from error
    if not isinstance(content, dict) or "version" not in content:
        raise SettingsError(f"{path}: needs keys and values, `version: 1` among them")
    for key in ("roster", "combiner", "state"):
        if isinstance(content.get(key), str):
            content[key] = path.parent / content[key]
    return {str(key): value for key, value in content.items()}


def _origin(
    key: str, path: Path | None, variables: dict[str, object], overrides: dict[str, object]
) -> str:
    if key in overrides:
        return key
    return _PREFIX + key.upper() if key in variables else f"{path}: {key}"
