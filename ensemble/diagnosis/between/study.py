"""The study of the line between two models of one's own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from ensemble.diagnosis.between.config import Between
from ensemble.diagnosis.between.models import Pair, measure_of, read_pair
from ensemble.diagnosis.interpolation.interpolate import Measure, Walk, walk
from ensemble.diagnosis.interpolation.members import ENOUGH, ENOUGH_LOSS
from ensemble.diagnosis.interpolation.permutations import matched, units_of
from ensemble.diagnosis.interpolation.rows import rows_of
from ensemble.diagnosis.interpolation.shape import bump, instability, monotone
from ensemble.diagnosis.result import Diagnosis
from ensemble.types import Array
from evaluation.data.readers import read_ratings
from evaluation.execution.progress import Progress
from evaluation.reporting.page import Section
from evaluation.reporting.table import Row, Table, sign

CONFIG = Between


class Found(NamedTuple):
    """The walks, as the weights are and once their units are in one order, and what they put out.

    `accuracies` are of the first data: either model's, the soup's, of the outputs combined, and
    `disagreement` the share of texts on which the two differ; none of a language model.
    """

    walks: Mapping[str, Walk]
    accuracies: Mapping[str, float]


def run(config: Between, kept: Path | None, progress: Progress) -> Diagnosis:
    """Walk the line; it takes as long as `points` evaluations, so that nothing is `kept`.

    Raises:
        DataError: a file or a folder is missing or not as it should be.
        ValueError: the models are of two architectures, hold what is no finite number, or keep
            running statistics; or no units are known to permute.
    """
    models, plan = config.models, config.plan
    pair = read_pair(config.root / models.first, config.root / models.second, models.kind)
    measures = {
        name: measure_of(pair, config.root / file, models.kind, (plan.texts, plan.tokens),
                         plan.batch)
        for name, file in config.texts.items()
    }  # fmt: skip
    found = _measured(config, pair, measures, progress)
    trained = models.ends == "members"
    rows = [row for name, one in found.walks.items() for row in rows_of(name, one, trained)]
    rows += [Row("models", "accuracy", name, value) for name, value in found.accuracies.items()]
    signature = sign(f"between {config.name}", {**plan.model_dump(), "ends": models.ends})
    verdicts = [_verdict(name, one, trained) for name, one in found.walks.items()]
    return Diagnosis(
        "between",
        config.name,
        tuple(verdicts),
        tuple(_notes(found)),
        Table(rows, signature),
        {name: _curves(one) for name, one in found.walks.items()},
        lambda: _sections(found),
    )


def _measured(
    config: Between, pair: Pair, measures: Mapping[str, Measure], progress: Progress
) -> Found:
    plan = config.plan

    def between(second: Mapping[str, torch.Tensor], what: str) -> Walk:
        return walk(pair.model, pair.first, second, measures, plan.points, plan.beyond,
                    progress=lambda at: progress(at, what))  # fmt: skip

    walks = {"as they are": between(pair.second, "The line")}
    if plan.permute:
        second = matched(pair.first, pair.second, units_of(pair.model), plan.seed)
        name = "hidden units in one order"
        walks[name] = between(second, "The line, units in one order")
    if config.models.kind == "causal":
        return Found(walks, {})
    name, file = next(iter(config.texts.items()))
    labels = np.array([label for _, label in read_ratings(config.root / file)][: plan.texts])
    return Found(walks, _accuracies(pair, measures[name], labels))


@torch.no_grad()
def _accuracies(pair: Pair, measure: Measure, labels: Array) -> dict[str, float]:
    """Return what either model gets right, their mean in weights, and in what they put out."""
    from copy import deepcopy

    model, said = deepcopy(pair.model), []
    middle = {name: torch.lerp(tensor, pair.second[name], 0.5) if tensor.is_floating_point()
              else tensor for name, tensor in pair.first.items()}  # fmt: skip
    for state in (pair.first, pair.second, middle):
        model.load_state_dict(state)
        logits = torch.from_numpy(np.asarray(measure(model).outputs))
        said.append(logits.softmax(dim=-1).numpy())
    one, other, soup = (probable.argmax(axis=1) for probable in said)
    answers = {"first": one, "second": other, "soup": soup,
               "outputs combined": (said[0] + said[1]).argmax(axis=1)}  # fmt: skip
    found = {name: float((answer == labels).mean()) for name, answer in answers.items()}
    return {**found, "disagreement": float((one != other).mean())}


def _verdict(name: str, found: Walk, trained: bool) -> str:
    data = next(iter(found.counts))
    inside = (found.at >= 0) & (found.at <= 1)
    at, loss, error = found.at[inside], found.loss(data)[inside], found.error(data)[inside]
    if not trained:
        how = "falls all the way" if bool(monotone(loss)) else "does not fall all the way"
        return f"{name}: the loss on {data} {how}; its largest rise is {float(bump(loss)):.3f}"
    higher, wrong = float(instability(at, loss)), float(instability(at, error))
    none = wrong <= ENOUGH and higher <= ENOUGH_LOSS
    advice = "no barrier: average the weights" if none else "a barrier: combine what they put out"
    there = f"{wrong:+.3f} of error and {higher:+.3f} of loss on {data}"
    return f"{name}: in the middle, {there}; {advice}"


def _notes(found: Found) -> Iterator[str]:
    if found.accuracies:
        said = ", ".join(f"{name} {value:.3f}" for name, value in found.accuracies.items())
        yield f"accuracy on the first data, and how often the two disagree: {said}"
    if all(one.distance == 0 for one in found.walks.values()):
        yield "the two models have the same weights"


def _curves(found: Walk) -> dict[str, object]:
    losses = {f"{data} loss": found.loss(data) for data in found.counts}
    errors = {f"{data} error": found.error(data) for data in found.counts}
    return {"at": found.at, **losses, **errors, "distance": found.distance}


def _sections(found: Found) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    for quantity in ("loss", "error"):
        series = {
            f"{data}, {name}": Series(one.loss(data) if quantity == "loss" else one.error(data))
            for name, one in found.walks.items()
            for data in one.counts
        }
        at = next(iter(found.walks.values())).at.tolist()
        drawing = curves(at, series, "way from the first model to the second", quantity)
        yield Section(f"The {quantity} on the line", (), drawing)
