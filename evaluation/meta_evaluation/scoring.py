"""Scores the texts of a benchmark by each metric, per system and group of segments."""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.data.blank import is_blank
from evaluation.execution.progress import Progress, Step
from evaluation.meta_evaluation.aggregation import trueskill_scores
from evaluation.meta_evaluation.aligned_scores import MetricScores
from evaluation.meta_evaluation.dataset import Dataset, together
from evaluation.meta_evaluation.unmatched import EXAMPLES
from evaluation.metrics.base import Metric, Texts, score_corpus, score_segments
from evaluation.metrics.choice import MetricChoice
from evaluation.metrics.function import FunctionChoice
from evaluation.metrics.overlap import Overlap
from evaluation.metrics.tokenizers import REMEDIES, unspaced_note
from evaluation.types import Array

Choice = MetricChoice | FunctionChoice


def load(choices: Sequence[Choice]) -> tuple[dict[str, Metric], list[str]]:
    """Return the metrics by their name in the report, and a note on each unavailable one.

    Raises:
        ValueError: a required metric is unavailable.
    """
    metrics: dict[str, Metric] = {}
    notes = []
    for choice in choices:
        try:
            metrics[choice.called] = choice.load()
        except (ValueError, ImportError) as error:
            if not choice.optional:
                raise ValueError(f"{choice.called}: {error} (or mark it `optional`)") from error
            notes.append(f"{choice.called} is left out: {error}")
    return metrics, notes


def score(
    metric: Metric, choice: Choice, dataset: Dataset, judged: Array, where: Sequence[int]
) -> MetricScores:
    """Return a metric's scores of the judged outputs on some segments.

    Args:
        metric: the metric.
        choice: its configuration, which says whether corpora are scored too.
        dataset: the texts.
        judged: whether an output is judged, shape (systems, segments).
        where: the indices of the segments to score.

    Returns:
        Scores of the shape (systems, len(where)), NaN where an output is not judged or missing, or
        its segment has no reference and the metric needs one.

    Raises:
        ValueError: the texts lack what the metric needs, or cannot be scored.
    """
    given = [_judged_texts(dataset, row, judged, where) for row in range(len(dataset.systems))]
    values = np.full((len(dataset.systems), len(where)), np.nan)
    corpus = np.full(len(dataset.systems), np.nan)
    try:
        segment_scores = _all_at_once(metric, [texts for texts, _ in given])
    except (ValueError, ImportError):
        segment_scores = None  # below, the error gets the name of the system
    for row, (texts, places) in enumerate(given):
        if texts is None:
            continue
        try:
            scores = segment_scores[row] if segment_scores else score_segments(metric, texts)
            values[row, places] = scores
            if choice.system == "corpus" and not np.isnan(scores).all():
                corpus[row] = score_corpus(metric, texts).value
        except (ValueError, ImportError) as error:
            raise ValueError(f"{choice.called} on {dataset.systems[row]}: {error}") from error
    if choice.system == "trueskill":
        corpus = trueskill_scores(dataset.systems, values)
    return MetricScores(values, None if choice.system == "mean" else corpus, choice.system)


def _judged_texts(
    dataset: Dataset, row: int, judged: Array, where: Sequence[int]
) -> tuple[Texts | None, list[int]]:
    """Return the judged texts of the system at an index, and their places in `where`."""
    wanted = [k for k, i in enumerate(where) if judged[row, i]]
    texts, present = dataset.texts(dataset.systems[row], [where[k] for k in wanted])
    return texts, [wanted[k] for k in present]


def _all_at_once(metric: Metric, given: Sequence[Texts | None]) -> list[Array] | None:
    """Return the scores of all systems' segments at once, by system, from one that reads n-grams.

    Systems share their references, which such a metric then reads only once. Other metrics may
    score a text otherwise beside other ones, in a batch: they get None.
    """
    known = [texts for texts in given if texts is not None]
    if not (isinstance(metric, Overlap) and known):
        return None
    sizes = [0 if texts is None else len(texts.hypotheses) for texts in given]
    everything = Texts(
        [text for texts in known for text in texts.hypotheses],
        together([texts.sources for texts in known]),
        together([texts.references for texts in known]),
    )
    return np.split(score_segments(metric, everything), np.cumsum(sizes)[:-1])


def score_all(
    choices: Sequence[Choice],
    dataset: Dataset,
    judged: Array,
    groups: Mapping[str, Sequence[int]],
    progress: Progress,
) -> tuple[dict[str, dict[str, MetricScores]], list[str]]:
    """Return all metrics' scores, by group and by their name in the report, with notes.

    Raises:
        ValueError: a required metric is unavailable, or cannot score the texts.
    """
    if not choices:
        return {group: {} for group in groups}, []
    metrics, notes = load(choices)
    available = [choice for choice in choices if choice.called in metrics]
    jobs = [Step((choice, group), choice.called) for choice in available for group in groups]
    scores: dict[str, dict[str, MetricScores]] = {group: {} for group in groups}
    for job in progress(jobs, "Scoring"):
        choice, group = job.item
        metric = metrics[choice.called]
        try:
            scores[group][choice.called] = score(metric, choice, dataset, judged, groups[group])
        except ValueError as error:
            if not choice.optional:
                raise
            notes.append(f"left out: {error}")
    return scores, [*dict.fromkeys(notes), *reference_notes(metrics, dataset, judged)]


def reference_notes(
    metrics: Mapping[str, Metric],
    dataset: Dataset,
    judged: Array,
    tokenizers: Sequence[str] = REMEDIES,
) -> list[str]:
    """Return notes on judged segments without a reference, and on judged outputs.

    They are on outputs that are blank, and on those that metrics of words count as few words;
    `tokenizers` are those to choose from for them.
    """
    wanted = [int(i) for i in np.flatnonzero(judged.any(axis=0))]
    rows = dataset.references or ()
    lacking = [i for i in wanted if rows and all(map(is_blank, rows[i]))]
    users = [name for name, metric in metrics.items() if "references" in metric.needs]
    notes = []
    if lacking and users:
        fault = f"judged segments have no reference, and no score by {', '.join(users)}"
        notes.append(f"{len(lacking)} of {len(wanted)} {fault}: {_examples(dataset, lacking)}")
    blank = [
        f"{system} on segment {dataset.segments[i]!r}"
        for row, system in enumerate(dataset.systems)
        for i in map(int, np.flatnonzero(judged[row]))
        if (text := dataset.outputs[system][i]) is not None and is_blank(text)
    ]
    if blank:
        more = ", ..." if len(blank) > EXAMPLES else ""
        fault = "judged outputs are blank, and scored as empty texts, not as absent"
        notes.append(f"{len(blank)} {fault}: {', '.join(blank[:EXAMPLES])}{more}")
    outputs = [
        text
        for row, system in enumerate(dataset.systems)
        for text, wanted in zip(dataset.outputs[system], judged[row], strict=True)
        if wanted and text is not None
    ]
    note = unspaced_note(metrics, outputs, tokenizers)
    return [*notes, note] if note else notes


def _examples(dataset: Dataset, segments: Sequence[int]) -> str:
    listed = ", ".join(repr(dataset.segments[i]) for i in segments[:EXAMPLES])
    return listed + (", ..." if len(segments) > EXAMPLES else "")
