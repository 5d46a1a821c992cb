"""The base of all errors that Consort raises on purpose: each has a stable code beside its message.

Programs and tests tell errors apart by `code`; the message is for people and may be reworded.
`docs/errors.md` lists the codes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class CodeMeaning(NamedTuple):
    """The meaning of a code, and the message of an example."""

    meaning: str
    example: str


CODES: Mapping[str, CodeMeaning] = {
    "damaged-artefact": CodeMeaning(
        "A saved artefact is incomplete, altered, or written for another version.",
        "manifest.json: learnt: Field required",
    ),
    "file-unreadable": CodeMeaning(
        "A file or folder is not there, or cannot be read.",
        "source.txt: cannot be read: No such file or directory",
    ),
    "invalid-configuration": CodeMeaning(
        "A configuration file has an unknown key, or a value that is wrong.",
        "run.yaml: plan.resamples: Input should be greater than 0",
    ),
    "invalid-data": CodeMeaning(
        "A file has content that does not fit its format.",
        "gold.m2:2: span '5 3' is not within the 4 tokens of its sentence",
    ),
    "invalid-database": CodeMeaning(
        "The database cannot be reached, or is not one of Consort's.",
        "the database must be sqlite:// or postgresql://, not mysql://",
    ),
    "invalid-option": CodeMeaning(
        "Options contradict each other, or one does not apply here.",
        "--votes applies to edits, not to texts",
    ),
    "invalid-setting": CodeMeaning(
        "A setting of the service is unknown, or its value is wrong.",
        "service.yaml: port: Input should be less than or equal to 65535",
    ),
    "missing-input": CodeMeaning(
        "References, gold edits, sources or another input are needed and not given.",
        "chrf needs references",
    ),
    "out-of-range": CodeMeaning(
        "A number is outside the range that it may have.",
        "0 permutations; it is at least 1",
    ),
    "too-large": CodeMeaning(
        "A file, text or computation exceeds a limit.",
        "a text of 5001 tokens; at most 5000 are aligned",
    ),
    "unknown-name": CodeMeaning(
        "No metric, system, type or method has this name.",
        "no metric 'rouge'; available: accuracy, bleu, chrf",
    ),
    "unknown-setting": CodeMeaning(
        "No setting has this name.",
        "CONSORT_PROT is not a setting; available: CONSORT_PORT",
    ),
}
"""All codes of errors of the library; the service adds those of its problem documents."""


class ConsortError(Exception):
    """An error raised on purpose; `code` says which one and stays the same between versions."""

    code: str = "error"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and attributes: constructors of subclasses take other arguments."""
        return _restored, (type(self), self.args, self.__dict__)


def plain_fault(message: str) -> str:
    """Return a message of pydantic without the words that it puts before a `ValueError`'s."""
    return message.removeprefix("Value error, ")


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
