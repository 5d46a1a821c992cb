"""When a member should dissent: answers to GSM8K's questions, chosen by a policy, five folds.

Of four language models one or two are the member, and the others vote beside it. How it is trained
is chosen on other data, five language identifiers, by the mean over draws of three of them and a
member of the other two. Nothing of GSM8K is looked at in choosing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from benchmarks.labelled import LLMS
from benchmarks.labels import identified
from benchmarks.study import figure, signed
from benchmarks.table import data, publish
from ensemble.candidates.labels import label_key
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.assessment.judging import reward_combiners
from ensemble.diversity.assessment.trial import Trial, run_trial
from ensemble.diversity.config import CHOOSER, NO_MEMBER, ORACLE, UNTRAINED, VOTED, Config
from ensemble.diversity.data.dataset import Dataset, Versions
from ensemble.diversity.data.split import split
from ensemble.types import Array, Booleans, Integers
from evaluation.data.readers import read_lines
from evaluation.execution.progress import quietly
from evaluation.statistics.significance import paired_difference

COMMAND = "python -m benchmarks.dissent"
FOLDS, DRAWS, DRAW_FOLDS = 5, 3, 2
STARTS, VOTES, HOLDS = ("untouched", "chooser"), (1, 2), (0.1, 1.0)
TRAINED = "marginal"
SHOWN = (NO_MEMBER, UNTRAINED, VOTED, CHOOSER, TRAINED, ORACLE)

Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Design:
    """How a member is trained."""

    start: str
    votes: int
    hold: float


@dataclass(frozen=True)
class Tested:
    """One or more members on all m segments, each segment tested once.

    `combined` has (m, 3) of each way to train it, summed over members. `dissent` (members, m, 3) is
    whether the trained member answers unlike the vote of the others, and whether it is right there,
    and they are; `decisive` (members, m) whether any of its options changes the combined accuracy.
    """

    combined: Mapping[str, Array]
    dissent: Array
    decisive: Array


def main() -> None:
    """Print what each design gives elsewhere, and what the best gives on GSM8K."""
    folder = data("llm", "gsm8k", "labels")
    design = _chosen_elsewhere()
    answers = {name: read_lines(folder / f"{name}.txt") for name in LLMS}
    questions, right = (read_lines(folder / f"{name}.txt") for name in ("source", "target"))
    rows = []
    for size in (1, 2):
        members = list(combinations(LLMS, size))
        tested = [_tested(questions, right, answers, pool, design, FOLDS) for pool in members]
        rows += [_row(" or ".join(pool), t) for pool, t in zip(members, tested, strict=True)]
        rows.append(_row(f"mean of the {len(members)}", _pooled(tested)))
    note = (
        f"Accuracy on {len(right)} questions; each was tested once by a policy not trained on it; "
        "95% bootstrap over questions, paired. A member dissents where it answers unlike the vote "
        "of the others. Best: by an oracle that knows which option helps."
    )
    publish(COMMAND, rows, note)


def _chosen_elsewhere() -> Design:
    """Print the accuracy of each design on language identifiers, and return the best."""
    texts, truth, found = identified()
    chance = np.random.default_rng(14)
    pools = [tuple(chance.permutation(list(found))[:2].tolist()) for _ in range(DRAWS)]
    scores: dict[Design, float] = {}
    for design in (Design(*values) for values in product(STARTS, VOTES, HOLDS)):
        tested = [_tested(texts, truth, found, pool, design, DRAW_FOLDS) for pool in pools]
        scores[design] = _accuracy(_pooled(tested).combined[TRAINED])
    best = max(scores, key=scores.__getitem__)
    rows = [
        {"start": d.start, "votes": d.votes, "hold": f"{d.hold:g}", "accuracy": f"{score:.2f}"}
        for d, score in scores.items()
    ]
    note = f"Combined accuracy on {len(texts)} texts, {DRAWS} draws, {DRAW_FOLDS} folds."
    publish(COMMAND, rows, f"{note} Chosen: {best}.")
    return best


def _tested(
    sources: Sequence[str],
    right: Sequence[str],
    answers: Answers,
    pool: Sequence[str],
    design: Design,
    folds: int,
) -> Tested:
    """Return a member of the systems `pool`, trained `folds` times beside the other systems."""
    others = {name: texts for name, texts in answers.items() if name not in pool}
    versions = [
        dict(zip(pool, row, strict=True)) for row in zip(*(answers[n] for n in pool), strict=True)
    ]
    dataset = Dataset(sources, others, Versions(versions), references=[[text] for text in right])
    experiment = ExperimentData(_config(list(others), pool, design, folds), dataset)
    combined = {name: np.zeros((len(right), 3)) for name in SHOWN}
    dissent, decisive = np.zeros((1, len(right), 3)), np.zeros((1, len(right)))
    for seed in range(folds):
        parts = split(sources, experiment.config.split, seed)
        trial = run_trial(experiment, parts, seed, None, quietly)
        for name in SHOWN:
            combined[name][trial.rows] = trial.outcomes[name].combined
        dissent[0, trial.rows] = _dissent(trial)
        decisive[0, trial.rows] = _decisive(experiment, trial, parts.train)
    return Tested(combined, dissent, decisive)


def _config(others: Sequence[str], pool: Sequence[str], design: Design, folds: int) -> Config:
    plan: dict[str, Any] = {"method": "expectation", "hold": design.hold}
    return Config.model_validate(
        {
            "version": 1,
            "name": "dissent",
            "source": "source.txt",
            "reference": "target.txt",
            "outputs": {"kind": "labels"},
            "others": {"path": ".", "systems": others},
            "member": {"form": "pool", "path": ".", "systems": pool},
            "split": {"folds": folds},
            "start": design.start,
            "weight": design.votes,
            "lessons": {TRAINED: {"reward": {"terms": {"marginal": 1}}, "plan": plan}},
        }
    )


def _dissent(trial: Trial) -> Array:
    """Return where the trained member answers unlike the others' vote, and who is right, (m, 3)."""
    outputs = trial.outcomes[NO_MEMBER].outputs
    pairs = zip(trial.outcomes[TRAINED].texts, outputs, strict=True)
    differs = [text is not None and label_key(text) != label_key(other) for text, other in pairs]
    own, others = trial.outcomes[TRAINED].own, trial.outcomes[NO_MEMBER].combined
    table = np.stack([np.ones(len(differs)), own[:, 0], others[:, 0]], axis=1)
    return np.asarray(table * np.array(differs)[:, None])


