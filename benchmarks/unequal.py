"""Unequal systems, and no labels: many of two kinds and one that edits at random; twins.

On BEA-dev, the output aligned afresh and scored by ERRANT.
"""

import random
from collections.abc import Mapping

from benchmarks.study import (
    SEEDS,
    VOTE,
    bea_yardstick,
    figure,
    outputs,
    pooled,
    signed,
)
from benchmarks.table import SETS, data, publish
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import Combiner
from ensemble.combiners.neural.combiner import Neural
from evaluation.data.readers import read_lines
from evaluation.metrics.fscore import f_half
from evaluation.records import Segment
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

DDC = ("edin", "kakao", "ori", "r2l", "sed", "toho", "weiqi1")
WORDS = ("the", "a", "of", ",", "to")
TWIN = "GECToR-2024"


def main() -> None:
    """Print the table; about fifteen minutes, nearly all of it ERRANT's."""
    texts = texts_of()
    rows = [
        _row("S7", "vote", [_counts(_ballots(texts, SETS["S7"]), VOTE)]),
        _row("seven of the diversity study", "vote", [_counts(_ballots(texts, DDC), VOTE)]),
    ]
    best = _counts(_ballots(texts, SETS["S7"]), VOTE)
    all_of_them = [_ballots({**texts, "random": random_output(texts, seed)},
                            (*SETS["S7"], *DDC, "random")) for seed in SEEDS]  # fmt: skip
    for name, combiner in (("vote", VOTE), ("neural, no labels", Neural())):
        runs = [_counts(ballots, combiner) for ballots in all_of_them]
        rows.append(_row("all fourteen and a random one", name, runs, best))
    twins = _ballots({**texts, **{f"twin {i}": texts[TWIN] for i in range(4)}},
                     (*SETS["S7"], *(f"twin {i}" for i in range(4))))  # fmt: skip
    for name, combiner in (("vote", VOTE), ("neural, no labels", Neural())):
        rows.append(_row(f"S7, {TWIN} five times", name, [_counts(twins, combiner)], best))
    publish("python -m benchmarks.unequal", rows, f"95% bootstrap over segments, seeds {SEEDS}.")


def texts_of() -> dict[str, list[str]]:
    """Return the sources and the outputs of all fourteen systems."""
    folders = {name: data("gec", "bea_dev_ddc") for name in DDC}
    folders |= {name: data("gec", "bea_dev") for name in (*SETS["S7"], "source")}
    return {name: read_lines(folder / f"{name}.txt") for name, folder in folders.items()}


def _ballots(texts: dict[str, list[str]], names: tuple[str, ...] | list[str]) -> list[Ballot]:
    rows = zip(texts["source"], *(texts[name] for name in names), strict=True)
    segments = [Segment(source, dict(zip(names, some, strict=True))) for source, *some in rows]
    return list(collect_all(segments, "edits"))


def random_output(texts: Mapping[str, list[str]], seed: int) -> list[str]:
    """Return the sources with words replaced, inserted and deleted at random."""
    chance = random.Random(seed)
    return [_disturbed(source.split(), chance) for source in texts["source"]]


def _disturbed(words: list[str], chance: random.Random) -> str:
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        place, what = chance.randrange(len(words)), chance.random()
        if what < 0.4:
            words[place] = chance.choice(words)
        elif what < 0.7:
            words.insert(place, chance.choice(WORDS))
        elif len(words) > 1:
            del words[place]
    return " ".join(words)


def _counts(ballots: list[Ballot], combiner: Combiner) -> Array:
    return bea_yardstick().counts(outputs(ballots, combiner))


def _row(
    systems: str, combiner: str, runs: list[Array], best: Array | None = None
) -> dict[str, object]:
    own = pooled(runs)
    against = None if best is None else paired_difference(own, best * len(runs), f_half)
    return {
        "systems": systems,
        "combiner": combiner,
        "F0.5": figure(own, f_half),
        "against the vote of S7": signed(against) if against else "",
    }


if __name__ == "__main__":
    main()
