"""Kinds of roster entries: registered beside their configurations, by the keys that tell them."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationInfo
from pydantic_core import PydanticCustomError

from ensemble.registry import Registry
from evaluation.registration import check_class, check_docstring, check_name

C = TypeVar("C", bound=BaseModel)
ConfigT = TypeVar("ConfigT", bound=type[BaseModel])


@dataclass(frozen=True, slots=True)
class Kind(Generic[C]):
    """A kind: its name, the key that only its entries have, and what configures it."""

    name: str
    key: str
    config: type[C]


class Kinds(Registry[Kind[C]]):
    """The registry of kinds with configurations of the class `base`."""

    def __init__(self, noun: str, package: str, group: str, base: type) -> None:
        super().__init__(noun, package, group)
        self._base = base

    def register(self, name: str, key: str, config: type[C]) -> None:
        """Register `config` as the kind called `name`, told by `key`.

        Raises:
            TypeError: it is not a configuration with a docstring.
            ValueError: the configuration does not have the key, another kind has it too, a kind of
                that name is registered already, or the name has characters that it may not have.
        """
        check_name(self.noun, name)
        check_class(self.noun, config, self._base)
        check_docstring(self.noun, config)
        kind = Kind(name, key, config)
        self._check_key(kind)
        self.add(name, kind, config.__module__)

    def kinds(self) -> list[Kind[C]]:
        """Return all kinds, of this package and of plugins, by name."""
        return list(self.all().values())

    def of(self, config: C) -> Kind[C]:
        """Return the kind of which `config` is a configuration.

        Raises:
            ValueError: its class is not registered.
        """
        for kind in self.kinds():
            if kind.config is type(config):
                return kind
        raise ValueError(f"{type(config).__name__} is not registered as a {self.noun}")

    def read_in(self, content: object, info: ValidationInfo) -> C:
        """Return an entry as `read` does, with the context of what it is a part of."""
        return self.read(content, info.context)

    def read(self, content: object, context: Any = None) -> C:  # noqa: ANN401 - as pydantic's
        """Return an entry as the configuration of its kind, which is told by the key it has.

        `context` is given to the validators of the configuration.

        Raises:
            ValueError: it does not have exactly one of the keys, or its kind refuses it.
        """
        keys = {kind.key: kind for kind in self.kinds()}
        present = [key for key in keys if isinstance(content, dict) and key in content]
        if len(present) != 1:
            hint = f"it has {' and '.join(present)}" if present else self._meant(content, keys)
            # A plugin that cannot be loaded may be the one that knows the key.
            reasons = [", ".join(sorted(keys)), *filter(None, [hint]), *self.broken().values()]
            raise PydanticCustomError(
                "one_kind", "needs exactly one of the keys {keys}", {"keys": "; ".join(reasons)}
            )
        return keys[present[0]].config.model_validate(content, context=context)

    def _meant(self, content: object, keys: Collection[str]) -> str | None:
        """Return a question about a key of an entry that is nearly one of `keys`, if it has one."""
        for key in content if isinstance(content, dict) else ():
            if key not in keys_of(self._base) and (meant := near(key, keys)):
                return f"did you mean {meant} instead of {key}?"
        return None

    def _check_key(self, kind: Kind[C]) -> None:
        if kind.key not in keys_of(kind.config):
            raise ValueError(f"{kind.config.__name__} does not have the key {kind.key!r}")
        # Only those registered so far: the check is made again when the other kind is registered.
        for other in self.registered().values():
            if kind.key in keys_of(other.config) or other.key in keys_of(kind.config):
                raise ValueError(
                    f"the kinds {kind.name!r} and {other.name!r} share a key that tells one"
                )


def keys_of(config: type[BaseModel]) -> set[str]:
    """Return the keys that a configuration reads."""
    return {field.alias or name for name, field in config.model_fields.items()}


def near(word: object, known: Collection[str]) -> str | None:
    """Return the one of `known` that `word` was probably meant to be, or `None`."""
    matches = difflib.get_close_matches(str(word).lower(), known, n=1, cutoff=0.7)
    return matches[0] if matches else None
