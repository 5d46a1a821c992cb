"""The tokenisers by which metrics cut texts: those of sacrebleu, and that of `consort combine`.

A metric of words counts whole sentences of Chinese, Japanese, Thai, Khmer, Lao or Burmese as one
word if it cuts at white space; `unspaced_note` says where that happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from evaluation.data.m2 import m2_tokens
from evaluation.edits.tokens import is_unspaced, tokenise

if TYPE_CHECKING:
    from evaluation.metrics.base import Metric

Tokenizer = Literal["13a", "char", "combine", "intl", "ja-mecab", "ko-mecab", "none", "zh"]
"""The tokenisers by name, as the option `tokenize` has them; all but `combine` are sacrebleu's."""

EditTokenizer = Literal["m2", Tokenizer]
"""The tokenisers of metrics of edits: `m2` cuts at ASCII spaces, as M2 files do."""

DESCRIPTIONS: Mapping[EditTokenizer, str] = {
    "13a": "words, without the punctuation of Western languages, as mteval-v13a cuts them",
    "intl": "words, without punctuation and symbols of any script, as mteval-v14 cuts them",
    "zh": "13a, and each Chinese character by itself",
    "ja-mecab": "Japanese words, by MeCab; needs the extra ja",
    "ko-mecab": "Korean morphemes, by MeCab; needs the extra ko",
    "char": "each character by itself",
    "combine": "as consort combine: words, marks, and each character of a script without spaces",
    "none": "at white space",
    "m2": "at ASCII spaces, as M2 files are; of metrics of edits alone",
}
"""The tokens that each tokeniser makes, in words."""

MECAB: Mapping[str, str] = {"ja-mecab": "ja", "ko-mecab": "ko"}
"""The tokenisers that need MeCab, with the extra that installs it; the time that they take can grow
with the square of a text's length."""

REMEDIES = ("zh", "ja-mecab", "char", "combine")
"""The tokenisers to choose from for text that is written without spaces."""

_LEAVES_WHOLE = frozenset({"13a", "intl", "m2", "none"})


class Cuts(Protocol):
    """A tokeniser in sacrebleu's form."""

    def __call__(self, line: str) -> str:
        """Return `line` with white space between its tokens."""

    def signature(self) -> str:
        """Return its name in a signature."""


def tokens(text: str, tokenize: EditTokenizer) -> tuple[str, ...]:
    """Return the tokens of `text`, none of which has white space but for those of `m2`.

    Raises:
        ImportError: the package of the tokeniser is missing; the message names the extra.
    """
    if tokenize == "m2":
        return m2_tokens(text)
    if tokenize == "none":
        return tuple(text.split())
    # Without the white space at the end, as sacrebleu's metrics call its tokenisers.
    return tuple(tokenizer(tokenize)(text.rstrip()).split())


@cache
def tokenizer(name: Tokenizer) -> Cuts:
    """Return the tokeniser called `name`.

    Raises:
        ImportError: its package is missing; the message names the extra to install.
    """
    if name == "combine":
        return _Combine()
    from sacrebleu.metrics.bleu import BLEU

    try:
        cuts: Cuts = BLEU(tokenize=name).tokenizer
    except RuntimeError as error:  # what sacrebleu raises without MeCab
        if name not in MECAB:
            raise
        install = f"pip install 'consort[{MECAB[name]}]'"
        raise ImportError(f"tokenize={name} needs MeCab: {install}") from error
    return cuts


def unspaced_note(
    metrics: Mapping[str, "Metric"], texts: Iterable[str], choices: Sequence[str] = REMEDIES
) -> str:
    """Return a note on texts without spaces that metrics of words do not cut; empty if none.

    Args:
        metrics: by the name to show; only those whose tokeniser leaves such texts whole count.
        texts: the texts to score.
        choices: the values of `tokenize` to choose from.
    """
    names = [n for n, m in metrics.items() if getattr(m, "tokenize", None) in _LEAVES_WHOLE]
    if not names:
        return ""
    unspaced = list(map(is_unspaced, texts))
    if not any(unspaced):
        return ""
    many = f"{sum(unspaced)} of {len(unspaced)} texts"
    fault = "are in a script without spaces and count as few words"
    known = ", ".join(choices[:-1])
    return f"{', '.join(names)}: {many} {fault}; choose tokenize={known} or {choices[-1]}"


class _Combine:
    """The cut of `consort combine`, in the form of sacrebleu's tokenisers."""

    def __call__(self, line: str) -> str:
        return " ".join(map(str.strip, tokenise(line)))

    def signature(self) -> str:
        return "combine"


TOKENIZERS: tuple[str, ...] = get_args(Tokenizer)
"""The names of all tokenisers of `Tokenizer`."""
