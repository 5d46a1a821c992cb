"""Imports a function by its import path, also from the folder of the file that names it."""

import importlib
import importlib.util
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import AfterValidator

_SHAPE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def _import_path(text: str) -> str:
    if _SHAPE.fullmatch(text):
        return text
    module, _, function = text.rpartition(".")
    example = f"{module}:{function}"
    hint = f", such as {example}" if _SHAPE.fullmatch(example) else ""
    raise ValueError(f"must be package.module:function{hint}")


ImportPath = Annotated[str, AfterValidator(_import_path)]
"""The place of a function, `package.module:function`."""

_LOCK = threading.RLock()
_MODULES: dict[Path, dict[str, ModuleType]] = {}
"""The modules imported from each folder; those of two folders may have one name."""


def load_function(path: str, folder: Path | None = None) -> Callable[..., Any]:
    """Import `package.module:function`, from `folder` if Python's path does not have the module.

    Modules from a folder are not left in `sys.modules`, nor the folder in `sys.path`: each folder
    has its own. What such a module imports from its folder, it has to import at its top.

    Raises:
        ImportError: the module is not found.
        AttributeError: the module has no such function.
        TypeError: what it names cannot be called.
    """
    module, _, attribute = path.partition(":")
    function: object = _module(module, folder)
    for name in attribute.split("."):
        function = getattr(function, name)
    if not callable(function):
        raise TypeError(f"{path} is {type(function).__name__}, not a function")
    return function


def _module(name: str, folder: Path | None) -> ModuleType:
    if folder is None or _is_on_path(name.partition(".")[0]):
        return importlib.import_module(name)
    try:
        with _imports_from(folder):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # a module that this one imports is missing
        message = f"No module named {name!r}: it is neither on Python's path nor in {folder}"
        raise ModuleNotFoundError(message, name=name) from None


def _is_on_path(name: str) -> bool:
    with _LOCK:
        return name in sys.modules or importlib.util.find_spec(name) is not None


@contextmanager
def _imports_from(folder: Path) -> Iterator[None]:
    """Import modules that Python's path does not have from `folder` while the context lasts."""
    with _LOCK:
        modules = _MODULES.setdefault(folder, {})
        for name in modules.keys() - sys.modules.keys():
            sys.modules[name] = modules[name]
        finder = _Finder(folder, {name.partition(".")[0] for name in modules})
        importlib.invalidate_caches()
        sys.meta_path.append(finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            for name in [n for n in sys.modules if n.partition(".")[0] in finder.names]:
                modules[name] = sys.modules.pop(name)


class _Finder:
    """Finds modules in a folder, for one thread; `names` has those found, without submodules."""

    def __init__(self, folder: Path, names: set[str]) -> None:
        self._folder, self.names = folder, names
        self._thread = threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is; those of packages are found without this."""
        if path is not None or threading.get_ident() != self._thread:
            return None
        spec = PathFinder.find_spec(name, [str(self._folder)], target)
        if spec is not None:
            self.names.add(name)
        return spec
