"""Calls and time saved by answers given before all systems have answered, and the score they cost.

Systems answer from files, in simulated time: each call takes a time of its own, drawn from a
log-normal distribution with a median of one second. Systems are ranked by the even segments, for
the order of a cascade; the figures are those of the odd segments.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from benchmarks.labelled import LLMS
from benchmarks.study import VOTE, bea_gold, figure, pooled, signed
from benchmarks.table import SETS, data, publish
from ensemble.candidates import Kind, collect
from ensemble.candidates.incomplete import Incomplete, Slot
from ensemble.candidates.labels import label_key
from ensemble.combiners.base import Combiner, combine, is_settled
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.systems.ask import Answer
from ensemble.systems.waiting import Plan, ask_as_planned
from ensemble.training.cross_validation import YARDSTICKS
from evaluation.data.readers import read_folder, read_lines
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.records import Segment
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

SEEDS = (1, 2, 3)
SPREAD = 0.6  # of the logarithms of the times; one call in twenty takes 2.7 s or more


@dataclass
class Replay:
    """Segments with the outputs of all systems, and the score of an output, which adds up."""

    name: str
    segments: Sequence[Segment]
    kind: Kind
    combiner: Combiner
    score: Callable[[int, str | None], Sequence[float]]
    texts: dict[tuple[int, frozenset[str]], str | None] = field(init=False, default_factory=dict)
    certain: dict[tuple[int, frozenset[str], frozenset[str]], bool] = field(
        init=False, default_factory=dict
    )

    @property
    def systems(self) -> list[str]:
        """The systems, in the order that settles ties."""
        return list(self.segments[0].hypotheses)

    def text(self, i: int, answered: frozenset[str]) -> str | None:
        """Return what the combiner makes of the outputs of some systems for segment `i`."""
        key = i, answered
        if key not in self.texts:
            ballot = collect(self._known(i, answered), self.kind)
            self.texts[key] = combine(ballot, self.combiner).text
        return self.texts[key]

    def settled(self, i: int, answered: frozenset[str], missing: Sequence[Slot]) -> bool:
        """Return whether the missing systems cannot change the text of segment `i`."""
        key = i, answered, frozenset(chain.from_iterable(missing))
        if key not in self.certain:
            incomplete = Incomplete(self._known(i, answered), self.kind, missing)
            self.certain[key] = is_settled(self.combiner, incomplete)
        return self.certain[key]

    def ranked(self) -> list[str]:
        """Return the systems by their own scores on the even segments, the best first."""
        statistic = YARDSTICKS["edits" if self.kind == "edits" else "labels"].statistic

        def alone(name: str) -> float:
            places = range(0, len(self.segments), 2)
            own = [self.score(i, self.segments[i].hypotheses[name]) for i in places]
            return float(statistic(np.sum(own, axis=0, dtype=float)))

        return sorted(self.systems, key=alone, reverse=True)

    def _known(self, i: int, answered: frozenset[str]) -> Segment:
        segment = self.segments[i]
        texts = {n: text if n in answered else None for n, text in segment.hypotheses.items()}
        return replace(segment, hypotheses=texts)


class Run(NamedTuple):
    """The results of asking by a plan for each of m odd segments.

    `rows` (m, k) is what it adds to the score; `asked` and `waited` (m,) count systems; `seconds`
    (m,) is the time until the answer; `differs` (m,) tells whether the text is another one.
    """

    rows: Array
    asked: Array
    waited: Array
    seconds: Array
    differs: Array


class SimulatedTime(asyncio.SelectorEventLoop):
    """An event loop in which time passes only while nothing is to be done, and then at once."""

    def __init__(self) -> None:
        super().__init__(_Selector(self))
        self.now = 0.0

    def time(self) -> float:
        """Return the simulated time in seconds."""
        return self.now


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: SimulatedTime) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        self._loop.now += timeout or 0.0
        return super().select(0)


def run(replay: Replay, plan: Callable[[np.random.Generator], Plan], seed: int) -> Run:
    """Ask about each odd segment by the plan that `plan` makes for it."""
    generator = np.random.default_rng(seed)
    loop = SimulatedTime()
    everyone = frozenset(replay.systems)
    found = []
    for i in range(1, len(replay.segments), 2):
        times = np.exp(SPREAD * generator.standard_normal(len(replay.systems)))
        taken = dict(zip(replay.systems, times.tolist(), strict=True))
        began = loop.time()
        answers = loop.run_until_complete(_asked(replay, i, plan(generator), taken))
        answered = frozenset(name for name, answer in answers.items() if answer.status == "ok")
        asked = sum(answer.status != "not asked" for answer in answers.values())
        differs = replay.text(i, answered) != replay.text(i, everyone)
        row = replay.score(i, replay.text(i, answered))
        found.append((row, asked, len(answered), loop.time() - began, differs))
    loop.close()
    return Run(*(np.array(column, dtype=float) for column in zip(*found, strict=True)))


async def _asked(
    replay: Replay, i: int, plan: Plan, seconds: Mapping[str, float]
) -> dict[str, Answer]:
    hypotheses = replay.segments[i].hypotheses

    async def ask_one(name: str) -> Answer:
        await asyncio.sleep(seconds[name])
        return Answer(hypotheses[name], "ok", None, 1000 * seconds[name])

    async def settled(answers: Mapping[str, Answer], missing: Sequence[Slot]) -> bool:
        return replay.settled(i, frozenset(answers), missing)

    return await ask_as_planned(plan, ask_one, settled)


def cascade(order: Sequence[str], first: int, step: int) -> Plan:
    """Return a plan with the first few systems of `order` at once, the others by steps."""
    rest = [order[at : at + step] for at in range(first, len(order), step)]
    return Plan([order[:first], *rest])


Plans = Mapping[str, Callable[[np.random.Generator], Plan]]


def plans(replay: Replay, quorums: Sequence[int]) -> Plans:
    """Return the plans that are compared, by name, the one that waits for all first."""
    names, best = replay.systems, replay.ranked()
    half = len(names) // 2 + len(names) % 2
    worst = best[::-1]
    made: dict[str, Callable[[np.random.Generator], Plan]] = {
        "all": lambda _: Plan([names]),
        "settled": lambda _: Plan([names], settled=True),
    }
    cascades: Plans = {
        f"{half} best, then 1 by 1": lambda _: cascade(best, half, 1),
        f"{half} best, then all": lambda _: cascade(best, half, len(names)),
        f"{half} weakest, then 1 by 1": lambda _: cascade(worst, half, 1),
        f"{half} at random, then 1 by 1": lambda generator: cascade(
            [names[k] for k in generator.permutation(len(names))], half, 1
        ),
    }
    if replay.kind != "texts":  # nothing is certain about whole texts before the last
        made |= cascades
    for quorum in quorums:
        for grace in (0.0, 0.5):
            plan = Plan([names], settled=True, quorum=quorum, grace_s=grace)
            label = f"settled, or {quorum} and {grace:g} s"
            made[label] = lambda _, plan=plan: plan  # type: ignore[misc]
    return made


def main() -> None:
    """Print the table; about ten minutes."""
    rows = []
    for replay, quorums in replays():
        runs = {
            name: [run(replay, plan, seed) for seed in SEEDS]
            for name, plan in plans(replay, quorums).items()
        }
        rows += list(_rows(replay, runs))
    note = (
        f"Odd segments; times log-normal, median 1 s, spread {SPREAD}; seeds {SEEDS}. Edits:"
        " MaxMatch F0.5; labels and texts: accuracy. 95% bootstrap over segments."
    )
    publish("python -m benchmarks.waiting", rows, note)


def _rows(replay: Replay, runs: Mapping[str, Sequence[Run]]) -> Iterator[dict[str, str]]:
    statistic = YARDSTICKS["edits" if replay.kind == "edits" else "labels"].statistic
    everyone = pooled([run.rows for run in runs["all"]])
    for name, by_seed in runs.items():
        rows = pooled([run.rows for run in by_seed])
        gain = signed(paired_difference(rows, everyone, statistic)) if name != "all" else ""
        count = len(replay.systems)
        seconds = np.concatenate([run.seconds for run in by_seed])
        yield {
            "answers": replay.name,
            "asked": name,
            "calls saved": _saved([run.asked for run in by_seed], count),
            "answers not waited for": _saved([run.waited for run in by_seed], count),
            "outputs changed": f"{np.mean([run.differs for run in by_seed]):.2%}",
            "score": figure(rows, statistic).replace("**", ""),
            "against all": gain,
            "median, s": f"{np.median(seconds):.2f}",
            "95%, s": f"{np.quantile(seconds, 0.95):.2f}",
        }


def _saved(counts: Sequence[Array], systems: int) -> str:
    """Return the share of the systems that are not counted, with an interval over segments."""
    shares = 100 * (1 - np.mean(counts, axis=0) / systems)
    draws = np.random.default_rng(0).integers(len(shares), size=(1000, len(shares)))
    low, high = np.quantile(shares[draws].mean(axis=1), [0.025, 0.975])
    if not shares.any():
        return "0%"
    return f"{shares.mean():.1f}% ({low:.1f} to {high:.1f})"


def replays() -> Iterator[tuple[Replay, Sequence[int]]]:
    """Yield the sets of outputs, each with the quorums that are tried."""
    for label, quorums in (("S7", (4, 5, 6)), ("S4", (3,))):
        segments = list(read_folder(data("gec", "bea_dev"), SETS[label]))
        yield Replay(f"{label}, edits", segments, "edits", VOTE, _corrected(segments)), quorums
    folder = data("llm", "gsm8k", "labels")
    labels = list(read_folder(folder, LLMS))
    truth = read_lines(folder / "target.txt")
    by_name = Replay("GSM8K, labels", labels, "labels", VOTE, _same(truth))
    yield by_name, (2, 3)
    order = by_name.ranked()
    turned = [replace(s, hypotheses={n: s.hypotheses[n] for n in order}) for s in labels]
    yield replace(by_name, name="GSM8K, labels, the best named first", segments=turned), (2, 3)
    texts = list(read_folder(data("llm", "gsm8k"), LLMS))
    rated = Replay("GSM8K, texts", texts, "texts", MinimumBayesRisk(), _rated(texts, labels, truth))
    yield rated, (2, 3)


def _corrected(segments: Sequence[Segment]) -> Callable[[int, str | None], Sequence[float]]:
    """Return what a text adds to MaxMatch's counts; BEA-dev has one annotator."""
    gold, metric = bea_gold(), MaxMatch()
    known: dict[tuple[int, str], Sequence[float]] = {}

    def score(i: int, text: str | None) -> Sequence[float]:
        text = segments[i].source if text is None else text
        if (i, text) not in known:
            [counts] = metric.options(gold[i], text).values()
            known[i, text] = counts
        return known[i, text]

    return score


def _same(truth: Sequence[str]) -> Callable[[int, str | None], Sequence[float]]:
    return lambda i, label: (float(label_key(label or "") == label_key(truth[i])), 1.0)


def _rated(
    texts: Sequence[Segment], labels: Sequence[Segment], truth: Sequence[str]
) -> Callable[[int, str | None], Sequence[float]]:
    """Return whether the final answer of a text is right, by the label of the system it is from."""
    right = _same(truth)

    def score(i: int, text: str | None) -> Sequence[float]:
        owner = next((n for n, own in texts[i].hypotheses.items() if own == text), None)
        return right(i, labels[i].hypotheses[owner] if owner else None)

    return score


if __name__ == "__main__":
    main()
