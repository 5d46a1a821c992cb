"""Where a training stands, in one file of tensors and JSON, so that one that was killed goes on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from evaluation.data.writers import write_bytes
from evaluation.records import DataError


class Checkpoint:
    """A file that training goes on from after it was killed; without a path, none."""

    def __init__(self, path: Path | None, mark: str) -> None:
        self._path, self._mark = path, mark

    def save(self, content: Mapping[str, Any]) -> None:
        """Write what training needs to go on, whole or not at all.

        It is mappings and sequences of tensors and of what JSON knows.
        """
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, Tensor] = {}
        said = json.dumps(_packed(content, tensors))
        write_bytes(self._path, save(tensors, {"mark": self._mark, "content": said}))

    def load(self) -> dict[str, Any] | None:
        """Return what was written last by a run with the same mark; `None` if there is none.

        Sequences come as lists.

        Raises:
            DataError: the file is damaged.
        """
        if self._path is None or not self._path.is_file():
            return None
        try:
            with safe_open(self._path, "pt") as file:
                said = file.metadata()
                if said["mark"] != self._mark:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                return cast(dict[str, Any], _unpacked(json.loads(said["content"]), tensors))
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(self._path, None, f"is no checkpoint: {error}") from None

    def clear(self) -> None:
        """Remove the file: training is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _packed(value: object, tensors: dict[str, Tensor]) -> object:
    """Return a value as JSON, its tensors in `tensors`; of mappings the pairs, for their keys."""
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().clone(memory_format=torch.contiguous_format)
        return {"tensor": name}
    if isinstance(value, Mapping):
        return {"pairs": [[key, _packed(one, tensors)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        return [_packed(one, tensors) for one in value]
    return value


def _unpacked(value: object, tensors: Mapping[str, Tensor]) -> object:
    if isinstance(value, list):
        return [_unpacked(one, tensors) for one in value]
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    return {key: _unpacked(one, tensors) for key, one in value["pairs"]}
