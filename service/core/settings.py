"""Settings of the service: from a YAML file, overridden by environment variables `CONSORT_*`."""

import os
import re
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

from evaluation.config import parse_yaml
from evaluation.errors import ConfigError, plain_fault

CONFIGS = Path(str(files("consort_configs")))
"""The folder of the shipped configurations."""

_PREFIX = "CONSORT_"
_NOT_OURS = {"CONSORT_CACHE", "CONSORT_DATA"}  # read by the library, not settings of the service

LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,10})*$")]

_WEB = r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?"
_APPLICATION = r"(?!https?:)[a-z][a-z0-9+.-]*://([A-Za-z0-9.-]+|\*)"
_ORIGIN = re.compile(rf"\*|{_WEB}|{_APPLICATION}")


def _origin_of_pages(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise ValueError(
            f"{text!r} is not an origin such as https://editor.example, moz-extension://* or *"
        )
    return text


Origin = Annotated[str, AfterValidator(_origin_of_pages)]
"""The origin of pages as browsers send it, `scheme://*` for applications of a kind, or `*`."""

AbsolutePath = Annotated[Path, AfterValidator(Path.absolute)]
"""A path that stays valid when a process changes its working directory, as job processes do."""


def _state() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home).absolute() / "consort"


def temporary(state: Path) -> Path:
    """Return the folder in `state` in which each process of the service has one of its own."""
    return state / "tmp"


class SettingsError(ConfigError):
    """Settings that cannot be used; the message names where they come from, and the key."""

    def __init__(self, message: str, code: str = "invalid-setting") -> None:
        super().__init__(message, code)


