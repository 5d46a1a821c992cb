"""The study of the line between two models, named `between`."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from ensemble.diagnosis.interpolation.interpolate import (
    LineOptions,
    LossCurve,
    Measure,
    interpolate,
)
from ensemble.diagnosis.interpolation.permutations import matched, units_of
from ensemble.diagnosis.interpolation.rows import rows_of
from ensemble.diagnosis.interpolation.shape import (
    BARRIER_ERROR,
    BARRIER_LOSS,
    bump,
    instability,
    monotone,
)
from ensemble.diagnosis.interpolation.states import State, midpoint
from ensemble.diagnosis.interpolation.two_models.config import Between
from ensemble.diagnosis.interpolation.two_models.models import Pair, measure_of, read_pair
from ensemble.diagnosis.result import study_report
from ensemble.types import Array
from evaluation.data.human_scores import read_ratings
from evaluation.execution.progress import Progress
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row, Table, sign

CONFIG = Between


class Results(NamedTuple):
    """The curves, by name: with the weights as they are, and with hidden units in one order.

    `accuracies` are of a classifier on the first data: of either model, of the mean of their
    weights (the soup), and of their outputs combined. `disagreement` is the share of texts on which
    the two models differ.
    """

    curves: Mapping[str, LossCurve]
    accuracies: Mapping[str, float]


def run(config: Between, folder: Path | None, progress: Progress) -> RunReport:
    """Measure the line; it takes no longer than `points` evaluations, so `folder` is not used.

    Raises:
        DataError: a file or a folder is missing or not as it should be.
        ValueError: the models are of two architectures, have weights that are not finite, or keep
            running statistics; or no units are known to permute.
    """
    models, plan = config.models, config.plan
    pair = read_pair(config.root / models.first, config.root / models.second, models.kind)
    measures = {
        name: measure_of(pair, config.root / file, models.kind, plan)
        for name, file in config.texts.items()
    }
    results = _measured(config, pair, measures, progress)
    trained = models.ends == "members"
    rows = [row for name, curve in results.curves.items() for row in rows_of(name, curve, trained)]
    rows += [Row("models", "accuracy", name, value) for name, value in results.accuracies.items()]
    signature = sign(f"between {config.name}", {**plan.model_dump(), "ends": models.ends})
    return study_report(
        "between",
        config.name,
        tuple(_verdict(name, curve, trained) for name, curve in results.curves.items()),
        tuple(_notes(results)),
        Table(rows, signature),
        {name: _json(curve) for name, curve in results.curves.items()},
        lambda: _sections(results),
    )


def _measured(
    config: Between, pair: Pair, measures: Mapping[str, Measure], progress: Progress
) -> Results:
    plan = config.plan

    def line_to(second: State, what: str) -> LossCurve:
        return interpolate(
            pair.model,
            pair.first,
            second,
            measures,
            LineOptions(plan.points, plan.beyond),
            lambda at: progress(at, what),
        )

    curves = {"as they are": line_to(pair.second, "The line")}
    if plan.permute:
        second = matched(pair.first, pair.second, units_of(pair.model), plan.seed)
        curves["hidden units in one order"] = line_to(second, "The line, units in one order")
    if config.models.kind == "causal":
        return Results(curves, {})
    name, file = next(iter(config.texts.items()))
    labels = np.array([label for _, label in read_ratings(config.root / file)][: plan.texts])
    return Results(curves, _accuracies(pair, measures[name], labels))


@torch.no_grad()
def _accuracies(pair: Pair, measure: Measure, labels: Array) -> dict[str, float]:
    """Return the accuracy of either model, of their mean weights, and of their mean outputs."""
    model, outputs = deepcopy(pair.model), []
    for state in (pair.first, pair.second, midpoint(pair.first, pair.second)):
        model.load_state_dict(state)
        logits = torch.from_numpy(np.asarray(measure(model).outputs))
        outputs.append(logits.softmax(dim=-1).numpy())
    first, second, soup = (probabilities.argmax(axis=1) for probabilities in outputs)
    answers = {
        "first": first,
        "second": second,
        "soup": soup,
        "outputs combined": (outputs[0] + outputs[1]).argmax(axis=1),
    }
    accuracies = {name: float((answer == labels).mean()) for name, answer in answers.items()}
    return {**accuracies, "disagreement": float((first != second).mean())}


def _verdict(name: str, curve: LossCurve, trained: bool) -> str:
    data = next(iter(curve.counts))
    inside = (curve.at >= 0) & (curve.at <= 1)
    at, loss, error = curve.at[inside], curve.loss(data)[inside], curve.error(data)[inside]
    if not trained:
        how = "falls all the way" if bool(monotone(loss)) else "does not fall all the way"
        return f"{name}: the loss on {data} {how}; its largest rise is {float(bump(loss)):.3f}"
    of_loss, of_error = float(instability(at, loss)), float(instability(at, error))
    no_barrier = of_error <= BARRIER_ERROR and of_loss <= BARRIER_LOSS
    advice = "no barrier: average the weights" if no_barrier else "a barrier: combine their outputs"
    rise = f"{of_error:+.3f} of error and {of_loss:+.3f} of loss on {data}"
    return f"{name}: in the middle, {rise}; {advice}"


def _notes(results: Results) -> Iterator[str]:
    if results.accuracies:
        figures = ", ".join(f"{name} {value:.3f}" for name, value in results.accuracies.items())
        yield f"accuracy on the first data, and how often the two disagree: {figures}"
    if all(curve.distance == 0 for curve in results.curves.values()):
        yield "the two models have the same weights"


def _json(curve: LossCurve) -> dict[str, object]:
    losses = {f"{data} loss": curve.loss(data) for data in curve.counts}
    errors = {f"{data} error": curve.error(data) for data in curve.counts}
    return {"at": curve.at, **losses, **errors, "distance": curve.distance}


def _sections(results: Results) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    at = next(iter(results.curves.values())).at.tolist()
    for quantity in ("loss", "error"):
        series = {
            f"{data}, {name}": Series(getattr(curve, quantity)(data))
            for name, curve in results.curves.items()
            for data in curve.counts
        }
        drawing = curves(at, series, "way from the first model to the second", quantity)
        yield Section(f"The {quantity} on the line", (), drawing)
