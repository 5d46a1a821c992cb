"""On real outputs, an outcome that is settled is that of all systems, in any order of answers."""

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from ensemble.candidates import Kind, collect
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.base import Combiner, combine
from ensemble.combiners.majority import Majority
from ensemble.combiners.soft_vote import SoftVote
from ensemble.competence import Skill
from evaluation.data.readers import read_folder
from evaluation.records import Segment

S7 = "CTC-Copy GECToR-2024 EditScorer T5-11B UL2-20B Chat-LLaMa-2-7B-FT Chat-LLaMa-2-13B-FT".split()
LLMS = ["Llama-3.1-8B", "Mistral-7B", "Qwen2-7B", "Qwen2.5-7B"]
SKILLS = {
    "R:SPELL": Skill(0.9, 0.6),
    "M:PUNCT": Skill(0.6, 0.3),
    "R:OTHER": Skill(0.7, 0.2),
}
VOTES = {
    "plain": Majority(),
    "weights": Majority(weights={"T5-11B": 1.5, "UL2-20B": 1.5, "CTC-Copy": 0.5}),
    "competence": Majority(competence={"CTC-Copy": ("R:SPELL", "R:CASE"), "EditScorer": SKILLS}),
    "three": Majority(k=3),
}


def missed(segment: Segment, kind: Kind, combiner: Combiner, order: Sequence[str]) -> int:
    """How many of the systems of `order` are not needed; their text has to be that of all."""
    for count in range(1, len(order)):
        missing = order[count:]
        known = {n: None if n in missing else text for n, text in segment.hypotheses.items()}
        partial = Segment(segment.source, known)
        if combiner.settled(Incomplete(partial, kind, [(name,) for name in missing])):
            texts = {combine(collect(s, kind), combiner).text for s in (partial, segment)}
            assert len(texts) == 1, (segment, order, count)
            return len(missing)
    return 0


def saved(
    segments: Iterable[Segment], kind: Kind, combiner: Combiner, orders: Iterable[Sequence[str]]
) -> float:
    """The share of the systems that is not needed, over all segments and orders."""
    orders = list(orders)
    counts = [missed(s, kind, combiner, order) for s in segments for order in orders]
    return sum(counts) / len(counts) / len(orders[0])


@pytest.fixture(scope="module")
def corrections(data: Path) -> list[Segment]:
    return list(read_folder(data / "gec" / "bea_dev", S7))[::20]


@pytest.mark.parametrize(
    ("name", "least"), [("plain", 0.2), ("weights", 0.1), ("competence", 0.0), ("three", 0.1)]
)
def test_corrections(corrections: list[Segment], name: str, least: float) -> None:
    orders = [Random(seed).sample(S7, len(S7)) for seed in range(3)]
    assert saved(corrections, "edits", VOTES[name], orders) > least


@pytest.mark.parametrize("combiner", [Majority(), SoftVote()], ids=["vote", "soft-vote"])
def test_answers_in_every_order(data: Path, combiner: Combiner) -> None:
    segments = list(read_folder(data / "llm" / "gsm8k" / "labels", LLMS))[::4]
    assert saved(segments, "labels", combiner, permutations(LLMS)) > 0.2


def test_whole_texts_that_all_differ_are_waited_for(data: Path) -> None:
    segments = list(read_folder(data / "llm" / "gsm8k", LLMS))[:100]
    assert saved(segments, "texts", Majority(), [LLMS]) < 0.05
