"""The models of the study: trained one by one, each walked along from where it began."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ensemble.diagnosis.interpolation.classifier import Classifier, Start, measure, started, train
from ensemble.diagnosis.interpolation.config import LossPath
from ensemble.diagnosis.interpolation.initialisations import shuffled, zero
from ensemble.diagnosis.interpolation.interpolate import State, Walk, walk
from ensemble.diagnosis.interpolation.tasks import Task
from ensemble.diagnosis.result_cache import Content, Kept
from ensemble.types import Array
from evaluation.execution.progress import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Cell:
    """One training: on what, from where, how, and with which seed (0 is the plan's)."""

    task: str
    start: Start
    optimiser: str
    member: int = 0

    @property
    def name(self) -> str:
        """What it is called in tables and files."""
        of = f", member {self.member}" if self.member else ""
        return f"{self.task}, {self.start}, {self.optimiser}{of}"


@dataclass(frozen=True, eq=False)
class Trained:
    """A cell, the walk from its beginning to its end, and how far that is for its size.

    `controls` are walks to the same end from elsewhere, `layers` what rewinding one layer to
    where it began does to the test error.
    """

    cell: Cell
    walk: Walk
    relative: float
    controls: dict[str, Walk]
    layers: dict[str, float]


@dataclass(frozen=True, eq=False)
class Workshop:
    """What is needed to train any cell."""

    config: LossPath
    encoder: "PreTrainedModel"
    tasks: dict[str, Task]
    kept: Kept
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

    def begun(self, cell: Cell) -> Classifier:
        """Return the model where its training begins."""
        plan, how = self.config.plan, self.config.grid.optimisers[cell.optimiser]
        seed = plan.seed + cell.member
        return started(
            self.encoder, self.tasks[cell.task], cell.start, seed, how, plan.epochs, plan.batch
        )

    def weights(self, cell: Cell, progress: Progress) -> State:
        """Return the trained weights of a cell, which are kept."""
        return self.kept.weights(
            cell.name, self.depends(cell), partial(self._train, cell, progress)
        )

    def _train(self, cell: Cell, progress: Progress) -> State:
        plan, how = self.config.plan, self.config.grid.optimisers[cell.optimiser]
        model = self.begun(cell)
        train(model, self.tasks[cell.task], how, plan.epochs, plan.seed + cell.member,
              lambda jobs, what: progress(jobs, cell.name), plan.batch)  # fmt: skip
        return model.state_dict()


def cells(config: LossPath) -> Iterator[Cell]:
    """Yield what is trained: the grid, then the other members, from two starts."""
    for task, start, how in product(config.tasks, config.grid.starts, config.grid.optimisers):
        yield Cell(task, start, how)
    yield from (cell for some in members(config).values() for cell in some if cell.member)


def members(config: LossPath) -> dict[str, list[Cell]]:
    """Return the ensembles: of models that began at the same weights, and of others.

    They are of the last task, which has most to gain, by the first optimiser.
    """
    task, how = list(config.tasks)[-1], next(iter(config.grid.optimisers))
    return {start: [Cell(task, start, how, k) for k in range(config.plan.seeds)]
            for start in config.grid.starts if start in ("pretrained", "random")}  # fmt: skip


def trained(shop: Workshop, cell: Cell, progress: Progress) -> Trained:
    """Return a cell's walks, measured only if they were not kept; then its weights may go."""
    plan = shop.config.plan
    more = {"points": plan.points, "measured": plan.measured}
    depends = {**shop.depends(cell), **more}
    found = shop.kept.row(f"walk {cell.name}", depends, partial(_measure, shop, cell, progress))
    if cell not in [one for some in members(shop.config).values() for one in some]:
        shop.kept.forget(cell.name, shop.depends(cell))
    controls = {name: walk_of(content) for name, content in found["controls"].items()}
    return Trained(cell, walk_of(found["walk"]), found["relative"], controls, found["layers"])


def _measure(shop: Workshop, cell: Cell, progress: Progress) -> Content:
    plan, task = shop.config.plan, shop.tasks[cell.task]
    end = shop.weights(cell, progress)
    model = shop.begun(cell)
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    measures = {
        "train": measure(task.train, plan.measured, outputs=True),
        "test": measure(task.test, plan.measured),
    }
    found = walk(model, start, end, measures, plan.points)
    size = np.sqrt(sum(float(t.double().square().sum()) for t in start.values()))
    first = cell.optimiser == next(iter(shop.config.grid.optimisers)) and not cell.member
    others = {"zero": zero(end), "shuffled": shuffled(start, plan.seed)} if first else {}
    controls = {name: walk(model, other, end, measures, plan.points)
                for name, other in others.items()}  # fmt: skip
    layers = _rewound(model, start, end, measures) if first else {}
    return {
        "walk": content_of(found),
        "relative": found.distance / size,
        "controls": {name: content_of(one) for name, one in controls.items()},
        "layers": layers,
    }


def _rewound(
    model: Classifier, start: State, end: State, measures: dict[str, Any]
) -> dict[str, float]:
    """Return how much the test error rises when one layer is where it began (Zhang et al. 2019)."""
    found = {}
    for part, begins in layers_of(model).items():
        only = {"test": measures["test"]}
        error = walk(model, start, end, only, 2, moves=_begins(begins)).error("test")
        found[part] = float(error[0] - error[-1])
    return found


def _begins(with_: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(with_)


def layers_of(model: Classifier) -> dict[str, str]:
    """Return the parts of a classifier, from the bottom, and how their weights' names begin."""
    count = len(model.encoder.encoder.layer)  # type: ignore
    inside = {f"layer {k + 1}": f"encoder.encoder.layer.{k}." for k in range(count)}
    return {"embeddings": "encoder.embeddings.", **inside, "head": "head."}


def content_of(found: Walk) -> Content:
    """Return a walk as JSON has it."""
    return {
        "at": found.at.tolist(),
        "counts": {name: counts.tolist() for name, counts in found.counts.items()},
        "distance": found.distance,
        "gauss": None if np.isnan(found.gauss) else found.gauss,
    }


def walk_of(content: Content) -> Walk:
    """Return the walk that JSON has."""
    counts: dict[str, Array] = {name: np.array(one) for name, one in content["counts"].items()}
    gauss = float("nan") if content["gauss"] is None else content["gauss"]
    return Walk(np.array(content["at"]), counts, content["distance"], gauss)
