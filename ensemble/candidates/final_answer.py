r"""The final answer that a text states, such as `The answer is 12.`, `#### 12` or `\boxed{12}`.

Language models end their reasoning so, because their prompts ask for it or by habit. Every
quantifier in these patterns is bounded, so that the time is linear in the length of the text.
"""

import re
from collections import deque

from ensemble.candidates.answer_key import LONGEST, answer_key, number, option, yes_or_no

_SENTENCES = (
    # English; "if the answer is 5" states none, "the answer to this question is" does
    r"\b(?<!\bif\s)(?<!\bif\sthe\s)"
    r"(?:the|my|our|your|this|so|thus|hence|therefore|final|correct|right),? "
    r"(?:(?:the|final|correct|right|best|numerical) ){0,2}answer"
    r"(?: to [^.:!?\n]{1,60}?)? (?:is|(?:would|should|must|will) be)\b",
    r"\b(?<!\bif\sthe\s)(?:correct|right) (?:option|choice)(?: here)? "
    r"(?:is|(?:would|should|must) be)\b",
    # German, French, Spanish, Portuguese, Italian
    r"\b(?:die|meine|unsere) (?:(?:endgültige|finale|richtige|korrekte) )?"
    r"(?:antwort|lösung) (?:lautet|ist)\b",
    r"\b(?:la|ma|notre) (?:bonne )?réponse (?:(?:finale|correcte|exacte) )?est\b",
    r"\b(?:la|mi|nuestra) respuesta (?:(?:final|correcta) )?es\b",
    r"\b(?:a|minha|nossa) resposta (?:(?:final|correta|certa) )?é\b",
    r"\b(?:la|mia|nostra) risposta (?:(?:finale|corretta|giusta|esatta) )?è(?!\w)",
    # Chinese, Japanese, Korean
    r"答案(?:应该?)?(?:是|为|為)",
    r"(?:答え|正解)は",
    r"정답은",
)
"""Beginnings of sentences that state an answer; a space is also mark-up or a line break."""

_LABELS = (
    r"(?:the |my |our )?(?:final|correct|right) answer|(?-i:A(?:nswer|NSWER))",
    r"(?:endgültige |finale |richtige )?(?-i:A(?:ntwort|NTWORT))",
    r"(?-i:R(?:éponse|ÉPONSE))(?: finale| correcte)?",
    r"(?-i:R(?:espuesta|ESPUESTA))(?: final| correcta)?",
    r"(?-i:R(?:esposta|ESPOSTA))(?: final| correta)?",
    r"(?-i:R(?:isposta|ISPOSTA))(?: finale| corretta)?",
    r"(?:правильный |окончательный |итоговый )?(?-i:О(?:твет|ТВЕТ))",
    r"答案|答え|正解|정답",
)
"""Words that state an answer with a colon, or as a heading of their own."""

_STEMS = (
    *("####", "\\boxed", "\\fbox", "answer", "option", "choice", "antwort", "lösung", "réponse"),
    *("respuesta", "resposta", "risposta", "ответ", "答案", "答え", "正解", "정답"),
)
"""One of these is in each statement: most texts need no other search."""

_GAP = r"[\s*_]{1,4}"
_STATED = re.compile(
    "|".join(
        (
            r"\\(?:boxed|fbox) {0,3}(?=\{)",
            r"<answer>",
            r"(?<!\#)\#{4}[ \t]{0,3}(?=[-−$]{0,2}[\d.,/]{0,40}\d ?%?\.?[ \t]{0,9}$)",
            *(sentence.replace(" ", _GAP) for sentence in _SENTENCES),
            rf"(?<!\w)(?:{'|'.join(_LABELS)})[*_ ]{{0,4}}[:：]",
            rf"^[\#*_ ]{{0,8}}(?:{'|'.join(_LABELS)})[*_ ]{{0,4}}$",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)

_TRIED = 20  # statements, from the last; a text cut short may repeat one that it never ends
_BEFORE = re.compile(r"[\s:：=>]{0,20}")
_MARKED = re.compile(
    r"(\*\*\*|\*\*|__|`|\\\(|\\\[|\$\$|\$(?! ))(?P<inside>[^\n]{1,200}?)"
    r"(?<! )(?:\1|\\\)|\\\])(?!\d)"
)
_END = re.compile(r"\n|[.!?](?=[\s*_\"”')\]}]|$)|[。！？]|</answer>")

_BARE = re.compile(
    r"[(\[*]{0,3}(?:[A-J]|yes|no|[-−]?[$€£¥]?[-−]?[\d.,/]{0,20}\d ?[%€$£]?)[)\]*.!]{0,3}",
    re.IGNORECASE,
)


def final_answer(text: str) -> str | None:
    """Return the final answer that `text` states, in the form of `answer_key`; else `None`.

    Of several statements the last counts that has an answer. A text states one, too, if it is
    nothing but a number, an option letter (`a` alone is a word), yes or no. Ordinary prose
    states none.
    """
    bare = text.strip()
    if _BARE.fullmatch(bare) and not (len(bare) == 1 and bare.islower()):
        plain = bare.strip("*").rstrip(".!*")
        return yes_or_no(plain) or option(plain) or number(plain.strip("()[]$€£¥"))
    lower = text.lower()
    if not any(stem in lower for stem in _STEMS):
        return None
    for match in reversed(deque(_STATED.finditer(text), maxlen=_TRIED)):
        key = answer_key(_statement(text, match.end()))
        if key is not None:
            return key
    return None


def _statement(text: str, start: int) -> str:
    """Return the statement that begins at `start`: text in braces or in bold, or a sentence."""
    if text.startswith("{", start):
        return _in_braces(text[start : start + LONGEST])
    start = _BEFORE.match(text, start).end()  # type: ignore[union-attr]  # it may be empty
    marked = _MARKED.match(text, start)
    if marked:
        return marked["inside"]
    end = _END.search(text, start, start + LONGEST)
    return text[start : end.start()] if end else text[start : start + LONGEST]


def _in_braces(text: str) -> str:
    """Return the text between the first brace and the one that closes it; empty if none does."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return text[1:place]
    return ""
