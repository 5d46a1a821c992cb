"""Registries: modules register classes or functions by name, and a registry finds those modules."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from evaluation.errors import InputError, plain_fault
from evaluation.registration import check_free, describe, import_modules, load_fault

T = TypeVar("T")


class Registry(Generic[T]):
    """Items by name, from the modules of `package` and from the entry points of `group`.

    `subpackages` of `package` are searched too.

    A module registers its items when it is imported. The modules are imported when the registry
    is first asked, so that a new item is one new file in the package, and importing the registry
    costs nothing. Another distribution offers an item by an entry point, the name of which is the
    item's name and the value of which is an object in the module that registers it. A plugin that
    fails is left out: only those who ask for its item are told, and `consort doctor` lists it.
    """

    def __init__(
        self, noun: str, package: str, group: str, *, subpackages: Sequence[str] = ()
    ) -> None:
        self.noun, self.package, self.group = noun, package, group
        self.packages = (package, *(f"{package}.{name}" for name in subpackages))
        self._items: dict[str, T] = {}
        self._modules: dict[str, str] = {}
        self._broken: dict[str, str] = {}
        self._complete = False

    def add(self, name: str, item: T, module: str) -> None:
        """Register `item`, which is defined in `module`, under `name`.

        Raises:
            ValueError: the name is taken; the message names both modules.
        """
        check_free(self.noun, name, module, self._modules.get(name))
        self._items[name], self._modules[name] = item, module

    def all(self) -> Mapping[str, T]:
        """Return all items by name, in alphabetical order.

        Raises:
            ImportError: a module of the package cannot be imported.
        """
        if not self._complete:
            self._import_package()
            self._import_plugins()
            self._complete = True
        return dict(sorted(self._items.items()))

    def registered(self) -> Mapping[str, T]:
        """Return the items registered so far, without importing anything."""
        return dict(self._items)

    def broken(self) -> Mapping[str, str]:
        """Return why plugins cannot be used, by name."""
        self.all()
        return dict(sorted(self._broken.items()))

    def get(self, name: str) -> T:
        """Return the item called `name`.

        Raises:
            InputError: there is no such item, and the message lists the names there are; or its
                plugin is broken, and the message says why.
        """
        items = self.all()
        if name not in items and name in self._broken:
            raise InputError("unknown-name", self._broken[name])
        if name not in items:
            known = ", ".join(items)
            raise InputError("unknown-name", f"no {self.noun} {name!r}; there are {known}")
        return items[name]

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Forget items registered in the context; for tests that register an item."""
        self.all()
        before = dict(self._items), dict(self._modules), dict(self._broken)
        try:
            yield
        finally:
            self._items, self._modules, self._broken = before

    def _import_package(self) -> None:
        for package in self.packages:
            import_modules(package)

    def _import_plugins(self) -> None:
        for plugin in entry_points(group=self.group):
            before = dict(self._items), dict(self._modules)
            fault = load_fault(plugin)
            if fault is None and plugin.name not in self._items:
                fault = f"{describe(plugin)} does not register a {self.noun} of that name"
            if fault is not None:
                self._items, self._modules = before
                self._broken[plugin.name] = fault


def parse_options(noun: str, term: str, types: Mapping[str, Any]) -> dict[str, object]:
    """Return the options in a term, `name` or `name:option=value,option=value`.

    Args:
        noun: the kind of item that the term names, for messages.
        term: as above.
        types: the type of each option, by name.

    Raises:
        InputError: an option is unknown, is given twice or is not `option=value`, or its value does
            not have its type.
    """
    name, colon, given = term.partition(":")
    pairs = [part.partition("=") for part in given.split(",")] if colon else []
    if not all(equals for _, equals, _ in pairs):
        raise InputError("invalid-option", f"{term}: an option is key=value")
    if len({key for key, _, _ in pairs}) < len(pairs):
        raise InputError("invalid-option", f"{term}: an option is given twice")
    return {key: _option(f"the {noun} {name!r}", types, key, value) for key, _, value in pairs}


def _option(owner: str, types: Mapping[str, Any], name: str, value: str) -> object:
    if name not in types:
        known = f"its options are {', '.join(types)}" if types else "it takes no options"
        raise InputError("invalid-option", f"{owner} has no option {name!r}; {known}")
    adapter: TypeAdapter[object] = TypeAdapter(types[name])
    try:
        return adapter.validate_strings(value)
    except ValidationError as error:
        reason = plain_fault(error.errors()[0]["msg"])
        raise InputError("invalid-option", f"the option {name} of {owner}: {reason}") from error
