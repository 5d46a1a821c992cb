"""The embedded correctors and what combining them gives, on sentences with planted errors.

`planted.tsv` was written for this project: an erroneous or clean sentence and its correction.
It is small on purpose and no test set of learners' English; the intervals say how small.
"""

import asyncio
from pathlib import Path

import numpy as np

from benchmarks.table import publish
from ensemble.baselines import AgreementVote, BestSingle, Majority, MinimumBayesRisk
from ensemble.candidates import collect_all
from ensemble.combiner import Combiner, combine_all
from ensemble.roster import Roster, read_roster
from ensemble.systems import ask
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import EditsF, gold_from_references
from evaluation.readers import read_lines
from evaluation.records import Segment

ROSTER = Path(__file__).parents[1] / "configs" / "systems" / "embedded.yaml"


def main() -> None:
    """Print the table; about a minute."""
    pairs = [line.split("\t") for line in read_lines(Path(__file__).parent / "planted.tsv")]
    sources, references = [source for source, _ in pairs], [[target] for _, target in pairs]
    roster = read_roster(ROSTER)
    segments = asyncio.run(_answers(roster, sources))
    texts = {name: [s.hypotheses[name] or s.source for s in segments] for name in _names(roster)}
    combiners: dict[str, Combiner] = {
        "vote, all alike": Majority(),
        "vote, by competence": roster.vote(),
        "agreement": AgreementVote(),
        "best single by agreement": BestSingle(),
        "mbr": MinimumBayesRisk(),
    }
    for label, combiner in combiners.items():
        ballots = list(collect_all(segments, combiner.kinds[0]))
        fitted = combiner.fit(ballots)
        texts[label] = [output.text or "" for output in combine_all(ballots, fitted)]
    gold = gold_from_references(sources, references)
    rows = [_row(label, Texts(given, sources, references, gold)) for label, given in texts.items()]
    publish("python -m benchmarks.embedded", rows, "95% bootstrap over segments.")


def _names(roster: Roster) -> list[str]:
    return [entry.name for entry in roster.entries]


async def _answers(roster: Roster, sources: list[str]) -> list[Segment]:
    systems = roster.systems()
    await asyncio.gather(*(system.start() for system in systems))
    try:
        answers = [await ask(systems, source, deadline_s=30) for source in sources]
    finally:
        await asyncio.gather(*(system.stop() for system in systems))
    return [
        Segment(source, {name: answer.text for name, answer in given.items()})
        for source, given in zip(sources, answers, strict=True)
    ]


def _row(label: str, texts: Texts) -> dict[str, object]:
    f, precision, recall = EditsF().corpus_score(texts).rows
    pairs = zip(texts.hypotheses, texts.references or (), strict=True)
    right = np.mean([hypothesis == references[0] for hypothesis, references in pairs])
    return {
        "output": label,
        "P": f"{precision.value:.1f}",
        "R": f"{recall.value:.1f}",
        "F0.5": f"**{f.value:.1f}** ({f.low:.1f} to {f.high:.1f})",
        "sentences exactly right": f"{100 * right:.0f}%",
    }


if __name__ == "__main__":
    main()
