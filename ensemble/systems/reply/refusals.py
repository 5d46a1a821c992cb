"""Recognises a reply that refuses to answer, and one that finds nothing to change."""

import re

from rapidfuzz import fuzz

_LONGEST = 400  # characters of a refusal that are read
_ALIKE = 60.0  # of 100: a source this much like a refusal is text to be corrected, not refused

_SORRY = (
    r"(?:(?:i[’']m|i am|we[’']re|we are)\s+(?:\w+\s+){0,2}sorry|sorry|my apologies|i apologi[sz]e"
    r"|apologies|unfortunately|regrettably)"
)
_NOT = (
    r"(?:can\s?not|can[’']?t|could\s?n[o’']?t|am not able to|[’']m not able to|am unable to"
    r"|[’']m unable to|won[’']t|will not|do not|don[’']t|must decline|have to decline"
    r"|am not allowed to|[’']m not allowed to|am not comfortable|[’']m not comfortable"
    r"|shouldn[’']t|[’']re unable to|are unable to|[’']m not going to)"
)
_DOING = (
    r"(?:help|assist|comply|fulfill?|provide|generate|create|produce|process|answer|respond|translate"
    r"|correct|edit|rewrite|complete|continue|do that|support|engage|participate|offer|write|discuss"
    r"|share|access|proofread|paraphrase|summari[sz]e|understand|see any|see a|have enough|feel|with)"
)
_REFUSAL = re.compile(
    rf"(?:{_SORRY}[\s,.;:!—–-]{{1,3}}(?:but\s+)?(?:(?:as|because|since)\b[^.\n]{{1,80}},\s*)?"
    rf"(?:i|we|that|this|it)\b[^.\n]{{0,20}}?{_NOT}\b"
    rf"|as an? (?:\w+\s)?(?:ai|a\.i\.|artificial intelligence|(?:large )?language model|assistant)\b"
    rf"|(?:i|we)\s?{_NOT}\b[^.\n]{{0,30}}?\b{_DOING}\b"
    rf"|(?:this|the|your) (?:request|content|text|prompt|message|sentence)[^.\n]{{0,40}}"
    rf"(?:violates|against|inappropriate|cannot be (?:processed|corrected|translated))"
    rf"|(?:i )?(?:must|have to|need to) (?:respectfully |politely )?decline\b)",
    re.IGNORECASE,
)
_REFUSAL_ELSEWHERE = re.compile(
    r"(?:(?:es )?tut mir leid|entschuldigung|leider kann ich|ich kann (?:dir|ihnen|das|dabei|diese)"
    r"|als (?:ki|sprachmodell)|désolée?|je suis désolée?|je ne peux pas|je ne suis pas en mesure"
    r"|en tant qu[’'](?:ia|assistant|intelligence)|lo siento|no puedo|como (?:ia|modelo|asistente)"
    r"|mi dispiace|non posso|desculpe|não posso|抱歉|很抱歉|对不起|我无法|我不能|作为(?:一个|一名)?(?:ai|人工智能)"
    r"|申し訳|すみません|죄송)",
    re.IGNORECASE,
)
_UNCHANGED = re.compile(
    r"(?:(?:the|this|your) (?:original |given |provided )?(?:sentence|text|paragraph|passage)"
    r"(?: (?:above|provided|you provided|given))?(?: is| looks| seems| appears)"
    r"(?: to be)?(?: already| grammatically| perfectly| completely| fine and)*"
    r" (?:correct|fine|good|perfect|error-free)(?: (?:as it is|as is|already|as written))?"
    r"|no (?:changes?|corrections?|edits?|errors?|mistakes?)"
    r"(?: (?:is|are|were|was))?(?: (?:needed|necessary|required|found|detected))"
    r"|there (?:are|were) no (?:\w+ )?(?:errors|mistakes)(?: in (?:the|this|your) (?:sentence|text))?"
    r")[.!]*",
    re.IGNORECASE,
)


def is_refusal(text: str, source: str) -> bool:
    """Return whether `text` is a refusal, which the source does not say itself.

    A reply of several paragraphs of which only the first refuses is not one: an answer follows.
    """
    text = text.replace("’", "'").strip()
    if not _refuses(text) or "\n\n" in text[: 2 * _LONGEST] or len(text) > 2 * _LONGEST:
        return False
    return not source or not _said(text, source)


def says_unchanged(text: str, source: str) -> bool:
    """Return whether `text` only says that the source is right, which the source does not say."""
    text = text.strip()
    if len(text) > _LONGEST or not _UNCHANGED.fullmatch(text.strip("*_ ")):
        return False
    return not _like(text, source) and source.isascii()


def _refuses(text: str) -> bool:
    return bool(_REFUSAL.match(text[:_LONGEST]) or _REFUSAL_ELSEWHERE.match(text[:_LONGEST]))


def _said(text: str, source: str) -> bool:
    """Return whether the source says the same, perhaps with mistakes or in another language."""
    start = source.strip()[:_LONGEST].replace("’", "'")
    return bool(_refuses(start) or _REFUSAL_ELSEWHERE.search(start) or _like(text, source))


def _like(text: str, source: str) -> bool:
    text = text[:_LONGEST].casefold()
    return fuzz.ratio(text, source[: len(text) + 20].casefold()) >= _ALIKE
