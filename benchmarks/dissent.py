"""When a member should dissent: answers and translations chosen by a policy, five folds.

Of four language models one or two are the member, and the others vote beside it (GSM8K). How it is
trained is chosen on other data, five language identifiers, by the mean over draws of three of them
and a member of the other two; nothing of GSM8K is looked at in choosing. By the same design, with
one vote as `mbr` counts them, a member translates beside three others, drawn from the systems of
WMT21, Chinese to English.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, NamedTuple

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

SYSTEMS, SEGMENTS = 5, 1000  # of WMT21

Answers = Mapping[str, Sequence[str]]
Outputs = Mapping[str, object]
LABELS: Outputs = {"kind": "labels"}
TEXTS: Outputs = {"kind": "texts"}


class Material(NamedTuple):
    """Sources, right outputs, the outputs of all systems by name, and their kind."""

    sources: Sequence[str]
    right: Sequence[str]
    answers: Answers
    outputs: Outputs


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
    whether the trained member answers unlike the combined output of the others, and the worth of
    its answer there, and of theirs; `decisive` (members, m) whether any of its options changes the
    worth of the combined output.
    """

    combined: Mapping[str, Array]
    dissent: Array
    decisive: Array


def main() -> None:
    """Print what each design gives elsewhere, and what the best gives on GSM8K."""
    answers = _answers()
    design = _chosen_elsewhere()
    rows = []
    for size in (1, 2):
        rows += _rows(answers, list(combinations(LLMS, size)), design)
    note = (
        "each segment was tested once by a policy not trained on it; 95% bootstrap over segments, "
        "paired. A member dissents where it answers unlike the combined output of the others. "
        "Best: by an oracle that knows which option helps."
    )
    publish(COMMAND, rows, f"Accuracy on {len(answers.right)} questions; {note}")
    translations = _translations()
    names = list(translations.answers)
    chance = np.random.default_rng(21)
    drawn = [chance.permutation(names)[:SYSTEMS].tolist() for _ in range(DRAWS)]
    rows = _rows(translations, [tuple(five[:2]) for five in drawn], replace(design, votes=1), drawn)
    publish(COMMAND, rows, f"chrF, the mean of {len(translations.right)} segments; {note}")


def _answers() -> Material:
    folder = data("llm", "gsm8k", "labels")
    questions, right = (read_lines(folder / f"{name}.txt") for name in ("source", "target"))
    answers = {name: read_lines(folder / f"{name}.txt") for name in LLMS}
    return Material(questions, right, answers, LABELS)


def _translations() -> Material:
    folder = data("mt", "wmt21_zhen")
    files = sorted(folder.glob("hyp.*.en"))
    sources, right = (read_lines(folder / name)[:SEGMENTS] for name in ("src.zh", "ref.A.en"))
    answers = {file.name.split(".")[1]: read_lines(file)[:SEGMENTS] for file in files}
    return Material(sources, right, answers, TEXTS)


def _rows(
    material: Material,
    members: Sequence[Sequence[str]],
    design: Design,
    among: Sequence[Sequence[str]] = (),
) -> list[dict[str, str]]:
    """Return a row for each of `members` beside the other systems, of all or of those `among`."""
    tested = []
    for number, pool in enumerate(members):
        answers = material.answers
        if among:
            answers = {name: answers[name] for name in among[number]}
        tested.append(_tested(material._replace(answers=answers), pool, design, FOLDS))
    rows = [_row(" or ".join(pool), t) for pool, t in zip(members, tested, strict=True)]
    return [*rows, _row(f"mean of the {len(members)}", _pooled(tested))]


def _chosen_elsewhere() -> Design:
    """Print the accuracy of each design on language identifiers, and return the best."""
    texts, truth, found = identified()
    material = Material(texts, truth, found, LABELS)
    chance = np.random.default_rng(14)
    pools = [tuple(chance.permutation(list(found))[:2].tolist()) for _ in range(DRAWS)]
    scores: dict[Design, float] = {}
    for design in (Design(*values) for values in product(STARTS, VOTES, HOLDS)):
        tested = [_tested(material, pool, design, DRAW_FOLDS) for pool in pools]
        scores[design] = _accuracy(_pooled(tested).combined[TRAINED])
    best = max(scores, key=scores.__getitem__)
    rows = [
        {"start": d.start, "votes": d.votes, "hold": f"{d.hold:g}", "accuracy": f"{score:.2f}"}
        for d, score in scores.items()
    ]
    note = f"Combined accuracy on {len(texts)} texts, {DRAWS} draws, {DRAW_FOLDS} folds."
    publish(COMMAND, rows, f"{note} Chosen: {best}.")
    return best


def _tested(material: Material, pool: Sequence[str], design: Design, folds: int) -> Tested:
    """Return a member of the systems `pool`, trained `folds` times beside the other systems."""
    sources, right, answers, outputs = material
    others = {name: texts for name, texts in answers.items() if name not in pool}
    rows = zip(*(answers[name] for name in pool), strict=True)
    versions = Versions([dict(zip(pool, row, strict=True)) for row in rows])
    dataset = Dataset(sources, others, versions, references=[[text] for text in right])
    experiment = ExperimentData(_config(list(others), pool, design, folds, outputs), dataset)
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


def _config(
    others: Sequence[str], pool: Sequence[str], design: Design, folds: int, outputs: Outputs
) -> Config:
    plan: dict[str, Any] = {"method": "expectation", "hold": design.hold}
    return Config.model_validate(
        {
            "version": 1,
            "name": "dissent",
            "source": "source.txt",
            "reference": "target.txt",
            "outputs": outputs,
            "others": {"path": ".", "systems": others},
            "member": {"form": "pool", "path": ".", "systems": pool},
            "split": {"folds": folds},
            "start": design.start,
            "weight": design.votes,
            "lessons": {TRAINED: {"reward": {"terms": {"marginal": 1}}, "plan": plan}},
        }
    )


def _dissent(trial: Trial) -> Array:
    """Return where the trained member answers unlike the others, and the worth of both, (m, 3)."""
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
    differs, right, others = tested.dissent.sum(axis=(0, 1)).tolist()
    return row | {
        "best": f"{_accuracy(combined[ORACLE]):.2f}",
        "decisive": f"{100 * tested.decisive.mean():.1f}%",
        "dissents": f"{100 * tested.dissent[..., 0].mean():.1f}%",
        "right then": f"{right:.4g} of {differs:g}",
        "the others then": f"{others:.4g} of {differs:g}",
    }


if __name__ == "__main__":
    main()
