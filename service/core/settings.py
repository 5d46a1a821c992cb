"""What an operator can set: a YAML file, the environment (`CONSORT_*`) over it, and no more."""

import os
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    AfterValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

CONFIGS = Path(str(files("consort_configs")))
"""The folder of the shipped configurations, wherever the package is installed."""

_PREFIX = "CONSORT_"
_NOT_OURS = {"CONSORT_CACHE", "CONSORT_DATA"}  # where a language model's readings and data are

LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,10})*$")]

Place = Annotated[Path, AfterValidator(Path.absolute)]
"""A path that stays what it is where a process goes to another folder, as those of jobs do."""


def _state() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home).absolute() / "consort"


class SettingsError(ValueError):
    """Settings that cannot be used; the message names where they come from, and the key."""


class Settings(BaseSettings):
    """How the service runs. Given as arguments, nothing else is read: see `load_settings`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    version: Literal[1] = 1
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    roster: Place = CONFIGS / "systems" / "embedded.yaml"
    combiner: Place | None = None
    """The folder of a trained combiner, which requests call `neural`."""
    state: Place = Field(default_factory=_state)
    """The folder of what is kept: the database, jobs' results, uploaded combiners."""
    database: str | None = None
    """`postgresql://...`; by default SQLite in `state`."""
    deadline_s: PositiveFloat = 10.0
    """For one combination, systems' answers included."""
    batch_deadline_s: PositiveFloat = 120.0
    """For all of a JSON batch; as long may a line of NDJSON wait until its systems are asked."""
    read_timeout_s: PositiveFloat = 10.0
    """For a whole body to arrive; in a stream, for the next line, and to take one off us."""
    body_bytes: PositiveInt = 1 << 20
    """The largest body; in a stream, the longest line."""
    stream_bytes: PositiveInt = 1 << 28
    """The largest NDJSON body; what has not been answered yet waits on disk."""
    batch_segments: PositiveInt = 1000
    """The longest JSON batch."""
    queue_characters: PositiveInt = 1 << 21
    """Characters of texts that are being combined or wait for it, of all requests together."""
    streams_at_once: PositiveInt = 8
    """NDJSON bodies being answered."""
    asking_at_once: PositiveInt = 32
    """Requests whose systems are being asked."""
    require_keys: bool = False
    """Whether a request needs a key of `consort key create`."""
    insecure: bool = False
    """Serve other machines without keys."""
    requests_per_minute: PositiveInt = 60_000
    """For each key."""
    segments_per_minute: PositiveInt = 600_000
    """For each key: those in its requests, batches included."""
    limit_addresses: bool = False
    """Where keys are off: count what comes from each address as if it were a key."""
    drain_s: float = Field(default=0.5, ge=0, le=60)
    """When told to stop: how long to say so before connections are closed."""
    log_requests: bool = True
    """A line of JSON for each request, on standard error."""
    otlp_endpoint: str | None = None
    """Where to send traces by OTLP/HTTP, with `consort[otel]`."""
    job_workers: int = Field(default=1, ge=0, le=64)
    """Processes here that do jobs; with 0, `consort work` does them elsewhere."""
    job_bytes: PositiveInt = 1 << 24
    """The largest body of a job, its files included."""
    jobs_waiting: PositiveInt = 100
    """Jobs of one owner that wait to be taken up."""
    job_lease_s: float = Field(default=30.0, ge=2)
    """How long a job is its worker's without a sign of life."""
    job_attempts: PositiveInt = 3
    """How often a job is taken up whose worker is lost."""
    job_deadline_s: PositiveFloat = 86400.0
    """For one attempt at a job."""
    job_days: float = Field(default=30.0, gt=0, le=36_500)
    """A job that ended so long ago is removed, with its results."""
    combiner_bytes: PositiveInt = 1 << 26
    """The largest upload of a trained combiner."""
    poll_s: PositiveFloat = 2.0
    """How often a process looks in the database for what others have changed."""
    feedback_half_life_days: PositiveFloat = 30.0
    """After so long a verdict on an edit counts half."""
    feedback_bound: float = Field(default=4.0, ge=1, le=100)
    """Feedback makes a system's voice so many times heavier or lighter, and no more."""
    feedback_per_day: PositiveInt = 200
    """Votes that the verdicts of one owner count for in a day, however many they are."""

    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)] = (
        *("en-US", "en", "en-AU", "en-CA", "en-GB", "en-NZ", "en-ZA"),
    )
    """What the systems correct, for `/v2/languages`; the first where a client leaves it to us."""

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or f"sqlite:///{self.state / 'consort.db'}"

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
