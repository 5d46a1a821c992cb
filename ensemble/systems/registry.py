"""The kinds of system: each is registered beside its configuration, by the key that tells it."""

from collections.abc import Callable
from typing import TypeVar

from ensemble.kinds import Kind, Kinds
from ensemble.systems.base import SystemConfig

GROUP = "consort.systems"
"""The entry points by which a distribution offers kinds of system."""

ConfigT = TypeVar("ConfigT", bound=type[SystemConfig])

SystemKind = Kind[SystemConfig]
"""A kind of system: its name, the key that only its entries have, and what configures it."""

KINDS: Kinds[SystemConfig] = Kinds("kind of system", "ensemble.systems", GROUP, SystemConfig)


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

    def decorate(config: ConfigT) -> ConfigT:
        KINDS.register(name, key, config)
        return config

    return decorate


def kinds() -> list[SystemKind]:
    """Return all kinds of system, of this package and of plugins, by name."""
    return KINDS.kinds()


def kind_of(config: SystemConfig) -> SystemKind:
    """Return the kind of which `config` is a configuration.

    Raises:
        ValueError: its class is not registered.
    """
    return KINDS.of(config)
