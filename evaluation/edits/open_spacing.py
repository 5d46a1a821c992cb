"""The spacing conventions that one source may get once more texts are known."""

from collections.abc import Iterator, Sequence

from evaluation.edits.spacing import (
    CLITICS,
    HYPHENS,
    WORDS,
    Apart,
    Convention,
    Cut,
    separated,
    style_of,
)
from evaluation.records import Style


def possible_conventions(
    source: str, texts: Sequence[str], usual: Style | None, more: int
) -> list[Convention]:
    """Return the conventions of `source` with which `texts` may be read, given `more` texts.

    Each is of another style, or reads one of `texts` differently. `Convention.of` the source, the
    texts and any further ones, up to `more`, reads `texts` as one of these does.
    """
    distinct: dict[tuple[Style, tuple[str, ...]], Convention] = {}
    for convention in _conventions(source, texts, usual, more):
        readings = tuple(map(convention.read, texts))
        distinct.setdefault((convention.style, readings), convention)
    return list(distinct.values())


def _conventions(
    source: str, texts: Sequence[str], usual: Style | None, more: int
) -> Iterator[Convention]:
    for style in _styles(source, texts, usual, more):
        hyphens = _possible(HYPHENS, source, texts, style)
        for clitics in _possible(CLITICS, source, texts, style):
            for apart in hyphens:
                if style == "running":
                    yield Convention(style, bool(clitics), None if apart else False, source)
                    continue
                yield Convention(style, clitics, apart, source)
                if apart:
                    # Which words stay joined depends on the texts: none of these, up to all.
                    yield Convention(style, clitics, apart, source, _hyphened(texts))


def _styles(source: str, texts: Sequence[str], usual: Style | None, more: int) -> Iterator[Style]:
    known = style_of(source) or usual
    if known:
        yield known
        return
    styles = list(map(style_of, texts))
    lead = styles.count("tokenised") - styles.count("running")
    if lead + more > 0:
        yield "tokenised"
    if lead - more <= 0:
        yield "running"


def _possible(cut: Cut, source: str, texts: Sequence[str], style: Style) -> Sequence[Apart]:
    """Return whether words of this kind may be separated: one answer where none is in `texts`."""
    here = separated(cut, [source])
    if here or (here is False and style == "running"):
        return [here]
    signed = [text for text in texts if cut.may_be_in(text)]
    there = separated(cut, [text for text in signed if style_of(text) == style])
    if there or not signed:
        return [there or here]
    return [False, True] if there is False else [here, False, True]


def _hyphened(texts: Sequence[str]) -> frozenset[str]:
    """Return the words with a hyphen in `texts`."""
    words = (word for text in texts for word in WORDS.findall(text))
    return frozenset(filter(HYPHENS.may_be_in, words))
