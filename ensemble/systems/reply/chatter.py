"""Recognises the words of a model around its answer: a preface before it and remarks after it."""

import re

from rapidfuzz import fuzz

_LONGEST = 300  # characters of a preface, and of the beginning of a remark, that are read
_ALIKE = 60.0  # of 100: words this much like those of the source at the same end are the source's

_DECORATION = r"[*_#>`\s]{0,12}"
_CORRECTED = (
    r"(?:correct(?:ed|ion|ions|ly)?|grammatical(?:ly)?|fixed|revised|revision|improved|edited|edit"
    r"|rewritten|re-?write|rephrased|paraphrased?|polished|proofread|updated|modified|clean(?:ed)?"
    r"|simplified|formal|final|translated|translation|summari[sz]ed|summary|suggested|proper)"
)
_THING = (
    r"(?:sentences?|texts?|versions?|paragraphs?|passages?|translations?|corrections?|answers?|outputs?"
    r"|responses?|results?|summary|rewrite|revision|paraphrase|input|source|message|form|edits?)"
)
_INTERJECTION = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|definitely|gladly|with pleasure|okay|ok|alright"
    r"|all right|great|yes|no problem|got it|understood|happy to help|i[’']d be happy to help"
    r"|i can help with that|thank you|thanks|hello|hi|hey|natürlich|gerne|klar|sicher|bien sûr"
    r"|certainement|avec plaisir|voici|claro|por supuesto|con gusto|aquí tienes|当然|好的|没问题)"
)
_POINTER = (
    r"(?:here(?:[’']s| is| are| you go| it is)|below is|below are|this is|the following is|following is"
    r"|see below|please find|i(?:[’']ve| have)|i (?:would|corrected|fixed|revised|translated|made)|let me"
    r"|after (?:correct|review|fix)\w*|as requested|the|my|your|its|hier (?:ist|sind)|voici|le voici"
    r"|aquí (?:está|tienes|tiene)|esta es|ecco|aqui está|以下是|这是|下面是|修改后|更正后|修正后|改正后)"
)
_LABEL = (
    rf"(?:(?:the |my |your |fully |minimally |grammatically |more )*(?:{_CORRECTED}[\s/-]+){{0,3}}"
    rf"(?:{_CORRECTED}|{_THING})(?:[ -](?:{_THING}|english|german|french|spanish|chinese))?"
    r"|korrigierte[rs]? (?:satz|text|version)|korrektur|korrigiert|übersetzung|antwort|ausgabe|ergebnis"
    r"|phrase corrigée|texte corrigé|version corrigée|correction|corrigé|traduction|réponse|sortie"
    r"|(?:oración|frase|texto|versión) corregid[ao]|corrección|corregido|traducción|respuesta|salida"
    r"|修改后(?:的句子|的文本)?|更正后的句子|修正后的句子|改正后的句子|正确的句子|翻译|译文|答案|回答|输出|结果)"
)
_COLON = r"[:：]"
_LABELLED = re.compile(
    rf"{_DECORATION}{_LABEL}(?:\s?\([^()\n]{{1,40}}\))?{_DECORATION}{_COLON}{_DECORATION}",
    re.IGNORECASE,
)
_HEADING = re.compile(
    rf"(?:#{{1,6}}\s*|\*\*|__)\s*{_LABEL}\s*(?:\*\*|__)?\s*(?:\n\s*|\Z)", re.IGNORECASE
)
_SENTENCE = re.compile(
    rf"{_DECORATION}(?:{_INTERJECTION}\b[\s!.,;:—–-]*){{0,3}}{_POINTER}\b(?P<said>[^:：\n]{{0,200}})"
    rf"(?:{_COLON}{_DECORATION}|[.!]?{_DECORATION}\n\s*)",
    re.IGNORECASE,
)
_ABOUT_ANSWER = re.compile(
    rf"\b(?:{_CORRECTED}|{_THING}|mistakes?|errors?|grammar|spelling)\b"
    r"|satz|korrigiert|übersetz|phrase|corrigé|traduction|oración|corregid|traduc|句|译|修|改|答|版本",
    re.IGNORECASE,
)
_EXCLAMATION = re.compile(
    rf"{_DECORATION}{_INTERJECTION}\b(?:!+[\s]*|[.:,]?[ \t]*\n\s*|！\s*)", re.IGNORECASE
)
_REMARK = re.compile(
    rf"{_DECORATION}[(\[]?{_DECORATION}(?:(?:note|notes|explanations?|changes?(?: made)?|corrections?(?: made)?|edits?"
    r"|(?:key|main|brief|summary of|list of|the) (?:changes?|corrections?|edits?|explanations?)(?: made)?"
    r"|reason(?:ing|s)?|rationale|comments?|remarks?|tips?|p\.?s\.?|disclaimer|original(?: \w+)?|errors?"
    r"|hinweis|anmerkung|erklärung|änderungen|remarque|note|explication|modifications|nota|explicación|cambios"
    rf"|注|说明|解释|修改说明)\s?(?:\([^()\n]{{1,40}}\))?{_DECORATION}{_COLON}"
    r"|i (?:have )?(?:also )?(?:changed|corrected|replaced|removed|added|fixed|made|adjusted|kept|left|used|rewrote|hope)\b"
    r"|i[’']ve (?:also )?(?:changed|corrected|replaced|removed|added|fixed|made|adjusted|kept|left|used)\b"
    r"|let me know|please let me know|feel free|if you (?:have|need|want|would|[’']d)\b|hope this helps"
    r"|i hope this|is there anything|would you like|do you (?:want|need)|the (?:changes?|corrections?|errors?|mistakes?|main)\b"
    r"|(?:the|this) (?:original |corrected )?(?:sentence|text|verb|word|phrase|comma)\b|in the (?:original|corrected)\b"
    r"|\(?(?:changed|corrected|replaced|removed|added|fixed|no changes)\b|here(?:[’']s| is| are) (?:the|a|an|what|some)\b[^\n]{0,60}"
    r"(?:change|correction|explanation|breakdown|edit|correct)|lass(?:en)? (?:sie )?(?:es )?mich wissen|n[’']hésitez pas"
    r"|espero que|avísame|希望|如果(?:您|你)|请告诉|我(?:将|把|修改))",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[ \t]*(?:[-*•+–]|\d{1,3}[.)])\s")
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_RULE = re.compile(r"[-*_ \t=—]{3,}")


