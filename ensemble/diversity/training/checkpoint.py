"""Checkpoints of a training, so that an interrupted one continues: one file of tensors and JSON."""

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
    """A file that an interrupted training continues from; without a path nothing is saved."""

    def __init__(self, path: Path | None, mark: str) -> None:
        self._path, self._mark = path, mark

    def save(self, content: Mapping[str, Any]) -> None:
        """Write the state of a training, atomically.

        It is made of mappings and sequences of tensors and JSON values.
        """
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, Tensor] = {}
        text = json.dumps(_packed(content, tensors))
        write_bytes(self._path, save(tensors, {"mark": self._mark, "content": text}))

    def load(self) -> dict[str, Any] | None:
        """Return the state saved last by a run with the same `mark`; `None` without one.

        Sequences come back as lists.

        Raises:
            DataError: the file is damaged.
        """
        if self._path is None or not self._path.is_file():
            return None
        try:
            # safetensors and JSON hold data alone: nothing in the file is executed.
            with safe_open(self._path, "pt") as file:
                metadata = file.metadata()
                if metadata["mark"] != self._mark:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                return cast(dict[str, Any], _unpacked(json.loads(metadata["content"]), tensors))
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(self._path, None, f"is not a checkpoint: {error}") from None

    def clear(self) -> None:
        """Remove the file: training is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _packed(value: object, tensors: dict[str, Tensor]) -> object:
    """Return a value as JSON, its tensors in `tensors`; a mapping as pairs: keys may be numbers."""
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().clone(memory_format=torch.contiguous_format)
        return {"tensor": name}
    if isinstance(value, Mapping):
        return {"pairs": [[key, _packed(item, tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_packed(item, tensors) for item in value]
    return value


def _unpacked(value: object, tensors: Mapping[str, Tensor]) -> object:
    if isinstance(value, list):
        return [_unpacked(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    return {key: _unpacked(item, tensors) for key, item in value["pairs"]}
