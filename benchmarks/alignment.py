"""Alignment, vote and decode of seven systems against ERRANT's alignment alone.

Both on one core in the same run, turn about, so that a noisy machine is as noisy for both.
ERRANT is given its parsed sentences for nothing, and not asked about hypotheses that are the
source: only its `align` and `merge` are timed. Consort's first round starts with cold caches.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.clock import ratio, seconds, speed
from benchmarks.table import SETS, data, publish
from benchmarks.yardstick import annotator
from ensemble.candidates import collect_all
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from evaluation.data.readers import read_folder
from evaluation.records import Segment

SAMPLE = 300  # segments ERRANT is timed on, all seven systems each
ROUNDS = 5
SEED = 14
FIGURE = "segments of 7 systems a second"


def main() -> None:
    """Print the table; about two minutes, most of it ERRANT's parsing."""
    segments = read_folder(data("gec", "bea_dev"), SETS["S7"])
    chosen = np.random.default_rng(SEED).choice(len(segments), SAMPLE, replace=False)
    errant = _errant([segments[i] for i in chosen])
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: _vote(segments)) / len(segments))
        theirs.append(seconds(errant) / SAMPLE)
    rows: list[dict[str, object]] = [
        _row("ERRANT: alignment alone", theirs),
        _row("Consort: alignment, vote and decode", ours),
        {"what": "ratio", FIGURE: ratio(ours, theirs)},
    ]
    note = f"Medians and ranges of {ROUNDS} rounds; ERRANT on {SAMPLE} segments (seed {SEED}),"
    publish("python -m benchmarks.alignment", rows, f"{note} Consort on all {len(segments)}.")


def _vote(segments: list[Segment]) -> None:
    for ballot in collect_all(segments, "edits"):
        combine(ballot, Majority())


def _errant(segments: list[Segment]) -> Callable[[], None]:
    errant = annotator()
    pairs = [
        (errant.parse(segment.source), errant.parse(hypothesis))
        for segment in segments
        for hypothesis in segment.hypotheses.values()
        if hypothesis and hypothesis != segment.source
    ]

    def align() -> None:
        for source, hypothesis in pairs:
            errant.merge(errant.align(source, hypothesis))

    return align


def _row(what: str, taken: list[float]) -> dict[str, object]:
    return {"what": what, FIGURE: speed(taken)}


if __name__ == "__main__":
    main()
