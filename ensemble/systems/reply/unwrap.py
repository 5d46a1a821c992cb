"""Finds the answer in a reply to a source, which may have chatter and wrapping around it."""

from collections.abc import Callable

from ensemble.systems.reply.artefacts import without_artefacts
from ensemble.systems.reply.likeness import may_correct, part_of
from ensemble.systems.reply.prefaces import is_preface, without_echo, without_preface
from ensemble.systems.reply.remarks import is_remark, without_remark
from ensemble.systems.reply.wrapping import fenced, without_element, without_quotes

_MOST_LAYERS = 8  # a reply with more wrappings is left as it is
_MOST_LINES = 40  # a reply with more lines is not searched for one like the source
_LONGEST_LABEL = 40
_LONGEST_LINE = 2000  # characters of a source that lines are compared with


def unwrapped(text: str, source: str) -> str:
    """Return the answer in `text`, which is not blank; nothing inside it changes.

    A source of one line and a reply of several: the answer is the line that is like the source,
    where there is one such line and nothing else in the reply comes from the source.
    """
    answer = _without_layers(text.strip(), source)
    if "\n" in source or "\n" not in answer:
        return answer
    return _line_like(answer, source) or answer


def _without_layers(text: str, source: str) -> str:
    """Return a text without its wrappings: all of them or, where they are too many, none."""
    inner = text
    for _ in range(_MOST_LAYERS):
        outer, inner = inner, _one_layer_off(inner, source)
        if inner == outer:
            return inner
    return text


def _one_layer_off(text: str, source: str) -> str:
    """Return a text without one wrapping of each kind."""
    for off in _WRAPPINGS:
        text = off(text, source)
    return text


def _without_fence(text: str, source: str) -> str:
    """Return the content of the one code fence of a text with chatter before and after it."""
    parts = fenced(text, source)
    if parts is None:
        return text
    before, content, after = parts
    if not content or not is_preface(before, source):
        return text
    return content if not after or before or is_remark(after) else text


_WRAPPINGS: tuple[Callable[[str, str], str], ...] = (
    without_artefacts,
    _without_fence,
    without_element,
    without_preface,
    without_remark,
    without_quotes,
    without_echo,
)


def _line_like(text: str, source: str) -> str | None:
    """Return the only line of a text that may be a correction of the source."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > _MOST_LINES or len(source) > _LONGEST_LINE:
        return None
    inner = {line: _without_layers(line, source) for line in lines}
    echoes = {line for line in lines if _repeats(line, source)}
    likes = {line for line in lines if may_correct(inner[line], source)} - echoes
    answers = {inner[line] for line in likes} or ({source} if echoes else set())
    others = [line for line in lines if line not in likes | echoes]
    if len(answers) != 1 or any(part_of(line, source) for line in others):
        return None
    return answers.pop()


def _repeats(line: str, source: str) -> bool:
    """Return whether a line is the source, perhaps with a label and in quotes."""
    marks = "\"'*_`“”«»"
    line, source = line.strip(marks).casefold(), source.strip(marks).casefold()
    return line.endswith(source) and len(line) <= len(source) + _LONGEST_LABEL
