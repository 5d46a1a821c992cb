"""How to train a member, chosen on CoNLL-2014 and tried once on BEA-dev.

The teams of CoNLL-2014's first eight places are drawn into three others and a member's pool, as
often as there are `DRAWS`. The design under which the ensemble with the trained member is best
there, on the mean of the draws, is the one that BEA-dev is trained by. Nothing of BEA-dev is looked
at in choosing; that the designs are these was thought of by people who had seen it.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.table import data, publish
from ensemble.diversity.assessment.conclusion import COMBINED, GAIN, Conclusion
from ensemble.diversity.config import CHOOSER, UNTRAINED, Config, read_config
from ensemble.diversity.run import run
from evaluation.execution.progress import quietly

CONFIGS = Path(__file__).parents[1] / "configs" / "diversity"
TEAMS = ("CAMB", "CUUI", "AMU", "POST", "NTHU", "RAC", "UMC", "PKU")
DRAWS, FOLDS = 2, 3
SEEDS = 5
HOLDS, LAMBDAS = (0.1, 1.0), (0.0, 0.1)
DESIGNS = list(product(("untouched", "chooser"), (1, 2)))

Design = tuple[str, int]
"""The start of training, and the member's votes."""

Lesson = dict[str, object]
"""A reward and a plan, as a configuration has them."""

Lessons = Mapping[str, Lesson]


def main() -> None:
    """Print what each design gives on CoNLL-2014, and what the best gives on BEA-dev."""
    data()
    scores = {design: mean_scores(design, LESSONS) for design in DESIGNS}
    rows = [
        {"start": start, "votes": votes, **_shown(scores[start, votes])} for start, votes in DESIGNS
    ]
    note = f"Combined F0.5 with the trained member, the mean of {DRAWS} draws, {FOLDS} folds each."
    publish("python -m benchmarks.design", rows, note)
    design = max(scores, key=lambda one: max(scores[one].values()))
    lesson = max(scores[design], key=scores[design].__getitem__)
    found = run(configured("bea_dev", design, {lesson: LESSONS[lesson]}), quietly, SEEDS)
    figures = [_figures(found, name) for name in (UNTRAINED, CHOOSER, lesson)]
    start, votes = design
    told = f"BEA-dev, by the design chosen there: start {start}, votes {votes}."
    publish("python -m benchmarks.design", figures, f"{told} Seed by seed: {_each(found)}.")


def mean_scores(design: Design, lessons: Lessons) -> dict[str, float]:
    """Return the combined F0.5 of each lesson on CoNLL-2014, the mean of all draws."""
    chance = np.random.default_rng(14)
    drawn = [chance.permutation(TEAMS).tolist() for _ in range(DRAWS)]
    runs = [run(configured("conll14", design, lessons, t), quietly, FOLDS) for t in drawn]
    return {
        name: float(np.mean([found.figure(name, COMBINED).value for found in runs]))
        for name in lessons
    }


def configured(name: str, design: Design, lessons: Lessons, teams: Sequence[str] = ()) -> Config:
    """Return the configuration `name` with another design and lessons, and other teams, if any."""
    start, votes = design
    settings = [f"start={start}", f"weight={votes}", "sweep=null"]
    settings.append(f"lessons={json.dumps(lessons)}")
    if teams:
        settings.append(f"split.folds={FOLDS}")
        settings.append(f"others.systems={json.dumps(teams[:3])}")
        settings.append(f"member.systems={json.dumps(teams[3:])}")
    return read_config(CONFIGS / f"{name}.yaml", settings)


def _lesson(hold: float, weight: float) -> Lesson:
    terms = {"marginal": 1.0} | ({"diversity": weight} if weight else {})
    return {"reward": {"terms": terms}, "plan": {"method": "expectation", "hold": hold}}


LESSONS = {f"hold {h:g}, lambda {w:g}": _lesson(h, w) for h, w in product(HOLDS, LAMBDAS)}


def _shown(scores: dict[str, float]) -> dict[str, str]:
    return {lesson: f"{value:.2f}" for lesson, value in scores.items()}


def _each(found: Conclusion) -> str:
    return ", ".join(f"{gain:+.2f}" for gain in found.gains)


def _figures(found: Conclusion, name: str) -> dict[str, str]:
    made = found.figure(name, COMBINED)
    score = f"**{made.value:.2f}** ({made.low:.2f} to {made.high:.2f})"
    row = {"member": name, "combined F0.5": score, "against the untouched": ""}
    if name != UNTRAINED:
        gain = found.figure(name, GAIN)
        row["against the untouched"] = f"{gain.value:+.2f} ({gain.low:+.2f} to {gain.high:+.2f})"
    return row


if __name__ == "__main__":
    main()
