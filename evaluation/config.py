"""Reads the YAML that configures a run; an unknown key is an error."""

import os
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.errors import DataError, InputError, plain_fault

CACHE = Path(os.environ.get("CONSORT_CACHE") or "~/.cache/consort").expanduser()
"""The folder of what takes long to compute and can be computed again."""


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A safe loader, written in C where PyYAML was built with it: ten times as fast."""


def parse_yaml(text: str) -> Any:  # noqa: ANN401 - whatever the text says
    """Return the value that a YAML text says; no object but of plain types is made.

    Raises:
        yaml.YAMLError, RecursionError: it is not YAML, or nested too deeply.
    """
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - it is a safe loader


class Part(BaseModel):
    """A part of a configuration, without unknown keys and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Run(Part):
    """The keys that every configuration of a run has."""

    version: Literal[1]
    name: str
    data: str | None = None
    """The folder that paths are relative to; by default the environment variable CONSORT_DATA."""

    @property
    def root(self) -> Path:
        """The folder that paths are relative to.

        Raises:
            InputError: neither `data` nor CONSORT_DATA is set.
        """
        folder = self.data or os.environ.get("CONSORT_DATA")
        if not folder:
            message = "no folder of data: set CONSORT_DATA, or `data` (--set data=DIR)"
            raise InputError("missing-input", message)
        return Path(folder)


Content = dict[str, Any]
ConfigSource = Path | Mapping[str, Any]
"""A configuration: its YAML file, or its keys and values, whose paths are relative to the working
directory."""
CONTENT = Path("configuration")
"""The name in messages of a configuration without a file."""
R = TypeVar("R", bound=Run)


def read_run(
    kind: type[R],
    source: ConfigSource,
    settings: Sequence[str] = (),
    located: Callable[[Content, Path], None] = lambda content, folder: None,
) -> R:
    """Read the configuration of a run.

    A relative `data` in the file is relative to the file's folder; in settings, to the working
    directory.

    Args:
        kind: the class of the configuration.
        source: the YAML file, or its content.
        settings: settings such as `plan.seed=2`, each of which overrides a key.
        located: resolves other relative paths in the file's content, given the file's folder.

    Raises:
        DataError: the file cannot be read, or a key is unknown or its value invalid.
        InputError: a setting is not `key=value`, or names a key that cannot exist.
    """
    return check_run(kind, source, read_content(source, located), settings)


def read_content(
    source: ConfigSource, located: Callable[[Content, Path], None] = lambda content, folder: None
) -> Content:
    """Return the keys and values of a configuration, with the paths in it resolved.

    Raises:
        DataError: it cannot be read, or is not a mapping with a `version`.
    """
    content = _content(source)
    folder = _path(source).parent
    if isinstance(content.get("data"), str):
        content["data"] = str(folder / content["data"])
    located(content, folder)
    return content


def check_run(
    kind: type[R], source: ConfigSource, content: Content, settings: Sequence[str] = ()
) -> R:
    """Return the configuration of a run with a content that comes from `source`.

    Raises:
        DataError: a key is unknown or its value invalid.
        InputError: a setting is not `key=value`, or names a key that cannot exist.
    """
    for setting in settings:
        _put(content, setting)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        faults = [_key(fault["loc"]) + plain_fault(fault["msg"]) for fault in error.errors()]
        fault = "; ".join(faults[:5])
        raise DataError(_path(source), None, fault, "invalid-configuration") from None


def _path(source: ConfigSource) -> Path:
    return source if isinstance(source, Path) else CONTENT


def _content(source: ConfigSource) -> Content:
    content = _parsed(source) if isinstance(source, Path) else deepcopy(source)
    if not isinstance(content, dict) or "version" not in content:
        fault = "needs keys and values, including `version: 1`"
        raise DataError(_path(source), None, fault, "invalid-configuration")
    return content


def _parsed(path: Path) -> object:
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            path, None, f"cannot be read: {error.strerror}", "file-unreadable"
        ) from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        fault = f"is not YAML: {error}"
        raise DataError(path, None, fault, "invalid-configuration") from None


def _put(content: dict[Any, Any], setting: str) -> None:
    key, equals, value = setting.partition("=")
    *path, last = key.split(".")
    if not equals or not all([*path, last]):
        raise _invalid(setting, "it must be key=value, for example plan.resamples=200")
    node: Any = content
    for step in path:
        node = _step(node, step, setting)
    if isinstance(node, list):
        node[_number(node, last, setting)] = _value(value, setting)
    elif isinstance(node, dict):
        node[last] = _value(value, setting)
    else:
        raise _invalid(setting, f"{'.'.join(path)} has no keys")


def _step(node: object, step: str, setting: str) -> object:
    if isinstance(node, dict):
        return node.setdefault(step, {})
    if isinstance(node, list):
        return node[_number(node, step, setting)]
    raise _invalid(setting, f"the value above {step} has no keys")


def _number(node: Sequence[object], step: str, setting: str) -> int:
    if not (step.isascii() and step.isdigit() and int(step) < len(node)):
        raise _invalid(setting, f"{step} is not a number from 0 to {len(node) - 1}")
    return int(step)


def _value(text: str, setting: str) -> object:
    try:
        return parse_yaml(text)
    except (yaml.YAMLError, RecursionError):
        raise _invalid(setting, "the value is not YAML") from None


def _invalid(setting: str, fault: str) -> InputError:
    return InputError("invalid-option", f"--set {setting}: {fault}")


def _key(location: Sequence[int | str]) -> str:
    # `[key]` is how pydantic says that the fault is in the key before it, and not in its value.
    steps = [str(step) for step in location if step != "[key]"]
    return f"{'.'.join(steps)}: " if steps else ""
