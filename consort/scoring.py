"""Scores texts by a metric in one call."""

from collections.abc import Sequence

from evaluation.metrics.base import Score, Texts, require, score_corpus
from evaluation.metrics.registry import load_metric


def score(
    hypotheses: Sequence[str | None],
    references: Sequence[str | Sequence[str]] | None = None,
    *,
    sources: Sequence[str] | None = None,
    metric: str = "chrf",
) -> Score:
    """Return the score of `hypotheses`: its `value`, with `low` and `high`, its 95% interval.

    Args:
        hypotheses: a text for each segment; a missing one is empty.
        references: the right text of each segment, or a list of right ones.
        sources: the source of each segment, for metrics that need it.
        metric: a name of `consort.metric_names()`, with options as in `chrf:word_order=2`.

    Raises:
        InputError: there is no such metric, or it needs something that is not given.
        ValueError: the numbers of texts differ.
    """
    loaded = load_metric(metric)
    rows = references and [[row] if isinstance(row, str) else list(row) for row in references]
    texts = Texts([text or "" for text in hypotheses], sources, rows)
    if "gold" in loaded.needs and rows is not None and sources is not None:
        from evaluation.metrics.correction import gold_from_references

        texts = Texts(texts.hypotheses, sources, rows, gold_from_references(sources, rows))
    require(texts, loaded.needs, metric)
    return score_corpus(loaded, texts)
