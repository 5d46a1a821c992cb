"""Checks of what modules and plugins register, shared by all registries, and their import."""

import pkgutil
import re
from collections.abc import Collection, Iterable
from dataclasses import MISSING
from importlib import import_module
from importlib.metadata import EntryPoint
from inspect import get_annotations
from typing import TypeVar

T = TypeVar("T")

_NAME = re.compile(r"[^\s:,=]+( [^\s:,=]+)*")


def check_name(noun: str, name: str, *, spaces: bool = False) -> None:
    """Check that `name` can stand before options, as in `chrf:word_order=2,beta=1`.

    Args:
        noun: the kind of item, for the message.
        name: the name to check.
        spaces: whether its words may have single spaces between them.

    Raises:
        TypeError: it is not a text, as where `@register` is written without brackets.
        ValueError: it is empty, or has a character that it may not have.
    """
    if not isinstance(name, str):
        raise TypeError(f"register takes the name of the {noun} first, not {name!r}")
    if not _NAME.fullmatch(name) or (" " in name and not spaces):
        space = "only single spaces" if spaces else "no space"
        raise ValueError(f"a {noun} cannot be called {name!r}: {space} and none of : , =")


def check_known(what: str, values: Iterable[T], known: Collection[T]) -> None:
    """Check that each of `values` is `known`; `what` begins the message, as in `the cost of x`.

    Raises:
        TypeError: one is unknown, or `values` is a text where a tuple is expected.
    """
    if isinstance(values, str):
        raise TypeError(f"{what}: write a tuple, ({values!r},), not {values!r}")
    for value in values:
        if value not in known:
            listed = ", ".join(map(str, known))
            raise TypeError(f"{what}: {value!r} is not one of {listed}")


def check_class(noun: str, item: object, base: type) -> None:
    """Check that `item` is a class derived from `base`.

    Raises:
        TypeError: it is not.
    """
    if not (isinstance(item, type) and issubclass(item, base)):
        name = getattr(item, "__name__", repr(item))
        raise TypeError(
            f"{name} is registered as a {noun}, but is not a subclass of {base.__name__}"
        )


def check_docstring(noun: str, item: type | object) -> None:
    """Check that a class or function has a docstring of its own.

    Raises:
        TypeError: it has none, or only the signature that a dataclass gets as one.
    """
    name, text = getattr(item, "__name__", repr(item)), item.__doc__
    if not text or not text.strip() or text.startswith(f"{name}("):
        raise TypeError(f"{name} needs a docstring: its first line describes the {noun}")


def check_option(owner: type, name: str) -> None:
    """Check that the option `name` of a class is a field with a type and a default.

    Raises:
        TypeError: it is not.
    """
    option = f"{owner.__name__}.{name}"
    if not any(name in get_annotations(base) for base in owner.__mro__):
        raise TypeError(f"{option}: an option needs a type, as in `{name}: float = 1.0`")
    fields = getattr(owner, "__dataclass_fields__", {})
    if name not in fields:
        raise TypeError(f"{option}: put @dataclass(frozen=True) below @register")
    if fields[name].default is MISSING:
        raise TypeError(f"{option}: an option needs a default")


def check_free(noun: str, name: str, module: str, taken_by: str | None) -> None:
    """Check that no other module registers `name`; `taken_by` is the module that does.

    Raises:
        ValueError: it is taken.
    """
    if taken_by is not None:
        raise ValueError(
            f"the {noun} {name!r} is registered twice, in {taken_by} and in {module}: "
            "give one of them another name"
        )


def import_modules(package: str) -> None:
    """Import all modules of `package`, so that they register their items.

    Raises:
        ImportError: a module fails; the message names it.
    """
    for module in pkgutil.iter_modules(import_module(package).__path__):
        try:
            import_module(f"{package}.{module.name}")
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise ImportError(f"{package}.{module.name} cannot be imported: {reason}") from error


def describe(plugin: EntryPoint) -> str:
    """Return a plugin as messages name it."""
    return f"the plugin {plugin.name!r} ({plugin.value}) of {plugin.group}"


def load_fault(plugin: EntryPoint) -> str | None:
    """Load a plugin, and return why it cannot be loaded; `None` if it can."""
    try:
        plugin.load()
    except Exception as error:
        return f"{describe(plugin)} cannot be loaded: {type(error).__name__}: {error}"
    return None
