"""A cache of a study's intermediate results, so that an interrupted run continues.

Results are JSON and safetensors, each in a file whose name has a digest of all that it depends on;
with other dependencies it is not found, and computed again.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from ensemble.answer_cache import digest
from evaluation.data.writers import write_bytes
from evaluation.records import DataError

Content = dict[str, Any]


class ResultCache:
    """A folder of results, each with a digest of what it depends on.

    Args:
        folder: made when the first result is stored. Without one, weights are in memory until they
            are forgotten, and rows are computed each time.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, dict[str, Tensor]] = {}

    def row(
        self, name: str, depends: Mapping[str, object], compute: Callable[[], Content]
    ) -> Content:
        """Return the row called `name`, computed unless it is stored.

        Raises:
            DataError: the file is damaged.
        """
        if self._folder is None:
            return compute()
        path = self._folder / _file(name, depends, "json")
        if path.exists():
            try:
                return dict(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as error:
                raise DataError(path, None, f"is not JSON; delete it: {error}") from None
        # Written atomically, so an interrupted run leaves whole files only.
        content = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, json.dumps(content, allow_nan=False).encode())
        return content

    def weights(
        self, name: str, depends: Mapping[str, object], compute: Callable[[], Mapping[str, Tensor]]
    ) -> dict[str, Tensor]:
        """Return the weights called `name`, computed unless they are stored.

        Raises:
            DataError: the file is damaged.
        """
        file = _file(name, depends, "safetensors")
        if file in self._memory:
            return self._memory[file]
        path = None if self._folder is None else self._folder / file
        if path is not None and path.exists():
            try:
                return dict(load_file(path))
            except SafetensorError as error:
                raise DataError(path, None, f"is broken; delete it: {error}") from None
        # Tied weights are one tensor under two names, which safetensors refuses.
        tensors = {key: tensor.detach().clone() for key, tensor in compute().items()}
        if path is None:
            self._memory[file] = tensors
            return tensors
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, save(tensors))
        return tensors

    def forget(self, name: str, depends: Mapping[str, object]) -> None:
        """Delete weights that later runs do not need."""
        file = _file(name, depends, "safetensors")
        self._memory.pop(file, None)
        if self._folder is not None:
            (self._folder / file).unlink(missing_ok=True)


def _file(name: str, depends: Mapping[str, object], kind: str) -> str:
    """Return a file's path below the folder; `kind` is its suffix."""
    parameters = json.dumps(depends, sort_keys=True, default=str)
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name)
    return f"kept/{plain}-{digest(parameters, 10)}.{kind}"
