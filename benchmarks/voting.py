"""Combiners without labels on BEA-dev: the output text aligned afresh and scored by ERRANT.

MaxMatch stands beside it. S4 to S12 are the sets of four to twelve systems; in `S7, mixed` three
of the seven write running text where the source is tokenised.
"""

from functools import partial

import numpy as np

from benchmarks.table import SETS, data, publish
from benchmarks.yardstick import Errant
from ensemble.candidates import Kind, collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_folder
from evaluation.execution.engine import working
from evaluation.metrics.base import Texts
from evaluation.metrics.fscore import percentages
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.models.causal_lm import detokenise
from evaluation.records import Segment
from evaluation.statistics.significance import SEED, Difference, bootstrap, paired_difference

KINDS: dict[str, Kind] = {
    "vote": "edits",
    "agreement": "edits",
    "best-single": "edits",
    "mbr": "texts",
}


MIXED = ", mixed"


def _mixed(segment: Segment) -> Segment:
    """Return a segment of which every other system but the first puts out running text."""
    texts = {
        name: detokenise(text or "") if place % 2 else text
        for place, (name, text) in enumerate(segment.hypotheses.items())
    }
    return Segment(segment.source, texts)


@working()
def main() -> None:
    """Print the table; about five minutes, nearly all of it ERRANT's."""
    folder = data("gec", "bea_dev")
    gold = read_m2(folder / "gold.m2")
    yardstick, statistic = Errant(gold), partial(percentages, beta=0.5)
    rows = []
    for label in ("S4", "S5", "S7", "S7, mixed", "S12"):
        segments = read_folder(folder, SETS[label.removesuffix(MIXED)])
        if label.endswith(MIXED):
            segments = list(map(_mixed, segments))
        vote = None
        for name, kind in KINDS.items():
            ballots = list(collect_all(segments, kind))
            combiner = create(name).fit(ballots)
            outputs = [output.text or "" for output in combine_all(ballots, combiner)]
            counts = yardstick.counts(outputs)
            vote = counts if vote is None else vote
            f, precision, recall = statistic(counts.sum(axis=0))
            low, high = (bound[0] for bound in bootstrap(counts, statistic))
            gain = paired_difference(counts, vote, statistic)
            m2 = MaxMatch().corpus_score(Texts(outputs, gold=gold))
            rows.append(
                {
                    "systems": label,
                    "combiner": name,
                    "P": f"{precision:.2f}",
                    "R": f"{recall:.2f}",
                    "F0.5": f"**{f:.2f}** ({low:.2f} to {high:.2f})",
                    "against the vote": _signed(gain) if name != "vote" else "",
                    "MaxMatch F0.5": f"{m2.value:.2f}",
                }
            )
    publish("python -m benchmarks.voting", rows, f"95% bootstrap over segments, seed {SEED}.")


def _signed(gain: Difference) -> str:
    delta, low, high, _ = (np.asarray(part)[0] for part in gain)
    return f"{delta:+.2f} ({low:+.2f} to {high:+.2f})"


if __name__ == "__main__":
    main()
