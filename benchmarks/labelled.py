"""Sets of outputs with labels, of all three kinds, as `benchmarks.harm` combines them."""

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.table import SETS, data
from benchmarks.texts import answered, rated
from benchmarks.unequal import random_output, texts_of
from ensemble.candidates import Ballot, collect_all
from ensemble.targets import Targets, from_gold, from_references, from_scores
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_folder, read_lines
from evaluation.models.causal_lm import detokenise
from evaluation.records import Segment
from evaluation.statistics.significance import SEED

Labelled = tuple[list[Ballot], Targets]
"""The proposals for each segment, and how good each is."""

LLMS = ("Llama-3.1-8B", "Mistral-7B", "Qwen2-7B", "Qwen2.5-7B")
RECOGNISERS = (
    "amazon google kaldi_librispeech microsoft rev_espnet rev_kaldi speechmatics"
).split()
JUDGES = (0.9, 0.62, 0.55, 0.52, 0.5, 0.48)  # how often each of six is right
CLASSES = 4
WEAK_FAMILY = (0.45, 0.45, 0.45)


def shifted() -> Labelled:
    """Return the systems of S5 on CoNLL-2014, where domain and annotators are others."""
    folder = data("gec", "conll14_shift")
    ballots = list(collect_all(read_folder(folder, SETS["S5"]), "edits"))
    return ballots, from_gold(ballots, read_m2(folder / "gold.m2"))


def with_more(add: Callable[[dict[str, list[str]]], Mapping[str, list[str]]]) -> Labelled:
    """Return S7 and the outputs that `add` makes of its texts, on BEA-dev."""
    texts = texts_of()
    outputs = {name: texts[name] for name in SETS["S7"]} | dict(add(texts))
    rows = zip(texts["source"], *outputs.values(), strict=True)
    segments = [Segment(source, dict(zip(outputs, row, strict=True))) for source, *row in rows]
    ballots = list(collect_all(segments, "edits"))
    return ballots, from_gold(ballots, read_m2(data("gec", "bea_dev", "gold.m2")))


def random_system(texts: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the output of a system that edits at random."""
    return {"random": random_output(texts, SEED)}


def respelt_twins(texts: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the output of the weakest system twice: as running text, with curly apostrophes."""
    weak = texts["CTC-Copy"]
    curly = [line.replace("'", "\u2019") for line in weak]
    return {"running": list(map(detokenise, weak)), "curly": curly}


def translations() -> Labelled:
    """Return eight systems' translations, Chinese to English, with people's scores (MQM)."""
    segments, scores = rated()
    ballots = list(collect_all(segments, "texts"))
    return ballots, from_scores(ballots, scores)


def answers() -> Labelled:
    """Return four language models' answers to questions, 100 where the answer is right."""
    segments, scores = answered()
    ballots = list(collect_all(segments, "texts"))
    return ballots, from_scores(ballots, scores)


def transcripts() -> Labelled:
    """Return seven recognisers' transcripts; the mean score is the negative word error rate."""
    folder = data("asr", "earnings21")
    texts = {name: read_lines(folder / f"{name}.txt") for name in RECOGNISERS}
    truth = [line.split() for line in read_lines(folder / "target.txt")]
    mean = float(np.mean(list(map(len, truth))))
    segments = [
        Segment("", dict(zip(texts, row, strict=True)), has_source=False)
        for row in zip(*texts.values(), strict=True)
    ]
    ballots = list(collect_all(segments, "texts"))
    values = [
        np.array([
            -100 * Levenshtein.distance(c.replacement.split(), words) / mean
            for c in ballot.candidates
        ])
        for ballot, words in zip(ballots, truth, strict=True)
    ]  # fmt: skip
    return ballots, Targets(tuple(values), np.ones(len(ballots)))


def final_answers(part: str) -> Labelled:
    """Return the numbers that four language models' answers end in, `part` says how read."""
    folder = data("llm", "gsm8k", part)
    ballots = list(collect_all(read_folder(folder, LLMS), "labels"))
    return ballots, from_references(ballots, [[line] for line in read_lines(folder / "target.txt")])


def judges(skills: Sequence[float], seed: int, family: Sequence[float] = ()) -> Labelled:
    """Return 1,000 labels of four classes by judges of these skills, errors at random.

    Those of `family` share a second draw: where one errs, the others mostly make its error.
    """
    chance = random.Random(seed)
    classes = [str(k) for k in range(CLASSES)]
    segments: list[Segment] = []
    truth: list[list[str]] = []
    for _ in range(1000):
        right, shared = chance.choice(classes), chance.choice(classes)
        labels = {
            f"judge {k}": _label(right, skill, classes, chance) for k, skill in enumerate(skills)
        }
        for k, skill in enumerate(family):
            wrong = shared if chance.random() < 0.9 else chance.choice(classes)
            labels[f"family {k}"] = right if chance.random() < skill else wrong
        segments.append(Segment(f"case {len(segments)}", labels))
        truth.append([right])
    ballots = list(collect_all(segments, "labels"))
    return ballots, from_references(ballots, truth)


def _label(right: str, skill: float, classes: Sequence[str], chance: random.Random) -> str:
    return right if chance.random() < skill else chance.choice([c for c in classes if c != right])
