"""Finds stretches of text that are not prose: addresses, code, formulas, placeholders, mark-up.

Corrections of them are rejected. Each pattern begins with characters that are rare in prose, and
its repetitions are bounded or end where the pattern could begin again, so that the time is linear
in the length of the text. Repetitions of a path are possessive (`+`): other characters follow them.
"""

import re

_HOST = r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}"
_DOMAINS = "com|org|net|edu|gov|mil|info|int|io|dev|app|uk|de|fr|eu|ch|nl|jp|cn|ru|br|ca|au"
_IN_ADDRESS = r"[^\s<>\"`{}|\\^。、，！？；：（）「」『』]"
_ALONE = r"(?<![A-Za-z0-9_@#&%/.\\~+-])"
_SEGMENT = r"[\w.@+-]{1,80}"
_FILES = (
    "py|js|ts|c|h|cpp|rs|go|java|sh|bat|exe|html|css|xml|json|jsonl|yaml|yml|toml|ini|cfg|conf|csv"
    "|tsv|txt|md|rst|tex|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|mp[34]|zip|gz|tar|log|sql|ipynb|m2"
)

_PATTERNS = {
    "code": r"```(?s:.*?)(?:```|\Z)|~~~(?s:.*?)(?:~~~|\Z)|``[^\n]{1,2000}?``|`[^`\n]{1,2000}`",
    "formula": (
        r"\$\$[^$]{1,2000}\$\$|\\\((?:[^\\\n]|\\(?![()])){1,2000}\\\)"
        r"|\\\[(?:[^\\]|\\(?![\[\]])){1,2000}\\\]"
        # Two prices are not a formula: no space inside the signs, no letter or digit outside.
        r"|(?<![\w$\\])\$(?![\s$]|\d[\d.,]*\s)[^$\n]{0,200}(?<=[^\s\\$])\$(?![\w$])"
    ),
    "address": (
        rf"{_ALONE}(?:[A-Za-z][A-Za-z0-9+.-]{{1,20}}://|(?i:www)\.|mailto:){_IN_ADDRESS}{{1,2000}}"
        rf"|{_ALONE}{_HOST}[A-Za-z]{{2,24}}(?::\d{{1,5}})?/{_IN_ADDRESS}{{0,2000}}"
        rf"|{_ALONE}{_HOST}(?:{_DOMAINS})(?![\w@-]|\.\w)"
    ),
    "mail": rf"(?<![\w.%+'-])[\w.%+'-]{{1,64}}@{_HOST}[A-Za-z]{{2,24}}(?![\w@])",
    "markup": (
        r"</?[A-Za-z][^<>\n]{0,500}>|<![^<>]{0,500}>"
        r"|&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});"
    ),
    "placeholder": (
        r"\{\{[^{}\n]{1,200}\}\}|\{%[^{}\n]{1,200}%\}|\$\{[^{}\n]{1,200}\}|\{[^\s{}]{0,100}\}"
        r"|%\([\w.]{1,60}\)[#0 +-]?\d{0,3}(?:\.\d{1,3})?[a-zA-Z]"
        r"|(?<![\w%])%(?:\d{1,2}\$)?[#0+-]?\d{0,3}(?:\.\d{1,3})?(?:[sdifrxXgGeEuc](?!\w)|@)"
    ),
    "tag": r"(?<![\w@./])@[A-Za-z_][\w-]{0,60}|(?<![\w#&])#\w{1,100}",
    "path": (
        rf"{_ALONE}(?:~|\.{{1,2}})(?:/{_SEGMENT}){{1,40}}/?"
        rf"|{_ALONE}(?:/{_SEGMENT}){{2,40}}/?"
        rf"|{_ALONE}(?:[\w-]{{1,80}}+/){{1,40}}+[\w-]{{1,80}}+\.[a-z][a-z0-9]{{0,5}}(?!\w)"
        rf"|{_ALONE}[\w-]{{1,80}}+(?:\.[\w-]{{1,20}}+)?\.(?:{_FILES})(?![\w-]|\.\w)"
        r"|(?<!\w)[A-Za-z]:\\[^\s<>\"|?*]{1,300}|\\\\[\w.-]{1,80}\\[^\s<>\"|?*]{1,300}"
    ),
    "version": (
        rf"{_ALONE}[vV]?\d{{1,6}}(?:\.\d{{1,6}}){{2,5}}(?:[-+]?[A-Za-z]\w{{0,20}}(?:\.\d{{1,4}})?)?"
        rf"(?![\w-])|{_ALONE}[vV]\d{{1,6}}(?:\.\d{{1,6}})?(?!\w)"
    ),
}
_PROTECTED = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()))

# Most sentences have no protected stretch; this quick test for one of some characters skips them.
_POSSIBLE = re.compile(r"[`$\\@#<&{%/~.vV](?:(?<![.vV])|(?<=\w\.)\w|(?<=[vV])\d)")

_NEVER_LAST = ".,;:!?'\"*_"


def spans(text: str) -> list[tuple[int, int]]:
    """Return the characters `[start, end)` of each protected stretch, in order, without overlap.

    Sentence punctuation after an address does not belong to it.
    """
    if not _POSSIBLE.search(text):
        return []
    return [(m.start(), _end(m)) for m in _PROTECTED.finditer(text)]


def _end(match: re.Match[str]) -> int:
    """Return the end of a stretch; an address or a path ends before sentence punctuation."""
    text = match.group()
    if match.lastgroup not in ("address", "path"):
        return match.end()
    # A closing bracket belongs to the address if it was opened there.
    unopened = [text.count(close) - text.count(opened) for opened, close in ("()", "[]")]
    end = len(text)
    while end > 1:
        last = text[end - 1]
        if last in ")]" and unopened[")]".index(last)] > 0:
            unopened[")]".index(last)] -= 1
        elif last not in _NEVER_LAST:
            break
        end -= 1
    return match.start() + end
