"""Scores texts by a metric in one call."""

from collections.abc import Iterable

from consort.classes import label_text, right_texts
from evaluation.data.rows import is_missing
from evaluation.metrics.base import Score, Texts, require, score_corpus
from evaluation.metrics.registry import load_metric


def score(
    hypotheses: Iterable[object],
    references: Iterable[object] | None = None,
    *,
    sources: Iterable[str] | None = None,
    metric: str = "chrf",
) -> Score:
    """Return the score of `hypotheses`: its `value`, with `low` and `high`, its 95% interval.

    Args:
        hypotheses: a text or label for each segment; a missing one is empty.
        references: the right text or label of each segment, or a list of right ones.
        sources: the source of each segment, for metrics that need it.
        metric: a name of `consort.metric_names()`, with options as in `chrf:word_order=2`.

    Raises:
        InputError: the metric is unknown, or needs something that is not given.
        ValueError: the numbers of texts differ.
    """
    loaded = load_metric(metric)
    rows = None if references is None else list(map(right_texts, references))
    known = None if sources is None else list(sources)
    made = ["" if is_missing(text) else label_text(text) for text in hypotheses]
    texts = Texts(made, known, rows)
    if "gold" in loaded.needs and rows is not None and known is not None:
        from evaluation.metrics.correction import gold_from_references

        texts = Texts(made, known, rows, gold_from_references(known, rows))
    require(texts, loaded.needs, metric)
    return score_corpus(loaded, texts)
