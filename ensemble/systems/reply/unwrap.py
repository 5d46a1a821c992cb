"""Finds the answer in a reply to a source, which may have chatter and wrapping around it."""

from collections.abc import Callable

from ensemble.systems.reply.artefacts import without_artefacts
from ensemble.systems.reply.pieces import piece_like
from ensemble.systems.reply.prefaces import is_preface, without_echo, without_preface
from ensemble.systems.reply.remarks import is_remark, without_remark
from ensemble.systems.reply.wrapping import fenced, without_element, without_quotes

_MOST_LAYERS = 12  # a reply with more wrappings is left as it is


def unwrapped(text: str, source: str) -> str:
    """Return the answer in `text`, which is not blank; nothing inside it changes."""
    answer = without_layers(text.strip(), source)
    piece = piece_like(answer, source, without_layers)
    return answer if piece is None else piece


def without_layers(text: str, source: str) -> str:
    """Return a text without its wrappings: all of them or, where they are too many, none."""
    inner = text
    for _ in range(_MOST_LAYERS):
        outer, inner = inner, _one_layer_off(inner, source)
        if inner == outer:
            return inner
    return text


def _one_layer_off(text: str, source: str) -> str:
    """Return a text without the first wrapping that it has."""
    for off in _WRAPPINGS:
        inner = off(text, source)
        if inner != text:
            return inner
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
