"""The models of the study, each trained, with the loss curve from its start to its end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ensemble.diagnosis.interpolation.interpolate import (
    LineOptions,
    LossCurve,
    Measure,
    interpolate,
)
from ensemble.diagnosis.interpolation.loss_path.classifier import (
    Classifier,
    Start,
    Training,
    evaluator,
    initial_model,
    train,
)
from ensemble.diagnosis.interpolation.loss_path.config import LossPath
from ensemble.diagnosis.interpolation.loss_path.tasks import Task
from ensemble.diagnosis.interpolation.states import State, shuffled, zero
from ensemble.diagnosis.result_cache import Content, ResultCache
from ensemble.types import Array
from evaluation.execution.progress import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Cell:
    """One training: its task, start, optimiser and member (seeds are the plan's plus this)."""

    task: str
    start: Start
    optimiser: str
    member: int = 0

    @property
    def name(self) -> str:
        """The name in tables and files."""
        of = f", member {self.member}" if self.member else ""
        return f"{self.task}, {self.start}, {self.optimiser}{of}"


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """A cell, the loss curve from its start to its end, and the line's length in start norms.

    `controls` are curves to the same end from other starts, `layers` the rise of the test error
    when one layer is put back to its start.
    """

    cell: Cell
    curve: LossCurve
    relative: float
    controls: dict[str, LossCurve]
    layers: dict[str, float]


@dataclass(frozen=True, eq=False)
class RunContext:
    """The data and settings to train any cell; `mark` identifies the encoder."""

    config: LossPath
    encoder: "PreTrainedModel"
    tasks: dict[str, Task]
    cache: ResultCache
    mark: str

    def depends(self, cell: Cell) -> dict[str, object]:
        """Return all that a cell's weights depend on."""
        plan = self.config.plan
        return {
            "mark": self.mark,
            "cell": cell.name,
            "task": self.config.tasks[cell.task].model_dump(),
            "how": self.config.grid.optimisers[cell.optimiser].model_dump(),
            "plan": plan.model_dump(exclude={"points", "measured", "seeds"}),
        }

    def initial_model(self, cell: Cell) -> Classifier:
        """Return the model before its training."""
        task, seed = self.tasks[cell.task], self.config.plan.seed + cell.member
        return initial_model(self.encoder, task, cell.start, seed, self._training(cell))

    def weights(self, cell: Cell, progress: Progress) -> State:
        """Return the trained weights of a cell, from the cache or trained now."""
        return self.cache.weights(
            cell.name, self.depends(cell), partial(self._train, cell, progress)
        )

    def measures(self, task: str) -> dict[str, Measure]:
        """Return the texts that every line of a task is measured on, for training and for tests."""
        texts, most = self.tasks[task], self.config.plan.measured
        return {
            "train": evaluator(texts.train, most, outputs=True),
            "test": evaluator(texts.test, most),
        }

    def _train(self, cell: Cell, progress: Progress) -> State:
        model, seed = self.initial_model(cell), self.config.plan.seed + cell.member

        def shown(steps: Sequence[Any], _: str) -> Iterable[Any]:
            return progress(steps, cell.name)

        train(model, self.tasks[cell.task], self._training(cell), seed, shown)
        return model.state_dict()

    def _training(self, cell: Cell) -> Training:
        plan = self.config.plan
        return Training(self.config.grid.optimisers[cell.optimiser], plan.epochs, plan.batch)


def cells(config: LossPath) -> Iterator[Cell]:
    """Yield all trainings: the grid, then the other members of the two ensembles."""
    for task, start, how in product(config.tasks, config.grid.starts, config.grid.optimisers):
        yield Cell(task, start, how)
    yield from (cell for ensemble in members(config).values() for cell in ensemble if cell.member)


def members(config: LossPath) -> dict[str, list[Cell]]:
    """Return the ensembles by their start: one from the pretrained weights, one from random ones.

    They are for the last task, which has most to gain, with the first optimiser.
    """
    task, how = list(config.tasks)[-1], next(iter(config.grid.optimisers))
    return {
        start: [Cell(task, start, how, k) for k in range(config.plan.seeds)]
        for start in config.grid.starts
        if start in ("pretrained", "random")
    }


def trained_run(context: RunContext, cell: Cell, progress: Progress) -> TrainedRun:
    """Return a cell's curves, from the cache or measured now; delete weights no longer needed."""
    plan = context.config.plan
    depends = {**context.depends(cell), "points": plan.points, "measured": plan.measured}
    row = context.cache.row(
        f"walk {cell.name}", depends, partial(_measure, context, cell, progress)
    )
    # Members' weights are still needed to compare them with each other.
    if cell not in [member for cells in members(context.config).values() for member in cells]:
        context.cache.forget(cell.name, context.depends(cell))
    controls = {name: from_json(content) for name, content in row["controls"].items()}
    return TrainedRun(cell, from_json(row["walk"]), row["relative"], controls, row["layers"])


def _measure(context: RunContext, cell: Cell, progress: Progress) -> Content:
    options, measures = LineOptions(context.config.plan.points), context.measures(cell.task)
    end = context.weights(cell, progress)
    model = context.initial_model(cell)
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    curve = interpolate(model, start, end, measures, options)
    norm = np.sqrt(sum(float(t.double().square().sum()) for t in start.values()))
    # Controls and single layers are measured once for each task and start, by the first optimiser.
    first = cell.optimiser == next(iter(context.config.grid.optimisers)) and not cell.member
    others = (
        {"zero": zero(end), "shuffled": shuffled(start, context.config.plan.seed)} if first else {}
    )
    controls = {
        name: interpolate(model, other, end, measures, options) for name, other in others.items()
    }
    return {
        "walk": to_json(curve),
        "relative": curve.distance / norm,
        "controls": {name: to_json(control) for name, control in controls.items()},
        "layers": _rewound(model, start, end, measures["test"]) if first else {},
    }


def _rewound(model: Classifier, start: State, end: State, test: Measure) -> dict[str, float]:
    """Return the rise of the test error when one layer is put back (Zhang et al. 2019)."""
    rises = {}
    for layer, prefix in layers_of(model).items():
        options = LineOptions(2, moves=partial(_begins_with, prefix))
        error = interpolate(model, start, end, {"test": test}, options).error("test")
        rises[layer] = float(error[0] - error[-1])
    return rises


def _begins_with(prefix: str, name: str) -> bool:
    return name.startswith(prefix)


def layers_of(model: Classifier) -> dict[str, str]:
    """Return the layers of a classifier, from the bottom, with their weights' prefixes."""
    count = len(model.encoder.encoder.layer)  # type: ignore
    inside = {f"layer {k + 1}": f"encoder.encoder.layer.{k}." for k in range(count)}
    return {"embeddings": "encoder.embeddings.", **inside, "head": "head."}


def to_json(curve: LossCurve) -> Content:
    """Return a curve as a JSON object."""
    return {
        "at": curve.at.tolist(),
        "counts": {name: counts.tolist() for name, counts in curve.counts.items()},
        "distance": curve.distance,
        "gauss": None if np.isnan(curve.gauss) else curve.gauss,
    }


def from_json(content: Content) -> LossCurve:
    """Return the curve of a JSON object."""
    counts: dict[str, Array] = {name: np.array(rows) for name, rows in content["counts"].items()}
    gauss = float("nan") if content["gauss"] is None else content["gauss"]
    return LossCurve(np.array(content["at"]), counts, content["distance"], gauss)
