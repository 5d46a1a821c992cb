"""Estimates the work of comparing metrics with people, and of validating them on gold edits."""

from collections.abc import Sequence

# In units; fitted to the corpus of `benchmarks.costs`.
_RESAMPLED = 250  # a score of a metric or of people, with its resamples and permutations
_SCORED, _CHARACTER = 60, 0.5  # a text that a metric scores, and a character that it compares
_TOKEN = 5  # of a partly corrected text, by most metrics
_BY_ANNOTATOR = {"gleu": 2.5, "max-sari": 2.5}  # a token with each annotator's references
_ALIGNED = 150  # a token by MaxMatch, which aligns a text in many ways


def work_of_evaluation(scores: int, characters: int, metrics: Sequence[str]) -> int:
    """Return about how many units of work an evaluation takes.

    Args:
        scores: outputs times metrics; of each is a score given, or computed by the metric.
        characters: those of outputs, and of the texts that each is compared with.
        metrics: the metrics to compute; empty where scores are given.
    """
    computed = scores * _SCORED + characters * len(metrics) * _CHARACTER if metrics else 0
    return round(scores * _RESAMPLED + computed)


def work_of_validation(tokens: int, annotators: int, metrics: Sequence[str]) -> int:
    """Return about how many units of work a validation takes.

    Args:
        tokens: those of all partly corrected texts together.
        annotators: the most that a sentence has.
        metrics: the metrics to validate, each of which scores every text.
    """
    return round(tokens * sum(_of_token(m.partition(":")[0], annotators) for m in metrics))


def _of_token(metric: str, annotators: int) -> float:
    return _ALIGNED if metric == "maxmatch" else _TOKEN + _BY_ANNOTATOR.get(metric, 0) * annotators
