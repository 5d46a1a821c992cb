"""The line protocol: a text goes to a program line by line, and comes back line by line.

Both ends are here. A program keeps in step by writing one line for each line it reads; when it
cannot correct one it says so in that line, so that only this segment fails and the next is served.
"""

import os
import re
import sys
from collections.abc import Callable

REFUSAL = "\x15"
"""NEGATIVE ACKNOWLEDGE at the start of an answer: not corrected, the rest of the line says why."""

_BREAK = re.compile(r"(\r\n|\r|\n)")


def split_lines(text: str) -> tuple[list[str], list[str]]:
    """Split `text` into its lines and the break behind each ("" where the text just ends).

    A break at the very end closes the last line and opens no other. Joining each line with its
    break gives `text` back.
    """
    pieces = _BREAK.split(text)
    lines, breaks = pieces[0::2], pieces[1::2]
    if breaks and not lines[-1]:
        lines.pop()
    else:
        breaks.append("")
    return lines, breaks


def serve(correct: Callable[[str], str]) -> None:
    """Answer each line of standard input by `correct(line)` on standard output, until it ends.

    Anything else written to standard output, by a native library too, goes to standard error: it
    would be taken for an answer. A line that raises is refused and the loop goes on.
    """
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        for line in sys.stdin.buffer:
            answers.write(_answer(correct, line.rstrip(b"\r\n")) + b"\n")
            answers.flush()


def _answer(correct: Callable[[str], str], line: bytes) -> bytes:
    try:
        answer = correct(line.decode("utf-8"))
        if _BREAK.search(answer):
            raise ValueError("the corrector made several lines of one")
        return answer.encode("utf-8")
    except Exception as error:
        reason = f"{REFUSAL}{type(error).__name__}: {error}"
        return _BREAK.sub(" ", reason).encode("utf-8", "replace")
