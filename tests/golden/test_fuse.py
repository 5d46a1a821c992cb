"""Fused transcripts of seven recognisers (Earnings-21), and texts that must not be fused."""

import pytest
from rapidfuzz.distance import Levenshtein

from ensemble.candidates import collect_all
from ensemble.candidates.final_answer import final_answer
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create, load_trainable
from ensemble.targets import from_references
from evaluation.data.readers import read_folder, read_lines
from evaluation.records import Segment

RECOGNISERS = (
    "amazon google kaldi_librispeech microsoft rev_espnet rev_kaldi speechmatics"
).split()
LANGUAGE_MODELS = ["Llama-3.1-8B", "Mistral-7B", "Qwen2-7B", "Qwen2.5-7B"]


def part(data, *path):
    folder = data.joinpath(*path)
    if not folder.is_dir():
        pytest.skip(f"the development data has no {'/'.join(path)}")
    return folder


@pytest.fixture(scope="module")
def earnings21(data):
    folder = part(data, "asr", "earnings21")
    lines = zip(*(read_lines(folder / f"{name}.txt") for name in RECOGNISERS), strict=True)
    segments = [
        Segment("", dict(zip(RECOGNISERS, row, strict=True)), has_source=False) for row in lines
    ]
    ballots = list(collect_all(segments, "texts"))
    return ballots, [line.split() for line in read_lines(folder / "target.txt")]


@pytest.mark.parametrize(
    ("name", "rate"), [("mbr", 10.42), ("fuse", 9.96), ("fuse:window=1", 9.76)]
)
def test_the_word_error_rate_of_transcripts(earnings21, name, rate):
    ballots, truth = earnings21
    texts = [c.text or "" for c in combine_all(ballots, create(name).fit(ballots))]
    pairs = zip(texts, truth, strict=True)
    wrong = sum(Levenshtein.distance(text.split(), words) for text, words in pairs)
    assert 100 * wrong / sum(map(len, truth)) == pytest.approx(rate, abs=0.01)


def test_no_final_answer_of_language_models_changes(data):
    ballots = list(collect_all(read_folder(part(data, "llm", "gsm8k"), LANGUAGE_MODELS), "texts"))
    chosen, fused = (combine_all(ballots, create(name)) for name in ("mbr", "fuse:window=1"))
    answers = [[final_answer(c.text or "") for c in combined] for combined in (chosen, fused)]
    assert answers[0] == answers[1]


@pytest.mark.slow
def test_trained_on_a_few_hundred_transcripts_it_is_better_on_others(earnings21):
    ballots, truth = earnings21
    training, test = range(0, 800, 2), range(1, len(ballots), 2)
    references = [[" ".join(truth[i])] for i in training]
    known = [ballots[i] for i in training]
    trained = load_trainable("fuse").learn(known, from_references(known, references), seed=1)
    asked = [ballots[i] for i in test]
    rates = []
    for combiner in (trained, create("fuse"), create("fuse:window=1")):
        texts = [c.text or "" for c in combine_all(asked, combiner.fit(asked))]
        pairs = zip(texts, test, strict=True)
        wrong = sum(Levenshtein.distance(text.split(), truth[i]) for text, i in pairs)
        rates.append(100 * wrong / sum(len(truth[i]) for i in test))
    assert rates[0] < 9.75 < rates[2] < rates[1]