class Settings(BaseSettings):
    """Settings. The constructor reads arguments only; `load_settings` reads a file too."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    version: Literal[1] = 1
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    roster: AbsolutePath = CONFIGS / "systems" / "embedded.yaml"
    combiner: AbsolutePath | None = None
    """The folder of a trained combiner, which requests call `trained`."""
    state: AbsolutePath = Field(default_factory=_state)
    """The folder for the database, results of jobs, uploaded combiners, and temporary files."""
    database: str | None = None
    """`postgresql://...`; by default SQLite in `state`."""
    deadline_s: PositiveFloat = 10.0
    """Limit for one combination, including the answers of systems."""
    chat_deadline_s: PositiveFloat = 120.0
    """Limit for the members of a panel to answer a conversation."""
    start_up_s: PositiveFloat = 60.0
    """How long `/readyz` and requests wait for systems that are still starting."""
    batch_deadline_s: PositiveFloat = 120.0
    """Limit for a whole JSON batch, and for the wait of an NDJSON line until systems are asked."""
    read_timeout_s: PositiveFloat = 10.0
    """Limit for the head of a request and for its body; in a stream, for the next line and for
    the client to read."""
    body_bytes: PositiveInt = 1 << 20
    """The largest body; in a stream, the longest line."""
    stream_bytes: PositiveInt = 1 << 28
    """The largest NDJSON body; lines that have not been answered yet wait on disk."""
    batch_segments: PositiveInt = 1000
    """The most segments in a JSON batch."""
    queue_characters: PositiveInt = 1 << 21
    """Work that is done or waits, over all requests, in characters of ordinary texts."""
    streams_at_once: PositiveInt = 8
    """NDJSON bodies answered at the same time."""
    asking_at_once: PositiveInt = 32
    """Requests for which systems are asked at the same time."""
    chats_at_once: PositiveInt = 256
    """Conversations answered at the same time."""
    require_keys: bool = False
    """Whether requests need a key made by `consort key create`."""
    insecure: bool = False
    """Allow other machines to connect without keys."""
    allowed_hosts: tuple[str, ...] | None = None
    """Names and addresses of the service in requests, beside loopback ones; `*`: any.

    By default any if `require_keys` or `insecure` is set, and otherwise `host`: web pages could
    reach the service under names of their own.
    """
    cors_origins: tuple[Origin, ...] = ()
    """Origins whose pages may combine and check texts, and read facts about the service."""
    requests_per_minute: PositiveInt = 60_000
    """For each key."""
    segments_per_minute: PositiveInt = 600_000
    """For each key: segments in all its requests, batches included."""
    limit_addresses: bool = False
    """With keys off: apply the limits of a key to each client address."""
    drain_s: float = Field(default=0.5, ge=0, le=60)
    """On shutdown: how long `/readyz` reports it before connections are closed."""
    log_requests: bool = True
    """Whether to log each request as a line of JSON on standard error."""
    otlp_endpoint: str | None = None
    """The endpoint for traces by OTLP/HTTP; needs `consort[otel]`."""
    job_workers: int = Field(default=1, ge=0, le=64)
    """Worker processes for jobs; with 0, `consort work` runs them elsewhere."""
    job_bytes: PositiveInt = 1 << 24
    """The largest body of a job, including its files."""
    jobs_waiting: PositiveInt = 100
    """The most queued jobs of one owner."""
    jobs_disk_bytes: PositiveInt = 1 << 31
    """The most bytes of all jobs of one owner: their input files, and their results on disk."""
    job_lease_s: float = Field(default=30.0, ge=2)
    """How long a worker keeps a job without renewing its lease; no clock that is set counts."""
    job_attempts: PositiveInt = 3
    """How often a job is attempted if its workers are lost."""
    job_deadline_s: PositiveFloat = 86400.0
    """Limit for one attempt at a job."""
    job_days: float = Field(default=30.0, gt=0, le=36_500)
    """A job that ended this long ago is removed, with its results."""
    combiner_bytes: PositiveInt = 1 << 26
    """The largest upload of a trained combiner."""
    poll_s: PositiveFloat = 2.0
    """How often a process reads changes by other processes from the database."""
    feedback_half_life_days: PositiveFloat = 30.0
    """Half-life of a verdict on an edit."""
    feedback_bound: float = Field(default=4.0, ge=1, le=100)
    """Feedback multiplies or divides the weight of a system by at most this."""
    feedback_per_day: PositiveInt = 200
    """The most votes that the verdicts of one owner count for in a day."""
    feedback_stored_per_day: PositiveInt = 50_000
    """The most verdicts (edits times voters) of one owner that are stored in a day."""

    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)] = (
        *("en-US", "en", "en-AU", "en-CA", "en-GB", "en-NZ", "en-ZA"),
    )
    """Languages that the systems correct, for `/v2/languages`; the first is the default."""

    @property
    def database_url(self) -> str:
        """The URL of the database."""
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
        """Read arguments only, so that the settings used are those that were loaded."""
        return (init_settings,)


def load_settings(path: Path | None = None, **overrides: object) -> Settings:
    """Return settings from `overrides`, then the environment, then the YAML file at `path`.

    A relative path in the file is relative to the file's folder.

    Raises:
        SettingsError: the file cannot be read, or a key is unknown or its value wrong.
    """
    _check_environment()
    from_file = _read(path) if path else {}
    variables = EnvSettingsSource(Settings)()
    try:
        return Settings(**{**from_file, **variables, **overrides})
    except ValidationError as error:
        faults = [
            f"{_origin(str(fault['loc'][0]), path, variables, overrides)}: "
            + plain_fault(fault["msg"])
            for fault in error.errors()
        ]
        raise SettingsError("; ".join(faults)) from error


def _check_environment() -> None:
    known = {_PREFIX + name.upper() for name in Settings.model_fields} | _NOT_OURS
    for name in os.environ:
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            message = f"{name} is not a setting; available: {', '.join(sorted(known))}"
            raise SettingsError(message, "unknown-setting")


def _read(path: Path) -> dict[str, object]:
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {error}", "file-unreadable") from error
    if not isinstance(content, dict) or "version" not in content:
        raise SettingsError(f"{path}: needs keys and values, including `version: 1`")
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