def _decisive(experiment: ExperimentData, trial: Trial, train: Integers) -> Booleans:
    texts = experiment.version(trial.untrained, experiment.dataset.part(train))
    _, combiner = reward_combiners(experiment, train, texts)
    context = experiment.edits_of(trial.untrained, trial.rows)
    decisions = experiment.prepare(trial.rows, combiner, context).decisions
    decisive = np.zeros(len(trial.rows), dtype=bool)
    changing = decisions.combined[:, 0] != 0
    decisive[decisions.segment[decisions.decision[changing]]] = True
    return decisive


def _pooled(tested: Sequence[Tested]) -> Tested:
    """Return several members as one."""
    return Tested(
        {name: np.sum([t.combined[name] for t in tested], axis=0) for name in SHOWN},
        np.concatenate([t.dissent for t in tested]),
        np.concatenate([t.decisive for t in tested]),
    )


def _accuracy_of(sums: Array) -> Array:
    return np.asarray(100 * sums[..., 0] / np.maximum(sums[..., 2], 1))


def _accuracy(counts: Array) -> float:
    return float(_accuracy_of(counts.sum(axis=0)))


def _row(member: str, tested: Tested) -> dict[str, str]:
    combined = tested.combined
    row = {"member": member}
    for name in (NO_MEMBER, UNTRAINED, VOTED, CHOOSER):
        row[name] = f"{_accuracy(combined[name]):.2f}"
    row["trained"] = figure(combined[TRAINED], _accuracy_of)
    for name in (NO_MEMBER, UNTRAINED, CHOOSER):
        gain = paired_difference(combined[TRAINED], combined[name], _accuracy_of)
        row[f"against {name}"] = signed(gain)
    differs, right, others = tested.dissent.sum(axis=(0, 1)).astype(int).tolist()
    return row | {
        "best": f"{_accuracy(combined[ORACLE]):.2f}",
        "decisive": f"{100 * tested.decisive.mean():.1f}%",
        "dissents": f"{100 * tested.dissent[..., 0].mean():.1f}%",
        "right then": f"{right} of {differs}",
        "the others then": f"{others} of {differs}",
    }


if __name__ == "__main__":
    main()
