"""Recognises a reply that refuses to answer, and one that finds nothing to change."""

import re

from ensemble.systems.reply.likeness import likeness
from ensemble.systems.reply.phrases import any_of

_LONGEST = 400  # characters of a refusal
_ALIKE = 50.0  # of 100: a source this much like a reply says the same

_SORRY = any_of("""
    i'm sorry | i am sorry | i'm so sorry | i'm very sorry | i'm really sorry | we're sorry
    sorry | my apologies | i apologize | i apologise | apologies | unfortunately | regrettably
    i'm afraid | i am afraid
""")
_CANNOT = any_of("""
    can't | cannot | can not | could not | couldn't | am not able to | 'm not able to
    am unable to | 'm unable to | are unable to | 're unable to | won't | will not
    must decline to | won't be able to | am not allowed to | 'm not allowed to
    am not comfortable | 'm not comfortable | don't feel comfortable | do not feel comfortable
    am not going to | 'm not going to | am not programmed to | 'm not programmed to
    don't have the ability to | do not have the ability to
""")
_TEXT = r"(?:sentence|text|paragraph|passage|input|content|prompt)"
_REQUEST = (
    r"(?:(?:help|assist)(?: you)?(?: with (?:that|this|it|your request|the request)\b|[.!]|\Z)"
    r"|(?:fulfill?|comply with|complete|process|accommodate|satisfy|honor|respond to|answer)"
    r" (?:that|this|the|your|such|any) (?:\w+ )?(?:request|question|message|" + _TEXT + ")"
    r"|(?:correct|edit|translate|rewrite|proofread|paraphrase|summari[sz]e|understand|see|read"
    r"|correcting|editing|translating|rewriting|proofreading|paraphrasing)"
    r" (?:that|this|the|your|any|a) (?:\w+ )?(?:message|request|file|image|document|" + _TEXT + ")"
    r"|(?:provide|generate|create|produce|discuss|share|engage in|participate in|offer|assist in)"
    r" (?:\w+ing )?(?:that|this|content|information|such|any|explicit|harmful|medical|legal)\b)"
)
_REFUSALS = (
    # "As an AI language model, I do not have opinions."
    r"(?:as|being|since i'm|i'm just|i am just|i'm only|i am only) an? (?:\w+[ -]){0,3}"
    r"(?:ai|a\.i\.|artificial intelligence|language model|llm|chatbot)\b",
    r"(?:i'm|i am) an? (?:\w+[ -]){0,2}language model\b",
    # "I cannot fulfill this request.", "We are unable to process your message."
    rf"(?:i|we) ?{_CANNOT} (?:\w+ly )?{_REQUEST}",
    r"i (?:must|have to|need to|will) (?:respectfully |politely )?(?:decline|refuse)\b",
    r"i refuse to (?:correct|translate|answer|edit|rewrite|continue)\b",
    r"(?:this|your) (?:request|content|message) (?:goes against|violates) (?:my|our)\b",
    r"(?:i am|i'm) (?:programmed|designed) to be\b",
    # "I don't understand the sentence.", "Could you please clarify what you mean?"
    rf"i (?:don't|do not|didn't) understand (?:the|this|your|what) (?:\w+ )?(?:{_TEXT}|you)\b",
    r"(?:could|can) you (?:please )?clarify what you (?:mean|want)",
    # "Please provide the text you'd like me to correct."
    r"(?:could you |can you )?please (?:provide|share|paste|give me|send me) (?:me )?(?:with )?"
    rf"(?:the|a|your|some) (?:\w+ )?{_TEXT} (?:that )?(?:you|to be|to correct|for me|so i|and i)\b",
    # "It looks like you haven't provided a sentence to correct."
    r"(?:it (?:looks|seems|appears)(?: like| that)?|i notice(?: that)?|you|there)\b[^.\n]{0,60}?"
    r"(?:n't|\bnot|\bno|\bforgot)\b[^.\n]{0,40}?"
    rf"\b{_TEXT} (?:provided|included|shared|given|for me|to (?:correct|translate|edit|work))",
    r"(?:it (?:looks|seems|appears)(?: like| that)?|i notice(?: that)?|you)\b[^.\n]{0,40}?"
    rf"(?:n't|\bnot|\bforgot to) (?:provided?|included?|shared?|given?)\b[^.\n]{{0,20}}\b{_TEXT}\b",
    # other languages
    r"(?:es )?tut mir leid, (?:aber )?(?:ich kann|dabei)|als (?:ki|sprachmodell)\b",
    r"(?:je suis )?désolée?, (?:mais )?je ne (?:peux|suis)|en tant qu'(?:ia|intelligence)",
    r"lo siento, (?:pero )?no puedo|como (?:una )?(?:ia|modelo de lenguaje)\b",
    r"mi dispiace, (?:ma )?non posso|desculpe, (?:mas )?não posso",
    r"(?:很?抱歉|对不起)[，,]\s?(?:我|但)|作为(?:一个|一名)?(?:ai|人工智能)",
    r"我(?:无法|不能)(?:回答|提供|协助|帮助|满足)|申し訳(?:ありません|ございません)",
)
_START = (
    rf"(?:{_SORRY}[\s,.;:!—–-]{{1,3}})?(?:(?:but|however),? )?(?:(?:as|since)\b[^.\n]{{1,80}}, )?"
)
_REFUSAL = re.compile(rf"{_START}(?:{'|'.join(_REFUSALS)})", re.IGNORECASE)
_SORRY_CANNOT = re.compile(
    rf"{_SORRY}[\s,.;:!—–-]{{1,3}}(?:but )?(?:i|we) ?{_CANNOT}"
    r" (?:do (?:that|this|it)|help|assist)\b",
    re.IGNORECASE,
)
_APOLOGY = re.compile(
    any_of("""
    sorry | tut mir leid | entschuldigung | leider | ich kann | wir können | als ki | désolé
    malheureusement | je ne peux pas | je ne suis pas en mesure | en tant qu' | lo siento
    lamento | no puedo | como modelo | como ia | mi dispiace | non posso | purtroppo | desculpe
    desculpa | não posso | helaas | het spijt me | ik kan | prosím | przepraszam | niestety
    извините | простите | к сожалению | maalesef | üzgünüm | tyvärr | ledsen | 抱歉 | 对不起
    對不起 | 無法 | 无法 | 我不能 | 作为 | 申し訳 | すみません | ごめん | できません | 죄송 | 미안
    """),
    re.IGNORECASE,
)
"""A source with such words may say itself what looks like a refusal."""

