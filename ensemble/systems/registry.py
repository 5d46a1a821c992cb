"""The kinds of system: each is registered beside its configuration, by the key that tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ensemble.registry import Registry
from ensemble.systems.base import SystemConfig
from evaluation.registration import check_class, check_docstring, check_name

GROUP = "consort.systems"
"""The entry points by which a distribution offers kinds of system."""

ConfigT = TypeVar("ConfigT", bound=type[SystemConfig])


@dataclass(frozen=True, slots=True)
class SystemKind:
    """A kind of system: its name, the key that only its entries have, and what configures it."""

    name: str
    key: str
    config: type[SystemConfig]


KINDS: Registry[SystemKind] = Registry("kind of system", "ensemble.systems", GROUP)


def register(name: str, *, key: str) -> Callable[[ConfigT], ConfigT]:
    """Register the decorated configuration as the kind of system called `name`.

    Args:
        name: the kind, as `GET /v1/systems` reports it.
        key: the key of a roster's entry that no other kind has; the entry's kind is told by it.

    Raises:
        TypeError: it is not a `SystemConfig` with a docstring.
        ValueError: the configuration does not have the key, another kind has it too, a kind of
            that name is registered already, or the name has characters that it may not have.
    """
    check_name("kind of system", name)

    def decorate(config: ConfigT) -> ConfigT:
        check_class("kind of system", config, SystemConfig)
        check_docstring("kind of system", config)
        kind = SystemKind(name, key, config)
        _check_key(kind)
        KINDS.add(name, kind, config.__module__)
        return config

    return decorate


def kinds() -> list[SystemKind]:
    """Return all kinds of system, of this package and of plugins, by name."""
    return list(KINDS.all().values())


def kind_of(config: SystemConfig) -> SystemKind:
    """Return the kind of which `config` is a configuration.

    Raises:
        ValueError: its class is not registered.
    """
    for kind in kinds():
        if kind.config is type(config):
            return kind
    raise ValueError(f"{type(config).__name__} is not registered as a kind of system")


def _check_key(kind: SystemKind) -> None:
    if kind.key not in _keys(kind.config):
        raise ValueError(f"{kind.config.__name__} does not have the key {kind.key!r}")
    # Only those registered so far: the check is made again when the other kind is registered.
    for other in KINDS.registered().values():
        if kind.key in _keys(other.config) or other.key in _keys(kind.config):
            raise ValueError(
                f"the kinds {kind.name!r} and {other.name!r} share a key that tells one"
            )


def _keys(config: type[SystemConfig]) -> set[str]:
    return {field.alias or name for name, field in config.model_fields.items()}
