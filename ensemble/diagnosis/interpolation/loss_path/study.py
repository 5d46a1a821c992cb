"""The study of loss paths: what training does to language classifiers, along straight lines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ensemble.diagnosis.interpolation.loss_path.claims import Claim, bump_height, claims_of
from ensemble.diagnosis.interpolation.loss_path.classifier import reduced_encoder
from ensemble.diagnosis.interpolation.loss_path.config import LossPath
from ensemble.diagnosis.interpolation.loss_path.members import MemberComparison, compare_members
from ensemble.diagnosis.interpolation.loss_path.page import sections
from ensemble.diagnosis.interpolation.loss_path.runs import (
    RunContext,
    TrainedRun,
    cells,
    members,
    trained_run,
)
from ensemble.diagnosis.interpolation.loss_path.tasks import read_task
from ensemble.diagnosis.interpolation.rows import rows_of
from ensemble.diagnosis.interpolation.shape import monotone
from ensemble.diagnosis.result import study_report
from ensemble.diagnosis.result_cache import ResultCache
from evaluation.execution.progress import Progress
from evaluation.models.encoders import load_encoder
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row, Table, sign

CONFIG = LossPath


def run(config: LossPath, folder: Path | None, progress: Progress) -> RunReport:
    """Train all that `config` names, and measure their paths; results in `folder` are reused.

    Raises:
        DataError: a file cannot be read, or has too few texts.
        ImportError: the package of the encoder is missing.
        ValueError: the encoder has fewer layers than asked for.
    """
    context = _context(config, folder)
    runs = [trained_run(context, cell, progress) for cell in progress(list(cells(config)), "Runs")]
    ensembles = [
        compare_members(context, start, ensemble, progress)
        for start, ensemble in members(config).items()
    ]
    claims = list(claims_of(config, runs, ensembles))
    signature = sign(
        f"loss_path {config.name}", {"encoder": context.mark, **config.plan.model_dump()}
    )
    rows = [claim.row for claim in claims]
    rows += [row for ensemble in ensembles for row in _ensemble_rows(ensemble)]
    rows += [row for trained in runs for row in _run_rows(trained)]
    return study_report(
        "loss_path",
        config.name,
        tuple(_verdicts(claims, ensembles)),
        tuple(_notes(context)),
        Table(rows, signature),
        _findings(runs, claims, ensembles),
        lambda: sections(runs, claims, ensembles),
    )


def _notes(context: RunContext) -> Iterator[str]:
    for name, task in context.tasks.items():
        share = np.bincount(task.test[1]).max() / len(task.test[1])
        yield f"{name}: the commonest label is right for {share:.3f} of the texts for tests"


def _context(config: LossPath, folder: Path | None) -> RunContext:
    encoder, plan = load_encoder(config.encoder), config.plan
    sizes = plan.train, plan.test
    tasks = [
        read_task(name, choice, config.root, encoder, sizes, plan.tokens)
        for name, choice in config.tasks.items()
    ]
    model, renumbered = reduced_encoder(encoder, plan.layers, tasks)
    named = {task.name: task for task in renumbered}
    return RunContext(config, model, named, ResultCache(folder), encoder.signature)


def _run_rows(run: TrainedRun) -> Iterator[Row]:
    yield from rows_of(run.cell.name, run.curve, trained=False)
    yield Row(run.cell.name, "weights", "distance for the size of the start", run.relative)
    for name, curve in run.controls.items():
        yield from rows_of(f"{run.cell.name}, from {name}", curve, trained=False)
    for layer, rise in run.layers.items():
        yield Row(run.cell.name, layer, "test error that putting it back costs", rise)


def _ensemble_rows(members: MemberComparison) -> Iterator[Row]:
    name = f"members, {members.start}"
    accuracies = {
        "alone, mean": members.alone,
        "outputs combined": members.ensemble,
        "soup": members.soup,
    }
    for statistic, value in accuracies.items():
        yield Row(name, "accuracy", statistic, value, n=members.n)
    yield Row(name, "members", "disagreement", members.disagreement, n=members.n)
    yield Row(
        name, "members", "instability, training error", members.barrier, n=len(members.curves)
    )
    loss = float(members.loss_barriers.mean())
    yield Row(name, "members", "instability, training loss", loss, n=len(members.curves))
    yield Row(
        name, "members", "instability, test error", members.test_barrier, n=len(members.curves)
    )
    for k, curve in enumerate(members.curves, start=1):
        yield from rows_of(f"{name}, pair {k}", curve, trained=True)


def _verdicts(claims: Sequence[Claim], ensembles: Sequence[MemberComparison]) -> Iterator[str]:
    for claim in claims:
        bounds = f"{claim.value:.2f} ({claim.low:.2f} to {claim.high:.2f}, n = {claim.n})"
        yield f"{claim.verdict}: {claim.what} ({claim.source}): {claim.statistic} {bounds}"
    for ensemble in ensembles:
        yield (
            f"members from {ensemble.start} weights: barrier {ensemble.barrier:.3f} of training "
            f"error, {ensemble.loss_barriers.mean():.2f} of loss, they disagree on "
            f"{ensemble.disagreement:.1%}; accuracy alone {ensemble.alone:.3f}, outputs combined "
            f"{ensemble.ensemble:.3f}, soup {ensemble.soup:.3f}: {ensemble.advice}"
        )


def _findings(
    runs: Sequence[TrainedRun], claims: Sequence[Claim], ensembles: Sequence[MemberComparison]
) -> dict[str, object]:
    return {
        "claims": [asdict(claim) for claim in claims],
        "runs": [
            {
                **asdict(trained.cell),
                "at": trained.curve.at,
                **{f"{data} loss": trained.curve.loss(data) for data in trained.curve.counts},
                **{f"{data} error": trained.curve.error(data) for data in trained.curve.counts},
                "monotone": bool(monotone(trained.curve.loss("train"))),
                "bump": bump_height(trained),
                "distance": trained.curve.distance,
                "gauss": trained.curve.gauss,
                "layers": trained.layers,
            }
            for trained in runs
        ],
        "members": [
            {
                **{k: v for k, v in ensemble._asdict().items() if k != "curves"},
                "barrier": ensemble.barrier,
                "loss barrier": float(ensemble.loss_barriers.mean()),
                "test barrier": ensemble.test_barrier,
                "advice": ensemble.advice,
            }
            for ensemble in ensembles
        ],
    }
