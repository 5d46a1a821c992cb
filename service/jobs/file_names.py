"""Names of a job's input files, checked so that all of them can be written to one folder."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from service.core.fields import custom_error

MOST_FILES = 100
LONGEST_NAME = 200
"""Characters of a name with the folders before it."""
LONGEST_PART = 255
"""Bytes in UTF-8 of the name of a file or of one folder before it, as in all file systems."""

_PART = r"\w([\w .+-]*[\w +-])?"
_FILE = rf"^{_PART}(/{_PART}){{0,3}}$"


def _plain(name: str) -> str:
    parts = name.split("/")
    if not re.fullmatch(_FILE, name):
        raise custom_error("invalid-value", "is not a plain file name such as gold.m2 or a/b.txt")
    if (size := max(len(part.encode("utf-8")) for part in parts)) > LONGEST_PART:
        detail = "has a name of {size} bytes in UTF-8; the limit is {most}: shorten {name}"
        raise custom_error("text-too-long", detail, size=size, most=LONGEST_PART, name=repr(name))
    return name


def _apart(files: dict[str, str]) -> dict[str, str]:
    for name in files:
        folder = name
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in files:
                detail = "has {folder}, which is also the folder of {name}: rename one of them"
                values = {"folder": repr(folder), "name": repr(name)}
                raise custom_error("conflicting-fields", detail, **values)
    return files


FileName = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NAME, json_schema_extra={"pattern": _FILE}),
    AfterValidator(_plain),
]
_Texts = dict[FileName, str]
Files = Annotated[_Texts, Field(max_length=MOST_FILES), AfterValidator(_apart)]
"""Texts by name; the names can be written to one folder."""

Given = Annotated[_Texts, Field(min_length=1, max_length=MOST_FILES), AfterValidator(_apart)]
"""At least one text by name."""
