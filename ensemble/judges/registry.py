"""The kinds of judge: each is registered beside its configuration, by the key that tells it."""

from collections.abc import Callable
from typing import TypeVar

from ensemble.judges.base import JudgeConfig
from ensemble.kinds import Kind, Kinds

GROUP = "consort.judges"
"""The entry points by which a distribution offers kinds of judge."""

ConfigT = TypeVar("ConfigT", bound=type[JudgeConfig])

JUDGES: Kinds[JudgeConfig] = Kinds("kind of judge", "ensemble.judges", GROUP, JudgeConfig)


def register(name: str, *, key: str) -> Callable[[ConfigT], ConfigT]:
    """Register the decorated configuration as the kind of judge called `name`.

    Args:
        name: the kind, as `GET /v1/judges` reports it.
        key: the key of a roster's entry that no other kind of judge has.

    Raises:
        TypeError: it is not a `JudgeConfig` with a docstring.
        ValueError: the configuration does not have the key, another kind has it too, a kind of
            that name is registered already, or the name has characters that it may not have.
    """

    def decorate(config: ConfigT) -> ConfigT:
        JUDGES.register(name, key, config)
        return config

    return decorate


def kinds() -> list[Kind[JudgeConfig]]:
    """Return all kinds of judge, of this package and of plugins, by name."""
    return JUDGES.kinds()
