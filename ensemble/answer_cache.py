"""A cache on disk for answers that take long to compute, so that an interrupted run continues."""

import hashlib
import json
import os
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from evaluation.config import CACHE
from evaluation.execution.progress import Progress
from evaluation.version import VERSION

_BATCH = 64  # questions asked before their answers are written


def ask_once(
    name: str,
    questions: Sequence[str],
    ask: Callable[[Sequence[str]], Sequence[Any]],
    progress: Progress,
    folder: Path = CACHE,
    batch: int = _BATCH,
) -> list[Any]:
    """Return the answer of `ask` to each question, as JSON types.

    Args:
        name: identifies what answers, with all its settings: other settings need another name.
        questions: texts; each is asked once, and only if `folder` does not have its answer.
        ask: answers several questions, in order.
        progress: shows the batches.
        folder: where answers are kept, one file a name and version of the package.
        batch: questions asked at once; answers are written after each batch.
    """
    file = folder / f"{digest(name)}-{VERSION}.answers.jsonl"
    keys = {digest(question): question for question in questions}
    answers = _read(file, keys)
    new = [question for key, question in keys.items() if key not in answers]
    for chunk in progress(
        [new[i : i + batch] for i in range(0, len(new), batch)], f"Asking {name}"
    ):
        fresh = dict(zip(map(digest, chunk), ask(chunk), strict=True))
        _append(file, fresh)
        answers |= fresh
    return [answers[digest(question)] for question in questions]


def digest(text: str, digits: int = 32) -> str:
    """Return the first hexadecimal `digits` of the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def _read(file: Path, keys: Container[str]) -> dict[str, Any]:
    """Return the answers in a file to some of its questions, by their digests."""
    answers: dict[str, Any] = {}
    for line in file.read_text(encoding="utf-8").split("\n") if file.is_file() else ():
        try:
            key, answer = json.loads(line)
        except ValueError:
            continue  # an incomplete line: a run was killed while writing it
        if key in keys:
            answers[key] = answer
    return answers


def _append(file: Path, answers: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as lines:
        # An incomplete last line must not swallow the first new one.
        if lines.tell() and _last_byte(lines) != b"\n":
            lines.write(b"\n")
        lines.writelines(f"{json.dumps(pair)}\n".encode() for pair in answers.items())


def _last_byte(file: BinaryIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)
