"""The embedded correctors and what combining them gives, on planted errors and on clean text.

`planted.tsv` was written for this project: an erroneous or clean sentence and its correction. The
generated sentences are set 1 of `benchmarks.prose`; competence was measured on set 0. No set is
a test set of learners' English; the intervals say how small they are.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.answers import answers, planted
from benchmarks.competence import ROSTER
from benchmarks.planting import Planted
from benchmarks.table import data, publish
from ensemble.candidates import collect_all
from ensemble.combiners.agreement import AgreementVote
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.best_single import BestSingle
from ensemble.combiners.majority import Majority
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.systems.roster import read_roster
from evaluation.data.readers import read_lines
from evaluation.execution.engine import working
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import EditsF, gold_from_references
from evaluation.metrics.fscore import percentages
from evaluation.statistics.significance import SEED, paired_difference

SIZE = 600
_COMMAND = "python -m benchmarks.embedded"
_NOTE = f"95% bootstrap over segments, seed {SEED}."
_VOTE = "vote, by competence"

Outputs = Mapping[str, Sequence[str]]
"""The outputs of each system and each combiner."""


@working()
def main() -> None:
    """Print the tables; about five minutes, nearly all of it for the correctors' answers."""
    lines = [line.split("\t") for line in read_lines(Path(__file__).parent / "planted.tsv")]
    written = [Planted(source, target, ()) for source, target in lines]
    generated = planted(1, SIZE)
    for sentences in (written, generated):
        outputs = _outputs([sentence.source for sentence in sentences])
        publish(_COMMAND, _rows(outputs, sentences), f"{len(sentences)} sentences. {_NOTE}")
    publish(_COMMAND, _by_kind(outputs, generated), "Sentences with one error.")
    clean = _clean(SIZE)
    publish(_COMMAND, _changed(_outputs(clean), clean), f"{SIZE} sentences of running text.")


def _outputs(sources: Sequence[str]) -> Outputs:
    roster = read_roster(ROSTER)
    segments = answers(roster, sources)
    texts = {
        entry.name: [segment.hypotheses[entry.name] or segment.source for segment in segments]
        for entry in roster.entries
    }
    combiners: dict[str, Combiner] = {
        "vote, all alike": Majority(),
        _VOTE: roster.vote(),
        "agreement": AgreementVote(),
        "best single by agreement": BestSingle(),
        "mbr": MinimumBayesRisk(),
    }
    for label, combiner in combiners.items():
        ballots = list(collect_all(segments, combiner.kinds[0]))
        combined = combine_all(ballots, combiner.fit(ballots))
        texts[label] = [output.text or "" for output in combined]
    return texts


def _rows(outputs: Outputs, sentences: Sequence[Planted]) -> list[dict[str, object]]:
    sources, targets = [s.source for s in sentences], [[s.target] for s in sentences]
    gold = gold_from_references(sources, targets)
    texts = {label: Texts(given, sources, targets, gold) for label, given in outputs.items()}
    return [_row(label, some, texts[_VOTE]) for label, some in texts.items()]


def _row(label: str, texts: Texts, vote: Texts) -> dict[str, object]:
    metric = EditsF()
    f, precision, recall = metric.corpus_score(texts).rows
    statistic = partial(percentages, beta=metric.beta)
    gain = paired_difference(metric.counts(vote), metric.counts(texts), statistic)
    delta, low, high = (float(part[0]) for part in gain[:3])
    pairs = zip(texts.hypotheses, texts.references or (), strict=True)
    right = np.mean([hypothesis == references[0] for hypothesis, references in pairs])
    return {
        "output": label,
        "P": f"{precision.value:.1f}",
        "R": f"{recall.value:.1f}",
        "F0.5": f"**{f.value:.1f}** ({f.low:.1f} to {f.high:.1f})",
        "the vote by competence is above by": (
            "" if label == _VOTE else f"{delta:+.1f} ({low:+.1f} to {high:+.1f})"
        ),
        "sentences exactly right": f"{100 * right:.0f}%",
    }


def _by_kind(outputs: Outputs, sentences: Sequence[Planted]) -> list[dict[str, object]]:
    """Return how often each output is right where a sentence has one error, by its kind."""
    places = defaultdict(list)
    for k, sentence in enumerate(sentences):
        if len(sentence.kinds) == 1:
            places[sentence.kinds[0]].append(k)
    return [
        {"error": kind, "sentences": len(some)}
        | {
            label: f"{100 * np.mean([given[k] == sentences[k].target for k in some]):.0f}%"
            for label, given in outputs.items()
            if label in ("harper", "quire", "symspell", "vote, all alike", _VOTE)
        }
        for kind, some in sorted(places.items(), key=lambda item: -len(item[1]))
    ]


def _clean(size: int) -> list[str]:
    """Return whole sentences of the web texts of Universal Dependencies, as they were written."""
    sentence = re.compile(r"[A-Z][^@<>]*[.?!]")
    texts = [
        line
        for line in read_lines(data("lm", "ud", "English-EWT.txt"))
        if 5 <= line.count(" ") < 30 and sentence.fullmatch(line)
    ]
    return random.Random(SEED).sample(texts, size)


def _changed(outputs: Outputs, sources: Sequence[str]) -> list[dict[str, object]]:
    changed = {
        label: [text != source for text, source in zip(given, sources, strict=True)]
        for label, given in outputs.items()
    }
    return [
        {"output": label, "sentences changed": f"{sum(some)} ({100 * np.mean(some):.1f}%)"}
        for label, some in changed.items()
    ]


if __name__ == "__main__":
    main()
