"""The study of trajectories: do learners differ in their abilities, or only in their progress?"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ensemble.diagnosis.capabilities import capabilities_of, items_of
from ensemble.diagnosis.outputs import Outputs, read_labelled_outputs
from ensemble.diagnosis.result import study_report
from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.diagnosis.trajectories.comparison import (
    ceiling,
    similarities,
    trajectories_of,
)
from ensemble.diagnosis.trajectories.config import Plan, Trajectories
from ensemble.diagnosis.trajectories.context import open_study
from ensemble.diagnosis.trajectories.learners import evaluate_all, references
from ensemble.diagnosis.trajectories.minimal_pairs import SCORES, PairResults, vectors
from ensemble.diagnosis.trajectories.page import ModelResults, SystemResults, sections
from ensemble.diagnosis.trajectories.rank_one import (
    VarianceShares,
    sampling_noise,
    selection_gain,
    variance_shares,
)
from ensemble.diagnosis.trajectories.rows import models_rows, systems_rows, verdicts
from evaluation.execution.progress import Progress
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Table, sign

CONFIG = Trajectories


def run(config: Trajectories, folder: Path | None, progress: Progress) -> RunReport:
    """Train, evaluate and compare what `config` names; results in `folder` are reused.

    Raises:
        DataError: a file is missing or not as it should be, or a folder has no checkpoints.
        ValueError: a model gives no probabilities, or there is too little to compare.
    """
    models = _models(config, folder, progress) if config.language else None
    systems = _systems(config.systems, config.root) if config.systems else None
    rows = [*(models_rows(models) if models else ()), *(systems_rows(systems) if systems else ())]
    signature = sign(f"trajectories {config.name}", _parameters(config.plan))
    return study_report(
        "trajectories",
        config.name,
        tuple(verdicts(models, systems)),
        tuple(_notes(models)),
        Table(rows, signature),
        _findings(models, systems),
        lambda: sections(models, systems),
    )


def _models(config: Trajectories, folder: Path | None, progress: Progress) -> ModelResults:
    assert config.language is not None
    context = open_study(config.language, config.plan, config.root, folder)
    judged = list(evaluate_all(context, config.language, config.root, progress))
    known_references = list(references(context))
    score = SCORES.index(config.plan.score)
    paths = trajectories_of(judged)
    last = [path[-1] for path in paths.values()] + [
        result for result in judged if result.step is None
    ]
    return ModelResults(
        context.paradigms,
        tuple(judged),
        tuple(known_references),
        paths,
        similarities(paths, context.paradigms, score) if len(paths) > 1 else None,
        _shares(judged, context.paradigms, score),
        _shares(last, context.paradigms, score) if len(last) > 2 else None,
        float(np.mean([ceiling(result, context.paradigms, score) for result in last])),
        score,
    )


def _shares(
    judged: Sequence[PairResults], paradigms: Sequence[Paradigm], score: int
) -> VarianceShares | None:
    if len(judged) < 3:
        return None
    kinds = [paradigm.name for paradigm in paradigms for _ in paradigm.pairs]
    names = [paradigm.name for paradigm in paradigms]
    right = np.array([result.right[score] for result in judged])
    n = np.array([len(paradigm.pairs) for paradigm in paradigms], dtype=np.float64)
    return variance_shares(
        vectors(judged, paradigms, score), n, sampling_noise(right, kinds, names)
    )


def _systems(outputs: Outputs, root: Path) -> SystemResults:
    items = items_of(read_labelled_outputs(outputs, root), outputs.groups)
    facets = {}
    for facet, kinds in items.facets.items():
        capabilities = capabilities_of(items, facet)
        kinds = tuple(
            kind if kind in capabilities.names else capabilities.names[-1] for kind in kinds
        )
        noise = sampling_noise(items.right.astype(np.float64), kinds, capabilities.names)
        if len(capabilities.names) > 1:
            facets[facet] = (
                capabilities,
                variance_shares(capabilities.share, capabilities.n, noise),
                selection_gain(capabilities),
            )
    return SystemResults(facets)


def _parameters(plan: Plan) -> dict[str, object]:
    return {**plan.model_dump(), "checkpoints": "+".join(map(str, plan.checkpoints))}


def _notes(models: ModelResults | None) -> Iterator[str]:
    if models is None:
        return
    differ = np.mean([(result.right[0] != result.right[1]).mean() for result in models.judged])
    yield (
        f"the two scores ({' and '.join(SCORES)}) order {differ:.1%} of the pairs differently; "
        f"figures are by {SCORES[models.score]}"
    )


def _findings(models: ModelResults | None, systems: SystemResults | None) -> dict[str, object]:
    content: dict[str, object] = {}
    if models is not None:
        content["paradigms"] = [
            {
                "name": paradigm.name,
                "term": paradigm.term,
                "field": paradigm.field,
                "pairs": len(paradigm.pairs),
            }
            for paradigm in models.paradigms
        ]
        content["learners"] = [
            {
                "name": result.name,
                "step": result.step,
                "perplexity": result.perplexity,
                **{
                    score: vectors([result], models.paradigms, k)[0]
                    for k, score in enumerate(SCORES)
                },
            }
            for result in (*models.judged, *models.references)
        ]
        content["acquired"] = models.acquired
        content["alike"] = None if models.similarity is None else models.similarity._asdict()
        content["line"] = None if models.shares is None else models.shares._asdict()
    if systems is not None:
        content["systems"] = {
            facet: {
                "systems": list(capabilities.systems),
                "kinds": list(capabilities.names),
                "n": capabilities.n,
                "share": capabilities.share,
                "line": shares._asdict(),
                "choice": choice._asdict(),
            }
            for facet, (capabilities, shares, choice) in systems.facets.items()
        }
    return content
