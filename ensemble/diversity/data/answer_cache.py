"""Answers that take long are asked once, and kept: a run that was broken off goes on."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ensemble.combiners.neural.context import CACHE
from evaluation import VERSION
from evaluation.execution.progress import Progress

_AT_ONCE = 64  # sources


def ask_once(
    what: str,
    sources: Sequence[str],
    ask: Callable[[Sequence[str]], Sequence[Any]],
    progress: Progress,
    folder: Path = CACHE,
) -> list[Any]:
    """Return what `ask` answers to each source, in JSON's types; `what` names it and its settings.

    Answers are kept in `folder`, so that each source is asked of the same `what` only once.
    """
    file = folder / f"{_digest(what)}-{VERSION}.answers.jsonl"
    known = _known(file)
    new = [source for source in dict.fromkeys(sources) if _digest(source) not in known]
    chunks = [new[i : i + _AT_ONCE] for i in range(0, len(new), _AT_ONCE)]
    if chunks:
        folder.mkdir(parents=True, exist_ok=True)
    for chunk in progress(chunks, f"Asking {what}"):
        answers = dict(zip(map(_digest, chunk), ask(chunk), strict=True))
        known |= answers
        with file.open("a", encoding="utf-8") as kept:
            kept.writelines(json.dumps(pair) + "\n" for pair in answers.items())
    return [known[_digest(source)] for source in sources]


def _known(file: Path) -> dict[str, Any]:
    """Return what is kept; a line that was not written whole is none."""
    known: dict[str, Any] = {}
    for line in file.read_text(encoding="utf-8").split("\n") if file.is_file() else ():
        try:
            name, answer = json.loads(line)
        except ValueError:
            continue
        known[name] = answer
    return known


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
