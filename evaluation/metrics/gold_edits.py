"""Gold edits made from texts, and gold edits cut into other tokens."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from evaluation.data.m2 import annotated_texts
from evaluation.edits.align import align
from evaluation.edits.classify import classify
from evaluation.metrics.tokenizers import EditTokenizer, tokens
from evaluation.records import Annotated, GoldEdit


def edits_to(
    texts: Mapping[int, str] | Sequence[str], source: str, tokenize: EditTokenizer = "m2"
) -> Annotated:
    """Return the edits that turn `source` into each of `texts`, by annotators.

    Annotators are the keys of `texts`, or numbered from 0; `tokenize` cuts all texts.

    Raises:
        ValueError: a text is longer than `edits.MAX_TOKENS`.
        ImportError: see `tokenizers.tokenizer`.
    """
    by_annotator = texts if isinstance(texts, Mapping) else dict(enumerate(texts))
    before = tokens(source, tokenize)
    return Annotated(
        before,
        {
            annotator: tuple(
                GoldEdit(edit.start, edit.end, (edit.replacement,), classify(before, edit))
                for edit in align(before, tokens(text, tokenize))
            )
            for annotator, text in by_annotator.items()
        },
    )


def recut(gold: Annotated, tokenize: EditTokenizer) -> Annotated:
    """Return gold edits of the same annotators in the tokens of another tokeniser.

    They are the edits of the source to the text that each annotator's corrections make of it. So
    a text that equals one of these texts is right, whatever the tokeniser; of several replacements
    of a gold edit, only the first counts. For `m2`, gold edits are returned as they are.

    Raises:
        ValueError: a text is longer than `edits.MAX_TOKENS`.
        ImportError: see `tokenizers.tokenizer`.
    """
    if tokenize == "m2":
        return gold
    texts = tuple(zip(gold.annotations, annotated_texts(gold), strict=True))
    return _recut(texts, " ".join(gold.source), tokenize)


@lru_cache(maxsize=1024)
def _recut(texts: tuple[tuple[int, str], ...], source: str, tokenize: EditTokenizer) -> Annotated:
    """Return the edits to `texts`, by annotator; cached, as all systems share them."""
    return edits_to(dict(texts), source, tokenize)
