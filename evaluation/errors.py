"""The base of all errors that Consort raises on purpose: each has a stable code beside its message.

Programs and tests tell errors apart by `code`; the message is for people and may be reworded.
`docs/errors.md` lists the codes.
"""

from pathlib import Path
from typing import Any

CODES = {
    "damaged-artefact": "A saved artefact is incomplete, altered, or written for another version.",
    "duplicate-name": "A name, column or key is there more than once.",
    "file-unreadable": "A file or folder is not there, or cannot be read.",
    "incompatible-models": "Two models or states have different architectures or tokenizers.",
    "infinite-value": "A number is infinite; NaN is for missing ones.",
    "invalid-configuration": "A configuration file has an unknown key, or a value that is wrong.",
    "invalid-data": "A file has content that does not fit its format.",
    "invalid-database": "The database cannot be reached, or is not one of Consort's.",
    "invalid-encoding": "A file is not UTF-8.",
    "invalid-option": "Options contradict each other, or one does not apply here.",
    "invalid-setting": "A setting of the service is unknown, or its value is wrong.",
    "length-mismatch": "Two inputs that go together have different numbers of segments.",
    "missing-column": "A table has no column of this name.",
    "missing-input": "References, gold edits, sources or another input are needed and not given.",
    "model-unavailable": "A model cannot be loaded, or is of another type than is needed.",
    "out-of-range": "A number is outside the range that it may have.",
    "shape-mismatch": "An array has another shape than is needed.",
    "source-mismatch": "Gold edits or labels belong to another source text.",
    "system-failed": "A system gave no answer for a segment.",
    "too-few": "There is less data than the computation needs.",
    "too-large": "A file, text or computation exceeds a limit.",
    "unfitted": "A combiner must be fitted or trained before it is used or saved.",
    "unknown-name": "There is no metric, system, type or method of this name.",
    "unknown-setting": "There is no setting of this name.",
    "unsupported-kind": "The combiner does not combine outputs of this kind.",
}
"""Each code of an `InputError` or one of its subclasses, and what it means."""


class ConsortError(Exception):
    """An error raised on purpose; `code` says which one and stays the same between versions."""

    code: str = "error"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and attributes: constructors of subclasses take other arguments."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[ConsortError], args: tuple[object, ...], attributes: dict[str, Any]
) -> ConsortError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class InputError(ConsortError, ValueError):
    """An argument, an option or an input that cannot be used; `code` is one of `CODES`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DataError(InputError):
    """A file that cannot be read as intended.

    The message is `path:line: the fault, and the limit`, lines counting from 1; without a line
    where the fault concerns the whole file.
    """

    def __init__(
        self, path: Path | str, line: int | None, fault: str, code: str = "invalid-data"
    ) -> None:
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(code, f"{where}: {fault}")


class ConfigError(InputError):
    """A configuration that cannot be used; the message names where it comes from, and the key."""

    def __init__(self, message: str, code: str = "invalid-configuration") -> None:
        super().__init__(code, message)