_RIGHT = (
    r"(?:correct|right|fine|good|perfect|error-free|accurate|well[ -]written|flawless|grammatical"
    r"|free of (?:errors|mistakes))"
)
_THIS = (
    rf"(?:the|this|your) (?:original |given |provided |input )?{_TEXT}"
    r"(?: (?:above|provided|given))?"
)
_FAULTS = r"(?:changes?|corrections?|edits?|errors?|mistakes?|issues?)"
_VERDICTS = (
    # "The sentence is already grammatically correct as it is."
    rf"{_THIS} (?:is|looks|seems|appears to be) (?:(?:already|fine|and|both|clear|\w+ly) ){{0,4}}"
    rf"{_RIGHT}(?: (?:as it is|as is|already|as written))?(?: and (?:needs|requires|contains|has"
    rf"|does not (?:need|require)|doesn't (?:need|require)) (?:no|any) (?:\w+ )?{_FAULTS})?",
    rf"{_THIS} (?:does not|doesn't) (?:need|require|contain|have) any (?:\w+ )?{_FAULTS}",
    # "No corrections are needed."; "No errors" alone may be a label
    rf"no (?:\w+ )?{_FAULTS}(?: (?:is|are|were|was|to be))?"
    r" (?:needed|necessary|required|found|detected|made)"
    rf"(?: (?:in|to) {_THIS})?",
    rf"(?:there (?:are|were) |i (?:found|see) )no (?:\w+ )?{_FAULTS}(?: in {_THIS})?",
    rf"i (?:don't|do not) (?:see|find) any (?:\w+ )?{_FAULTS}(?: in {_THIS})?",
    r"der satz ist (?:bereits |grammatikalisch |grammatisch )*(?:korrekt|richtig)|keine änderungen"
    r" (?:nötig|notwendig|erforderlich)|la phrase est (?:déjà )?correcte|la oración es correcta",
    r"(?:这个|这|该|原)?(?:句子|句话|文本|句)(?:没有|无)(?:任何)?(?:语法)?(?:错误|问题)。?|无需(?:修改|更改)。?",
)
_VERDICT = re.compile(
    rf"(?:(?:i'm sorry, but |great news! |good news! )?(?:{'|'.join(_VERDICTS)})[.!]*\s*){{1,3}}",
    re.IGNORECASE,
)
_OF_RIGHT = re.compile(
    r"correct|korrekt|richtig|corret|corrett|right|fehler|error|fault|fout|mistake|change|änder"
    r"|chang|cambi|modif|wijzig|正确|正確|错误|錯誤|修改|更改|问题|問題|変更|正しい",
    re.IGNORECASE,
)
"""A source with such a word may say itself that something is right."""


def is_refusal(text: str, source: str) -> bool:
    """Return whether all of `text` is a short refusal, which the source does not say itself."""
    text = text.replace("’", "'").strip()
    if len(text) > _LONGEST or not (_REFUSAL.match(text) or _SORRY_CANNOT.match(text)):
        return False
    return not _APOLOGY.search(source[: 2 * _LONGEST]) and likeness(text, source) < _ALIKE


def says_unchanged(text: str, source: str) -> bool:
    """Return whether `text` only says that the source is right, which the source does not say."""
    text = text.replace("’", "'").strip("*_ []()\n")
    if len(text) > _LONGEST or not _VERDICT.fullmatch(text):
        return False
    return not _OF_RIGHT.search(source[: 2 * _LONGEST]) and likeness(text, source) < _ALIKE
