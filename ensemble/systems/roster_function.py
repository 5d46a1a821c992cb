"""A function that a roster names, imported also from the folder of the roster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, PrivateAttr

from evaluation.import_path import ImportPath, load_function

FOLDER = "folder"
"""The key of the folder of the roster in the context in which its entries are validated."""


class FunctionOfRoster(BaseModel):
    """A function by its import path, `package.module:function`.

    A module that is not on Python's path is looked for in the folder of the roster.
    """

    path: ImportPath = Field(alias="callable")
    _folder: Path | None = PrivateAttr(None)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - as pydantic declares it
        """Keep the folder of the roster that the entry is in."""
        if isinstance(context, dict):
            self._folder = context.get(FOLDER)

    def load(self) -> Callable[..., Any]:
        """Import the function.

        Raises:
            ImportError, AttributeError, TypeError: as `load_function`.
        """
        return load_function(self.path, self._folder)
