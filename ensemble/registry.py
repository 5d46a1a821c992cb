"""Registries: modules register classes or functions by name, and a registry finds those modules."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Items by name, from the modules of `package` and from the entry points of `group`.

    A module registers its items when it is imported. The modules are imported when the registry
    is first asked, so that a new item is one new file in the package, and importing the registry
    costs nothing. Another distribution offers an item by an entry point, the name of which is the
    item's name and the value of which is an object in the module that registers it.
    """

    def __init__(self, noun: str, package: str, group: str) -> None:
        self.noun, self.package, self.group = noun, package, group
        self._items: dict[str, T] = {}
        self._complete = False

    def add(self, name: str, item: T) -> None:
        """Register `item` under `name`.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._items:
            raise ValueError(f"the {self.noun} {name!r} is registered twice")
        self._items[name] = item

    def all(self) -> Mapping[str, T]:
        """Return all items by name, in alphabetical order.

        Raises:
            ImportError: an installed plugin cannot be imported, or does not register its item.
        """
        if not self._complete:
            self._import_package()
            self._import_plugins()
            self._complete = True
        return dict(sorted(self._items.items()))

    def registered(self) -> Mapping[str, T]:
        """Return the items registered so far, without importing anything."""
        return dict(self._items)

    def get(self, name: str) -> T:
        """Return the item called `name`.

        Raises:
            ValueError: there is no such item; the message lists the names there are.
        """
        items = self.all()
        if name not in items:
            raise ValueError(f"no {self.noun} {name!r}; there are {', '.join(items)}")
        return items[name]

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Forget items registered in the context; for tests that register an item."""
        before = dict(self.all())
        try:
            yield
        finally:
            self._items = before

    def _import_package(self) -> None:
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.package}.{module.name}")

    def _import_plugins(self) -> None:
        for plugin in entry_points(group=self.group):
            label = f"the plugin {plugin.name!r} ({plugin.value}) of {self.group}"
            try:
                plugin.load()
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise ImportError(f"{label} cannot be loaded: {reason}") from error
            if plugin.name not in self._items:
                raise ImportError(f"{label} does not register a {self.noun} of that name")
