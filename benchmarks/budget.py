"""Questions asked of judges against the accuracy kept, on answers of four language models.

The judges' known scores are replayed as if each had to be asked: about the segments whose outcome
they can change, closest first, or about all segments in random order (GSM8K). With the name of an
SVG file, the curves are drawn too.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.judges import FOLDS, labelled_segments
from benchmarks.labelled import LLMS
from benchmarks.study import SEEDS, figure, pooled, signed
from benchmarks.table import publish
from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.registry import create
from ensemble.judges.contested import Ranges, contest
from ensemble.targets import Targets, folds_of, subset
from ensemble.training.cross_validation import YARDSTICKS, counts
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array, Integers

SHARES = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
DRAWS = 5
CLOSEST, RANDOM = "contested, closest first", "all, in random order"
LEARNERS = ("no labels", "trained")


class Replay(NamedTuple):
    """The score that each of m segments adds with and without judges, and the questions it takes.

    `without` and `asked` have the shape (m, 2); `questions` (m,) counts the judges that can change
    the outcome, and `margin` (m,) is how near it is to another one.
    """

    without: Array
    asked: Array
    questions: Array
    margin: Array

    def closest(self, budget: float) -> Array:
        """Return what each segment adds if judges are asked where they matter, closest first."""
        contested = np.flatnonzero(self.questions)
        order = contested[np.argsort(self.margin[contested], kind="stable")]
        return self._spent(order, self.questions, budget)

    def random(self, budget: float, seed: int) -> Array:
        """Return what each segment adds if all judges are asked about segments drawn at random."""
        order = np.random.default_rng(seed).permutation(len(self.without))
        return self._spent(order, np.full(len(order), float(len(LLMS))), budget)

    def _spent(self, order: Integers, questions: Array, budget: float) -> Array:
        within = order[np.cumsum(questions[order]) <= budget]
        added = self.without.copy()
        added[within] = self.asked[within]
        return added

    @property
    def all(self) -> float:
        """The questions to all judges about all segments."""
        return float(len(self.without) * len(LLMS))


def main() -> None:
    """Print the table, and draw the curves into the file that is named; about 20 minutes."""
    rows, curves = [], {}
    for kind, segments, labelled in labelled_segments():
        ballots, targets = labelled(segments)
        for learner in LEARNERS:
            replays = [_replay(ballots, targets, learner, seed) for seed in SEEDS]
            found = {CLOSEST: _closest(replays), RANDOM: _random(replays)}
            for order, by_share in found.items():
                row = _row(ballots, by_share, found[RANDOM][1.0])
                shown = f"{kind}, {learner}"
                rows.append({"answers": shown, "asked": order, **row, **_most(replays, order)})
                print(rows[-1], file=sys.stderr, flush=True)
                curves[shown, order] = [_mean(ballots, added) for added in by_share.values()]
    note = (
        f"Accuracy on 400 texts; 100% are {len(LLMS)} judges on each of them. 95% bootstrap "
        f"over texts; {FOLDS} folds, seeds {SEEDS}, {DRAWS} random orders each."
    )
    publish("python -m benchmarks.budget", rows, note)
    if len(sys.argv) > 1:
        draw(curves, Path(sys.argv[1]))


def _replay(ballots: Sequence[Ballot], targets: Targets, learner: str, seed: int) -> Replay:
    """Judge each segment by a combiner that has learnt from the other folds."""
    fold = folds_of(ballots, FOLDS, seed, targets.groups)
    parts: dict[int, tuple[Array, Array, float, float]] = {}
    for k in np.unique(fold).tolist():
        others = subset(ballots, targets, np.flatnonzero(fold != k))
        held_out = np.flatnonzero(fold == k)
        combiner: Combiner = (
            Neural.learn(*others, seed=seed)
            if learner == "trained"
            else create("neural").fit(others[0])
        )
        rows = _judged(*subset(ballots, targets, held_out), combiner, _ranges(others[0]))
        parts |= dict(zip(held_out.tolist(), rows, strict=True))
    columns = zip(*(parts[i] for i in range(len(ballots))), strict=True)
    return Replay(*map(np.array, columns))


def _judged(
    ballots: Sequence[Ballot], targets: Targets, combiner: Combiner, ranges: Ranges
) -> Iterator[tuple[Array, Array, float, float]]:
    """Yield for each segment what it adds without and with judges, their number, the margin."""
    bare = [replace(ballot, scores={}) for ballot in ballots]
    made = combine_all(bare, combiner)
    without, asked = counts(made, targets), counts(combine_all(ballots, combiner), targets)
    for i, ballot in enumerate(bare):
        found = contest(ballot, combiner, made[i], ranges)
        yield without[i], asked[i], float(len(found.judges)), found.margin


def _ranges(ballots: Sequence[Ballot]) -> Ranges:
    """Return the lowest and the highest score of each judge."""
    scores: dict[str, list[float]] = {}
    for ballot in ballots:
        for judge, given in ballot.scores.items():
            scores.setdefault(judge, []).extend(given.values())
    return {judge: (min(given), max(given)) for judge, given in scores.items() if given}


def _closest(replays: Sequence[Replay]) -> dict[float, Array]:
    return {s: pooled([r.closest(s * r.all) for r in replays]) for s in SHARES}


def _random(replays: Sequence[Replay]) -> dict[float, Array]:
    def drawn(share: float) -> Array:
        runs = [r.random(share * r.all, seed) for r in replays for seed in range(DRAWS)]
        return pooled(runs) / DRAWS

    return {share: drawn(share) for share in SHARES}


def _row(
    ballots: Sequence[Ballot], by_share: Mapping[float, Array], everything: Array
) -> dict[str, str]:
    _, statistic = YARDSTICKS[ballots[0].kind]
    row = {f"{share:.0%}": figure(added, statistic) for share, added in by_share.items()}
    for share in (0.1, 0.2):
        lost = paired_difference(by_share[share], everything, statistic)
        row[f"{share:.0%} against all"] = signed(lost)
    return row


def _most(replays: Sequence[Replay], order: str) -> dict[str, str]:
    """Return the share of questions that are asked where nothing limits them."""
    share = float(np.mean([r.questions.sum() / r.all for r in replays])) if order == CLOSEST else 1
    return {"asked without a limit": f"{share:.0%}"}


def _mean(ballots: Sequence[Ballot], added: Array) -> float:
    _, statistic = YARDSTICKS[ballots[0].kind]
    return float(statistic(added.sum(axis=0)))


def draw(curves: Mapping[tuple[str, str], Sequence[float]], path: Path) -> None:
    """Draw accuracy over the share of questions asked.

    Raises:
        ImportError: matplotlib is missing; it is in `consort[report]`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    panels = list(dict.fromkeys(shown for shown, _ in curves))
    drawn = Figure(figsize=(3.2 * len(panels), 3), layout="constrained")
    for axes, shown in zip(drawn.subplots(1, len(panels)), panels, strict=True):
        for order, style in ((CLOSEST, "o-"), (RANDOM, "s--")):
            axes.plot([100 * s for s in SHARES], curves[shown, order], style, label=order)
        axes.set(title=shown, xlabel="% of questions asked", ylabel="accuracy")
    drawn.axes[0].legend(fontsize="small")
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "budget"}):
        drawn.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
