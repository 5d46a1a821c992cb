"""The types of edits in words, for reports: those of `evaluation.edits.types`."""

_OPERATIONS = {"M": "missing", "U": "unnecessary", "R": "replaced"}
_CLASSES = {
    "ADJ": "adjective",
    "ADJ:FORM": "form of an adjective",
    "ADV": "adverb",
    "CASE": "capital letters",
    "CONJ": "conjunction",
    "CONTR": "contraction",
    "DET": "determiner",
    "FUNC": "function words",
    "MORPH": "word of the same stem",
    "NOUN": "noun",
    "NOUN:INFL": "inflection of a noun",
    "NOUN:NUM": "number of a noun",
    "NOUN:POSS": "possessive of a noun",
    "ORTH": "capitals or spaces",
    "OTHER": "other words",
    "PART": "particle",
    "PREP": "preposition",
    "PRON": "pronoun",
    "PUNCT": "punctuation",
    "SPACE": "words joined or split",
    "SPELL": "spelling",
    "STEM": "ending of a word",
    "VERB": "verb",
    "VERB:FORM": "form of a verb",
    "VERB:INFL": "inflection of a verb",
    "VERB:SVA": "agreement of verb and subject",
    "VERB:TENSE": "tense of a verb",
    "WO": "word order",
}


def in_words(type_: str) -> str:
    """Return a type of edits in words, such as `unnecessary: function words` for `U:FUNC`.

    It is empty for a name that is not a type of the schemes `surface` and `errant`.
    """
    operation, _, kind = type_.partition(":")
    if operation not in _OPERATIONS or kind not in _CLASSES:
        return ""
    return f"{_OPERATIONS[operation]}: {_CLASSES[kind]}"
