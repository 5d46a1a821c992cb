"""The study of loss paths: what training did to models of language, along straight lines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ensemble.diagnosis.interpolation.claims import Claim, claims_of, height
from ensemble.diagnosis.interpolation.classifier import small
from ensemble.diagnosis.interpolation.config import LossPath
from ensemble.diagnosis.interpolation.members import Together, together
from ensemble.diagnosis.interpolation.page import sections
from ensemble.diagnosis.interpolation.rows import rows_of
from ensemble.diagnosis.interpolation.runs import Trained, Workshop, cells, members, trained
from ensemble.diagnosis.interpolation.shape import monotone
from ensemble.diagnosis.interpolation.tasks import read_task
from ensemble.diagnosis.result import Diagnosis
from ensemble.diagnosis.result_cache import Kept
from evaluation.execution.progress import Progress
from evaluation.models.encoders import load_encoder
from evaluation.reporting.table import Row, Table, sign

CONFIG = LossPath


def run(config: LossPath, kept: Path | None, progress: Progress) -> Diagnosis:
    """Train and walk all that `config` names; what is in the folder `kept` is not done again.

    Raises:
        DataError: a file cannot be read, or gives too few texts.
        ImportError: the package of the encoder is missing.
        ValueError: the encoder has not as many layers.
    """
    shop = _workshop(config, kept)
    runs = [trained(shop, cell, progress) for cell in progress(list(cells(config)), "Runs")]
    ensembles = [together(shop, start, some, progress) for start, some in members(config).items()]
    claims = list(claims_of(config, runs, ensembles))
    signature = sign(f"loss_path {config.name}", {"encoder": shop.mark, **config.plan.model_dump()})
    rows = [claim.row for claim in claims]
    rows += [row for one in ensembles for row in _ensemble_rows(one)]
    rows += [row for one in runs for row in _run_rows(one)]
    return Diagnosis(
        "loss_path",
        config.name,
        tuple(_verdicts(runs, claims, ensembles)),
        tuple(_notes(shop)),
        Table(rows, signature),
        _findings(runs, claims, ensembles),
        lambda: sections(runs, claims, ensembles),
    )


def _notes(shop: Workshop) -> Iterator[str]:
    for name, task in shop.tasks.items():
        share = np.bincount(task.test[1]).max() / len(task.test[1])
        yield f"{name}: the commonest label is right for {share:.3f} of the texts for tests"


def _workshop(config: LossPath, kept: Path | None) -> Workshop:
    encoder, plan = load_encoder(config.encoder), config.plan
    sizes = plan.train, plan.test
    tasks = [
        read_task(name, choice, config.root, encoder, sizes, plan.tokens)
        for name, choice in config.tasks.items()
    ]
    model, fewer = small(encoder, plan.layers, tasks)
    named = {task.name: task for task in fewer}
    return Workshop(config, model, named, Kept(kept), encoder.signature)


def _run_rows(one: Trained) -> Iterator[Row]:
    yield from rows_of(one.cell.name, one.walk, trained=False)
    yield Row(one.cell.name, "weights", "distance for the size of the start", one.relative)
    for name, walk in one.controls.items():
        yield from rows_of(f"{one.cell.name}, from {name}", walk, trained=False)
    for layer, rise in one.layers.items():
        yield Row(one.cell.name, layer, "test error that putting it back costs", rise)


def _ensemble_rows(one: Together) -> Iterator[Row]:
    name = f"members, {one.start}"
    accuracies = {"alone, mean": one.alone, "outputs combined": one.ensemble, "soup": one.soup}
    for statistic, value in accuracies.items():
        yield Row(name, "accuracy", statistic, value, n=one.n)
    yield Row(name, "members", "disagreement", one.disagreement, n=one.n)
    yield Row(name, "members", "instability, training error", one.barrier, n=len(one.walks))
    loss = float(one.loss_barriers.mean())
    yield Row(name, "members", "instability, training loss", loss, n=len(one.walks))
    yield Row(name, "members", "instability, test error", one.test_barrier, n=len(one.walks))
    for k, walk in enumerate(one.walks, start=1):
        yield from rows_of(f"{name}, pair {k}", walk, trained=True)


def _verdicts(
    runs: Sequence[Trained], claims: Sequence[Claim], ensembles: Sequence[Together]
) -> Iterator[str]:
    for claim in claims:
        bounds = f"{claim.value:.2f} ({claim.low:.2f} to {claim.high:.2f}, n = {claim.n})"
        yield f"{claim.verdict}: {claim.what} ({claim.source}): {claim.statistic} {bounds}"
    for one in ensembles:
        yield (
            f"members from {one.start} weights: barrier {one.barrier:.3f} of training error, "
            f"{one.loss_barriers.mean():.2f} of loss, they disagree on "
            f"{one.disagreement:.1%}; accuracy alone {one.alone:.3f}, outputs combined "
            f"{one.ensemble:.3f}, soup {one.soup:.3f}: {one.advice}"
        )


def _findings(
    runs: Sequence[Trained], claims: Sequence[Claim], ensembles: Sequence[Together]
) -> dict[str, object]:
    return {
        "claims": [asdict(claim) for claim in claims],
        "runs": [
            {
                **asdict(one.cell),
                "at": one.walk.at,
                **{f"{data} loss": one.walk.loss(data) for data in one.walk.counts},
                **{f"{data} error": one.walk.error(data) for data in one.walk.counts},
                "monotone": bool(monotone(one.walk.loss("train"))),
                "bump": height(one),
                "distance": one.walk.distance,
                "gauss": one.walk.gauss,
                "layers": one.layers,
            }
            for one in runs
        ],
        "members": [
            {
                **{k: v for k, v in one._asdict().items() if k != "walks"},
                "barrier": one.barrier,
                "loss barrier": float(one.loss_barriers.mean()),
                "test barrier": one.test_barrier,
                "advice": one.advice,
            }
            for one in ensembles
        ],
    }
