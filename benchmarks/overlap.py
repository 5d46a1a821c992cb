"""How fast segments get their chrF: Consort's against sacrebleu's own, which it equals.

Both on one core in the same run, turn about, on the output of a corrector for BEA-dev.
"""

from sacrebleu.metrics.chrf import CHRF

from benchmarks.clock import ratio, seconds, speed
from benchmarks.table import data, publish
from evaluation.data.readers import read_lines
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric

SYSTEM = "T5-11B"
SAMPLE = 500  # pairs sacrebleu is timed on
ROUNDS = 5
FIGURE = "pairs a second"


def main() -> None:
    """Print the table; about ten seconds."""
    hypotheses = read_lines(data("gec", "bea_dev", f"{SYSTEM}.txt"))
    targets = read_lines(data("gec", "bea_dev", "target.txt"))
    pairs = list(zip(hypotheses, targets, strict=True))
    texts = Texts(hypotheses, references=[[target] for target in targets])
    metric, scorer = load_metric("chrf"), CHRF()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: metric.segment_scores(texts)) / len(pairs))
        theirs.append(seconds(lambda: _score(scorer, pairs[:SAMPLE])) / SAMPLE)
    rows: list[dict[str, object]] = [
        {"what": "sacrebleu: chrF of a segment", FIGURE: speed(theirs)},
        {"what": "Consort: the same", FIGURE: speed(ours)},
        {"what": "ratio", FIGURE: ratio(ours, theirs, digits=1)},
    ]
    note = f"Medians and ranges of {ROUNDS} rounds, processor time; sacrebleu on {SAMPLE} pairs,"
    publish("python -m benchmarks.overlap", rows, f"{note} Consort on all {len(pairs)}.")


def _score(scorer: CHRF, pairs: list[tuple[str, str]]) -> None:
    for hypothesis, target in pairs:
        scorer.sentence_score(hypothesis, [target])


if __name__ == "__main__":
    main()
