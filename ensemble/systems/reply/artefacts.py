"""Takes off what the form of a reply adds: tokens of chat templates, rules, JSON of one key."""

import json
import re

from ensemble.systems.reply.likeness import start_belongs

_TOKEN = re.compile(
    r"<\|(?:im_end|im_start|eot_id|end_of_text|endoftext|end|return|eom_id|eos|assistant|user"
    r"|start_header_id|end_header_id|END_OF_TURN_TOKEN)\|>|<(?:end|start)_of_turn>|</?s>|\[/?INST\]"
    r"|<eos>|<bos>|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
_ENDS = re.compile(rf"[ \t]*(?:\n|\Z|{_TOKEN.pattern})", re.IGNORECASE)
_INVISIBLE = " \t\r\n\ufeff\u200b\u2060"
_RULE = re.compile(r"(?:[-*_=][ \t]?){3,80}")
_ITEM = re.compile(r"(?:[-*•+]|\d{1,2}[.)])[ \t]+(?=\S)")
_EMOJIS = r"[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]+"
_EMOJI = re.compile(rf"\A{_EMOJIS}[ \t]+|[ \t]+{_EMOJIS}\Z")
_SHORTEST_REPEAT = 16
_MOST_REPEATS = 4000
_SECOND = re.compile(r"\s2[.)]\s")
_BOXED = re.compile(
    r"\$*\s*\\boxed\s*\{(?:\s*\\text\s*\{(?P<inner>[^{}]*)\}\s*|(?P<text>[^{}]*))\}\s*\$*"
)


def without_artefacts(text: str, source: str) -> str:
    """Return `text` without what its form adds at its ends, where the source lacks it."""
    text = _without_invisible(_without_tokens(text, source), source)
    for start, strip in (
        (("---", "***", "___", "==="), _without_rules),
        ((">",), _without_quote_marks),
        (("{", '["'), _only_text_of_json),
        (("\\boxed", "$"), _out_of_box),
    ):
        if text.startswith(start) or (start[0] == "---" and text.endswith(start)):
            text = text if any(mark in source for mark in start) else strip(text)
    return _without_repeats(_without_bullet(text, source), source)


def _without_tokens(text: str, source: str) -> str:
    """Return `text` from the tokens of a chat template that it begins with to one that ends it.

    A token within a line is text.
    """
    if _TOKEN.search(source):
        return text
    at = 0
    for token in _TOKEN.finditer(text):
        if not text[at : token.start()].strip():
            at = token.end()
        elif _ENDS.match(text, token.end()):
            return text[at : token.start()].strip()
    return text[at:].strip()


def _without_invisible(text: str, source: str) -> str:
    return text if any(mark in source for mark in "\ufeff\u200b\u2060") else text.strip(_INVISIBLE)


def _without_rules(text: str) -> str:
    """Return `text` without rules that are its first and last line."""
    lines = text.split("\n")
    begin, end = 0, len(lines)
    while begin < end and _RULE.fullmatch(lines[begin].strip()):
        begin += 1
    while end > begin and _RULE.fullmatch(lines[end - 1].strip()):
        end -= 1
    return "\n".join(lines[begin:end]).strip() or text


def _without_quote_marks(text: str) -> str:
    """Return a text of which each line begins with `>` without those."""
    lines = text.split("\n")
    if not all(line.startswith(">") for line in lines):
        return text
    return "\n".join(line[1:].strip() for line in lines).strip() or text


def _only_text_of_json(text: str) -> str:
    """Return the text in a JSON object or array that has nothing else."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text
    texts = list(value.values() if isinstance(value, dict) else value)
    return texts[0].strip() if len(texts) == 1 and isinstance(texts[0], str) else text


def _out_of_box(text: str) -> str:
    box = _BOXED.fullmatch(text)
    return (box["inner"] or box["text"] or "").strip() or text if box else text


def _without_bullet(text: str, source: str) -> str:
    """Return a line without the bullet or emoji at its ends, where the source is like the rest."""
    if "\n" in text or _EMOJI.search(source):
        return text
    item = None if _ITEM.match(source) or _SECOND.search(text) else _ITEM.match(text)
    rest = _EMOJI.sub("", text[item.end() :] if item else text)
    return rest if rest and start_belongs(text, rest, source) is False else text


def _without_repeats(text: str, source: str) -> str:
    """Return a text that is given several times once, where the source is like it."""
    again = text.find(text[:_SHORTEST_REPEAT], _SHORTEST_REPEAT)
    if again < 0 or len(text) < 2 * _SHORTEST_REPEAT:
        return text
    first = text[:again].strip()
    times = len(text) // len(first)
    if times > _MOST_REPEATS or text.split() != first.split() * times:
        return text
    return first if start_belongs(text[::-1], first[::-1], source[::-1]) is False else text