def without_preface(text: str, source: str) -> str:
    """Return `text` without the words before the answer, which the source does not begin with."""
    end = _preface_end(text[:_LONGEST])
    if end is None or not text[end:].strip():
        return text
    preface, rest = text[:end], text[end:]
    if _begins_so(source, preface) or _takes_colon(preface, rest, source):
        return text
    return rest.strip()


def is_preface(text: str, source: str) -> bool:
    """Return whether all of `text` announces an answer: what follows it is the answer."""
    if not text:
        return True
    if len(text) > _LONGEST or _begins_so(source, text):
        return False
    return _preface_end(text + "\n") == len(text) + 1 or text.endswith((":", "："))


def without_remark(text: str, source: str) -> str:
    """Return `text` without the remarks after the answer.

    A remark is a paragraph after a blank line, where the source has fewer paragraphs.
    """
    paragraphs = _split(text)
    most = len(_split(source))
    for index in range(max(1, most), len(paragraphs)):
        start, end = paragraphs[index]
        if is_remark(text[start:end], source):
            return text[: paragraphs[index - 1][1]].strip()
    return text


def is_remark(text: str, source: str) -> bool:
    """Return whether `text` speaks of the answer before it, in words that the source lacks."""
    if not _REMARK.match(text[:_LONGEST]) and not _RULE.fullmatch(text[:_LONGEST].strip()):
        return False
    start = text[:_LONGEST].casefold()
    return fuzz.partial_ratio(start, source[-4 * _LONGEST :].casefold()) < _ALIKE + 20


def _preface_end(start: str) -> int | None:
    """Return where the preface ends that a text begins with, if it does."""
    for pattern in (_LABELLED, _HEADING, _SENTENCE):
        match = pattern.match(start)
        if match and (pattern is not _SENTENCE or _ABOUT_ANSWER.search(match[0])):
            return match.end()
    match = _EXCLAMATION.match(start)
    return match.end() if match else None


def _begins_so(source: str, preface: str) -> bool:
    """Return whether the source begins with such words too, perhaps with mistakes in them."""
    start = source.lstrip()[:_LONGEST]
    if _preface_end(start + "\n") is not None:
        return True
    words = preface.strip("*_#> \n:").casefold()
    return fuzz.ratio(words, start[: len(words)].casefold()) >= _ALIKE


def _takes_colon(preface: str, rest: str, source: str) -> bool:
    """Return whether the colon of a preface may be one that the source has in another language."""
    if not re.search(_COLON, preface) or not re.search(_COLON, source):
        return False
    if fuzz.ratio(rest[:_LONGEST].casefold(), source[:_LONGEST].casefold()) >= _ALIKE:
        return False
    return len(re.findall(_COLON, rest)) < len(re.findall(_COLON, source))


def _split(text: str) -> list[tuple[int, int]]:
    """Return where each paragraph of a text begins and ends."""
    bounds, at = [], 0
    for gap in _PARAGRAPHS.finditer(text):
        bounds.append((at, gap.start()))
        at = gap.end()
    return [*bounds, (at, len(text))]
