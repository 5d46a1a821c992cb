"""The normal form of final answers: `1,800` and `$1,800.00` are equal, `(B)` and `B) Paris` too."""

import re
from fractions import Fraction
from unicodedata import normalize

LONGEST = 200  # characters of a statement; longer ones are prose
_MOST_WORDS = 8  # of an answer that is neither a number, an option nor yes or no

_THIN_SPACES = re.compile(r"(?<=\d)(?:[\u00a0\u2009\u202f]|\\[,!]|\{,\})(?=\d{3})")
_WRAPPERS = re.compile(
    r"\\(?:text\w*|math\w*|mbox|boxed|fbox|operatorname|left|right|displaystyle)"
)
_FRACTION = re.compile(r"\\[dtc]?frac *(?:\{([^{}]*)\} *\{([^{}]*)\}|(\d) *(\d))")
_DEGREES = re.compile(r"\^ *\{? *\\circ *\}?|\\degree|°")
_LATEX_SPACES = re.compile(r"\\[,;:! ]|\\q?quad|\\[()\[\]]|~")
_NOT_READ = str.maketrans(dict.fromkeys('{}*`$€£¥₹"“”„«»', "") | {"−": "-", "⁄": "/"})
_AROUND = " \t\r\n.,;:!?。，；：！？、'‘’|_#>"

_YES_NO = re.compile(r"(yes|no)(?=$|[,.;:!])", re.IGNORECASE)
_OPTION = re.compile(
    r"(?i:the )?(?i:option|choice|letter|answer)? ?"
    r"(?:[(\[]([A-Ja-j])[)\]]|([A-Ja-j])(?:$|\)(?: |$))|([A-J])[.:] )"
)
_NAMED_OPTION = re.compile(r"(?i:the )?(?i:option|choice|letter) [(\[]?([A-Ja-j])\b")
_NUMBER = re.compile(
    r"(?<![\w.,/^-])(?P<sign>- ?)?(?:(?P<grouped>\d{1,3}(?:,\d{2,3})*,\d{3})|(?P<plain>\d*))"
    r"(?:\.(?P<decimals>\d+)|(?<=\d),(?P<after_comma>\d{1,2})(?!,?\d))?(?<=\d)"
    r"(?: ?/ ?(?P<below>\d+))?(?![a-z]\b)"
    r"(?: ?(?P<percent>%|per ?cent\b|prozent\b|pour cent\b|por ciento\b|por cento\b))?"
    r"(?: (?P<scale>thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
# Found beside a number, these make it part of a formula, or negate it: "not 5" without its 5.
_NO_NUMBER = re.compile(r"[\d\\^_*+<>√π×÷]|\bnot  ", re.IGNORECASE)
_REMARK = re.compile(r"(?<=\w)(?:,? (?:because|since)|, (?:which|not|so|as)| \([^()]*\)$).*")
_PLACEHOLDERS = frozenset(("answer", "your answer", "final answer", "number", "letter", "is"))
_SPACED_SIGN = re.compile(r" ?([^\w ]) ?")
_ARTICLE = re.compile(r"(?:the|an?) ")


def answer_key(statement: str) -> str | None:
    """Return the normal form of the answer that `statement` consists of, or `None`.

    Numbers become a whole number or a reduced fraction, with `%` for a percentage; options of a
    multiple choice become their capital letter, all else lower-case words. A statement with exactly
    one number is that number, whatever it counts.
    """
    text = _plain(statement[:LONGEST])
    return yes_or_no(text) or option(text) or number(text) or _words(text)


def yes_or_no(text: str) -> str | None:
    """Return `yes` or `no` where `text` begins with it, alone or before punctuation."""
    match = _YES_NO.match(text)
    return match[1].lower() if match else None


def option(text: str) -> str | None:
    """Return the capital letter, A to J, of the option that `text` names first."""
    match = _OPTION.match(text) or _NAMED_OPTION.match(text)
    return match[match.lastindex or 0].upper() if match else None


def number(text: str) -> str | None:
    """Return the only number of `text`, exactly; `None` for several, formulas and names."""
    text = _right_side(text)
    matches = list(_NUMBER.finditer(text))
    if len(matches) != 1:
        return None
    [match] = matches
    rest = text[: match.start()] + " " + text[match.end() :]
    if _NO_NUMBER.search(rest) or (match["after_comma"] and text.startswith("(")):
        return None
    whole = (match["grouped"] or match["plain"] or "0").replace(",", "")
    value = Fraction(f"{whole}.{match['decimals'] or match['after_comma'] or '0'}")
    below = int(match["below"] or 1)
    if below == 0:
        return None
    value = value / below * _SCALES.get((match["scale"] or "").lower(), 1)
    return f"{-value if match['sign'] else value}{'%' if match['percent'] else ''}"


def _right_side(text: str) -> str:
    """Return the right side of one equation, or of a chain of them: `x = 5` is 5."""
    left, equals, right = text.replace("≈", "=").rpartition("=")
    several = "=" in left and ("," in left or " and " in left)
    return right.strip(_AROUND) if equals and right.strip(_AROUND) and not several else text


def _words(text: str) -> str | None:
    """Return `text` in lower case without article and without spaces around signs."""
    text = text.casefold()
    article = _ARTICLE.match(text)
    words = text[article.end() :] if article else text
    if not any(map(str.isalnum, words)) or len(words.split()) > _MOST_WORDS:
        return None
    return None if words.strip("[]()<>") in _PLACEHOLDERS else _SPACED_SIGN.sub(r"\1", words)


def _plain(statement: str) -> str:
    """Return `statement` without mark-up, LaTeX around it, currencies and punctuation."""
    text = normalize("NFKC", _THIN_SPACES.sub("", statement))
    text = _LATEX_SPACES.sub(" ", _DEGREES.sub("", _WRAPPERS.sub("", text)))
    text = text.replace("\\%", "%").replace("\\$", "").replace("</answer>", " ")
    for _ in range(3):  # fractions of fractions
        text = _FRACTION.sub(_over, text)
    text = " ".join(text.translate(_NOT_READ).split())
    text = text.lstrip(_AROUND.replace(".", "")).rstrip(_AROUND)  # .5 is a number
    return _REMARK.sub("", text).rstrip(_AROUND)


def _over(match: re.Match[str]) -> str:
    """Return a fraction of LaTeX with a slash."""
    above, below = (match[1], match[2]) if match[1] is not None else (match[3], match[4])
    return "/".join(
        side if side.replace(".", "").replace("\\", "").isalnum() else f"({side})"
        for side in (above.strip(), below.strip())
    )
