"""What a study keeps as it goes, so that one broken off goes on: JSON and safetensors.

Everything is under the name of what it was computed from; what was computed from anything else
is not found.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from evaluation.data.writers import write_bytes
from evaluation.records import DataError

Content = dict[str, Any]


class Kept:
    """A folder of results, each under a mark of what it depends on.

    Args:
        folder: where; made when the first result is kept. Without one, weights are kept in
            memory until they are forgotten, and rows not at all.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, dict[str, Tensor]] = {}

    def row(
        self, name: str, depends: Mapping[str, object], compute: Callable[[], Content]
    ) -> Content:
        """Return the row called `name`, computed only if it was not kept.

        Raises:
            DataError: the file it was kept in is broken.
        """
        if self._folder is None:
            return compute()
        path = self._folder / _file(name, depends, "json")
        if path.exists():
            try:
                return dict(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as error:
                raise DataError(path, None, f"is no JSON; delete it: {error}") from None
        content = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, json.dumps(content, allow_nan=False).encode())
        return content

    def weights(
        self, name: str, depends: Mapping[str, object], compute: Callable[[], Mapping[str, Tensor]]
    ) -> dict[str, Tensor]:
        """Return the weights called `name`, computed only if they were not kept.

        Raises:
            DataError: the file they were kept in is broken.
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
        found = {key: tensor.detach().clone() for key, tensor in compute().items()}
        if path is None:
            self._memory[file] = found
            return found
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, save(found))
        return found

    def forget(self, name: str, depends: Mapping[str, object]) -> None:
        """Delete weights that are no longer needed."""
        file = _file(name, depends, "safetensors")
        self._memory.pop(file, None)
        if self._folder is not None:
            (self._folder / file).unlink(missing_ok=True)


def _file(name: str, depends: Mapping[str, object], kind: str) -> str:
    said = json.dumps(depends, sort_keys=True, default=str).encode()
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name)
    return f"kept/{plain}-{hashlib.sha256(said).hexdigest()[:10]}.{kind}"
