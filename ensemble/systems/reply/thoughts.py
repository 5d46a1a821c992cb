"""Finds the reasoning in the reply of a language model, and the text without it."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NAMES = (
    r"think|thinking|thought|thoughts|reason|reasoning|reflection|scratchpad|analysis|seed:think"
)
_TAG = r"<(?P<end>/?)(?:" + _NAMES + r")(?:\s[^<>\n]{0,80})?>"
_BRACKETS = r"\[(?P<end2>/?)THINK\]|◁(?P<end3>/?)think▷"
_TOKENS = (
    r"<\|begin_of_thought\|>|<\|START_THINKING\|>|<unused94>(?:thought)?"
    r"|(?P<end4><\|end_of_thought\|>|<\|END_THINKING\|>|<unused95>)"
)
_FENCE = r"^[ \t]{0,3}(?P<fence>`{3,}|~{3,})"
_MARKS = re.compile("|".join((_FENCE, _TAG, _BRACKETS, _TOKENS)), re.IGNORECASE | re.MULTILINE)
_LINE_START = re.compile(r"[ \t]*\Z")
_WIDEST_INDENT = 40  # characters before a tag that are read to see whether it begins its line

_CHANNEL = re.compile(
    r"<\|channel\|>\s{0,9}(?P<name>\w{1,40})[^<>]{0,200}<\|(?:message|constrain)\|>"
)
_FINAL = ("final", "response")
_TOKEN_END = re.compile(r"<\|(?:return|end|call|start|channel)\|>")
_BARE_CHANNELS = re.compile(r"\s*analysis(?=[^\s.,;:])")
_BARE_FINAL = "assistantfinal"
_SOLUTION = re.compile(
    r"<\|(?:begin_of_solution|START_RESPONSE)\|>|<\|(?:end_of_solution|END_RESPONSE)\|>"
)


class Mark(NamedTuple):
    """A tag that begins or ends reasoning, and where it stands."""

    start: int
    end: int
    opens: bool


def without_blocks(
    text: str, marks: Iterable[Mark], *, lone_ends: bool = False
) -> tuple[str, int | None]:
    """Return `text` without its blocks, and where in it the first block begins that has no end.

    A block reaches from a mark that opens to the next that does not; what opens inside is part of
    it. With `lone_ends` a mark that ends a block which did not begin ends one that began before
    the text: nothing before it remains.
    """
    parts: list[str] = []
    at, opened = 0, None
    for mark in marks:
        if opened is None and mark.opens:
            parts.append(text[at : mark.start])
            opened = mark.start
        elif opened is not None and not mark.opens:
            at, opened = mark.end, None
        elif opened is None and lone_ends:
            parts, at = [], mark.end
    if opened is None:
        return "".join((*parts, text[at:])), None
    kept = "".join(parts)
    return kept + text[opened:], len(kept)


def without_reasoning(reply: str, source: str | None) -> str | None:
    """Return a reply without its reasoning, or `None` where it is reasoning without an end.

    Tags that the source has too are text. Without a source the answer may be about tags:
    those in a code fence, between backticks or in the middle of a line are text, unless they end
    reasoning that began before the reply.
    """
    spared = (source or "").casefold()
    text = _last_channel(reply, spared)
    if text is None:
        return None
    marks = _marks(text, spared) if source is None else _all_marks(text, spared)
    text, unfinished = without_blocks(text, marks, lone_ends=True)
    if unfinished is not None:
        return None
    return text if _SOLUTION.search(spared) else _SOLUTION.sub("", text)


def _all_marks(text: str, spared: str) -> Iterator[Mark]:
    """Yield every mark of reasoning in a text that `spared` does not have."""
    for match in _MARKS.finditer(text):
        if not match["fence"] and match[0].casefold() not in spared:
            yield Mark(match.start(), match.end(), _opens(match))


def _marks(text: str, spared: str) -> Iterator[Mark]:
    """Yield the marks of reasoning in a text that may speak of such marks."""
    fence: str | None = None
    inside = begun = False
    ended = 0
    for match in _MARKS.finditer(text):
        if symbol := match["fence"]:
            if not inside:
                fence = _next_fence(fence, symbol)
            continue
        opens = _opens(match)
        if match[0].casefold() in spared or (not inside and fence is not None):
            continue
        if opens and not _begins_line(text, match.start(), ended):
            begun = True  # the tag is spoken of, and so is the next that ends it
            continue
        if not opens and not inside and (begun or _is_quoted(text, match.start(), match.end())):
            continue
        inside, ended = opens, match.end()
        yield Mark(match.start(), match.end(), opens)


def _opens(match: re.Match[str]) -> bool:
    return not any(match[group] for group in ("end", "end2", "end3", "end4"))


def _next_fence(fence: str | None, symbol: str) -> str | None:
    """Return the fence that is open after a line that begins with `symbol`."""
    if fence is None:
        return symbol
    return None if symbol.startswith(fence) else fence


def _begins_line(text: str, at: int, ended: int) -> bool:
    """Return whether only white space is before `at` on its line, after reasoning that ended."""
    before = text[max(ended, at - _WIDEST_INDENT) : at]
    return not before.strip() or _LINE_START.match(before, before.rfind("\n") + 1) is not None


def _is_quoted(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in ("`", '"', "'") and text[end : end + 1] in ("`", '"', "'")


def _last_channel(reply: str, spared: str) -> str | None:
    """Return the final channel of a reply in OpenAI's harmony form, all of it in any other.

    `None`: there are channels, but not the final one.
    """
    if "<|channel|>" in spared:
        return reply
    channels = list(_CHANNEL.finditer(reply))
    if channels:
        last = channels[-1]
        if last["name"].lower() not in _FINAL:
            return None
        closing = _TOKEN_END.search(reply, last.end())
        return reply[last.end() : closing.start() if closing else len(reply)]
    if _BARE_CHANNELS.match(reply) and not spared.startswith("analysis"):
        _, final, answer = reply.rpartition(_BARE_FINAL)  # tokens dropped by the server
        return answer if final else reply
    return reply
