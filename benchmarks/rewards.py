"""Which reward trains a member that helps its ensemble: designed on CoNLL-2014, tried on BEA-dev.

Where training starts and how many votes the member has is chosen first, as `benchmarks.design` does
it, for all rewards alike. Then each reward's own design (the strength of the pull to the start, the
coefficients, the rates of sampled training) is chosen on the same draws of teams of CoNLL-2014.
BEA-dev is looked at once, with one design for each reward: beside three frozen correctors, and
beside the embedded ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks import design
from benchmarks.design import Design, Lesson, Lessons
from benchmarks.table import data, publish
from ensemble.diversity.assessment.conclusion import (
    COMBINED,
    DISTANCE,
    GAIN,
    OVER_CHOOSER,
    OWN,
    Conclusion,
    conclude,
)
from ensemble.diversity.assessment.experiment_data import MEMBER, ExperimentData, labelled_ballots
from ensemble.diversity.assessment.trial import Trial, run_trial
from ensemble.diversity.config import CHOOSER, NO_MEMBER, UNTRAINED
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.data.split import split
from ensemble.types import Array
from evaluation.execution.progress import quietly
from evaluation.metrics.fscore import f_half

COMMAND = "python -m benchmarks.rewards"
SEEDS = 5
HOLDS = (0.1, 1.0, 10.0)
LAMBDAS, SHARES = (0.1, 0.3, 1.0), (1.0, 3.0)
SETS, GROUPS, RATES = (2, 4, 8), (4, 8), (0.001, 0.003)
SAMPLED = {"steps": 80000, "every": 8192, "slots": 256}
MARGINAL: Lesson = {"terms": {"marginal": 1}}
PRODUCT: Lesson = {"multiply": ["quality", "diversity"]}


class Tried(NamedTuple):
    """A reward in one design: its variant, and how strongly or how fast it trains."""

    reward: str
    variant: str
    level: str


def main() -> None:
    """Print what each design gives on CoNLL-2014, and what the best of each reward on BEA-dev."""
    data()
    chosen, lessons = choose()
    for name in ("bea_dev", "embedded"):
        judge(name, chosen, lessons)


def choose() -> tuple[Design, Lessons]:
    """Return the start and votes, and the lesson of each reward, that are best on CoNLL-2014."""
    first = {f"hold {hold:g}": _exact(MARGINAL, hold) for hold in HOLDS}
    starts = {one: max(design.mean_scores(one, first).values()) for one in design.DESIGNS}
    chosen = max(starts, key=starts.__getitem__)
    rows = [
        {"start": start, "votes": votes, "combined F0.5": f"{score:.2f}"}
        for (start, votes), score in starts.items()
    ]
    note = f"The reward marginal, the mean of {design.DRAWS} draws of teams, the best hold."
    publish(COMMAND, rows, note)
    tried = dict(_designs())
    named = {": ".join(key): lesson for key, lesson in tried.items()}
    scores = design.mean_scores(chosen, named)
    by_design = {key: scores[": ".join(key)] for key in tried}
    publish(COMMAND, _table(by_design), f"Combined F0.5 on CoNLL-2014, {_told(chosen)}.")
    best: dict[str, Lesson] = {}
    for key in sorted(tried, key=by_design.__getitem__):
        best[key.reward] = tried[key]
    return chosen, {reward: best[reward] for reward in dict.fromkeys(key.reward for key in tried)}


def judge(name: str, chosen: Design, lessons: Lessons) -> None:
    """Print what members trained by `lessons` give, each sentence tested once in all seeds."""
    config = design.configured(name, chosen, lessons)
    experiment_data = ExperimentData(config, read_dataset(config, quietly))
    trials = []
    for seed in range(SEEDS):
        parts = split(experiment_data.dataset.sources, config.split, seed)
        trials.append(run_trial(experiment_data, parts, seed, None, quietly))
    found = conclude(config, experiment_data, trials)
    members = [NO_MEMBER, UNTRAINED, CHOOSER, *lessons]
    rows = [_figures(found, trials, member) for member in members]
    publish(COMMAND, rows, f"{name}, {_told(chosen)}. 95% bootstrap, paired.")
    rows = [_proposals(experiment_data, trials, member) for member in members[1:]]
    note = "Right and wrong edits of each member, by how many of the others propose them too."
    publish(COMMAND, rows, f"{name}. {note}")


def _designs() -> Iterator[tuple[Tried, Lesson]]:
    """Yield each reward with each design that is tried for it."""
    for hold in HOLDS:
        for reward, variant, lesson in _rewards():
            yield Tried(reward, variant, f"hold {hold:g}"), _exact(lesson, hold)
    for rate in RATES:
        yield Tried("marginal, PPO", "", f"rate {rate:g}"), _sampled("ppo", rate)
        for group in GROUPS:
            tried = Tried("marginal, group", f"group of {group}", f"rate {rate:g}")
            yield tried, _sampled("group", rate, group=group)


def _rewards() -> Iterator[tuple[str, str, Lesson]]:
    """Yield each reward that is trained by the exact gradient, its variant, and the reward."""
    yield "marginal", "", MARGINAL
    for weight in LAMBDAS:
        terms: Lesson = {"terms": {"quality": 1, "diversity": weight}}
        yield "quality + diversity", f"lambda {weight:g}", terms
    yield "quality x diversity", "", PRODUCT
    for name, reward in _products():
        yield "product, designed", name, reward
    yield "marginal, gated", "", {**MARGINAL, "gate": "unsolved"}
    for k in SETS:
        yield "marginal, best of k", f"k = {k}", {**MARGINAL, "best_of": k}


def _products() -> Iterator[tuple[str, Lesson]]:
    """Yield other products than quality x diversity, by name."""
    for term in ("quality", "marginal", "sentence marginal"):
        for share in SHARES:
            product: Lesson = {"terms": {term: share}, "multiply": [term, "diversity"]}
            yield f"{term} x ({share:g} + diversity)", product
    yield "sentence marginal x diversity", {"multiply": ["sentence marginal", "diversity"]}
    yield "quality x diversity, gated", {**PRODUCT, "gate": "unsolved"}


def _exact(reward: Mapping[str, object], hold: float) -> Lesson:
    return {"reward": reward, "plan": {"method": "expectation", "hold": hold}}


def _sampled(method: str, rate: float, **more: int) -> Lesson:
    return {"reward": MARGINAL, "plan": {"method": method, "rate": rate, **SAMPLED, **more}}


def _table(scores: Mapping[Tried, float]) -> list[dict[str, str]]:
    """Return a row for each reward and variant."""
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for tried, score in scores.items():
        rows.setdefault((tried.reward, tried.variant), {})[tried.level] = score
    return [
        {
            "reward": reward,
            "variant": variant,
            "combined F0.5": "; ".join(f"{level}: {score:.2f}" for level, score in levels.items()),
        }
        for (reward, variant), levels in rows.items()
    ]


def _told(chosen: Design) -> str:
    start, votes = chosen
    return f"start {start}, votes {votes}"


def _figures(found: Conclusion, trials: Sequence[Trial], name: str) -> dict[str, str]:
    figures = {row.statistic: row for row in found.rows if row.name == name}
    cells = {"member": name}
    for statistic in (COMBINED, GAIN, OVER_CHOOSER, OWN, DISTANCE):
        sign = "+" if statistic.startswith("gain") else ""
        row = figures.get(statistic)
        cells[statistic] = (
            f"{row.value:{sign}.2f} ({row.low:{sign}.2f} to {row.high:{sign}.2f})" if row else ""
        )
    gains = [
        f_half(trial.outcomes[name].combined.sum(axis=0))
        - f_half(trial.outcomes[UNTRAINED].combined.sum(axis=0))
        for trial in trials
    ]
    cells["gain of the seeds"] = f"{min(gains):+.2f} to {max(gains):+.2f}"
    return cells


def _proposals(
    experiment_data: ExperimentData, trials: Sequence[Trial], name: str
) -> dict[str, str]:
    """Return how many right and wrong edits a member makes that 0, 1, ... others make too."""
    counts: Array = np.zeros((len(experiment_data.others) + 1, 2))
    for trial in trials:
        part = experiment_data.dataset.part(trial.rows)
        ballots, targets = labelled_ballots(part, trial.outcomes[name].texts, experiment_data.kind)
        for ballot, values in zip(ballots, targets.values, strict=True):
            for candidate, value in zip(ballot.candidates, values.tolist(), strict=True):
                if MEMBER in candidate.voters:
                    counts[len(candidate.voters) - 1, int(value <= 0)] += 1
    cells = {f"{n} others": f"{right:.0f}, {wrong:.0f}" for n, (right, wrong) in enumerate(counts)}
    return {"member": name, **cells}


if __name__ == "__main__":
    main()
