"""The study of trajectories: do learners differ in what they are able to do, or only how far?"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ensemble.diagnosis.capabilities import capabilities_of, items_of
from ensemble.diagnosis.outputs import Outputs, read_material
from ensemble.diagnosis.result import Diagnosis
from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.diagnosis.trajectories.comparing import alike, ceiling, trajectories_of
from ensemble.diagnosis.trajectories.config import Plan, Trajectories
from ensemble.diagnosis.trajectories.judging import SCORES, Judged, vectors
from ensemble.diagnosis.trajectories.learning import learn_all, open_school, references
from ensemble.diagnosis.trajectories.page import Models, Systems, sections
from ensemble.diagnosis.trajectories.rank_one import Line, choice_of, line_of, noise_of
from ensemble.diagnosis.trajectories.rows import models_rows, systems_rows, verdicts
from evaluation.execution.progress import Progress
from evaluation.reporting.table import Table, sign

CONFIG = Trajectories


def run(config: Trajectories, kept: Path | None, progress: Progress) -> Diagnosis:
    """Train, judge and compare what `config` names; what is in the folder `kept` is not redone.

    Raises:
        DataError: a file is missing or not as it should be, or a folder holds no checkpoints.
        ValueError: a model gives no probabilities, or there is too little to compare.
    """
    models = _models(config, kept, progress) if config.language else None
    systems = _systems(config.systems, config.root) if config.systems else None
    rows = [*(models_rows(models) if models else ()), *(systems_rows(systems) if systems else ())]
    signature = sign(f"trajectories {config.name}", _said(config.plan))
    return Diagnosis(
        "trajectories",
        config.name,
        tuple(verdicts(models, systems)),
        tuple(_notes(models)),
        Table(rows, signature),
        _findings(models, systems),
        lambda: sections(models, systems),
    )


def _models(config: Trajectories, kept: Path | None, progress: Progress) -> Models:
    assert config.language is not None
    school = open_school(config.language, config.plan, config.root, kept)
    judged = list(learn_all(school, config.language, config.root, progress))
    known = list(references(school))
    score = SCORES.index(config.plan.score)
    paths = trajectories_of(judged)
    last = [path[-1] for path in paths.values()] + [one for one in judged if one.step is None]
    return Models(
        school.paradigms,
        tuple(judged),
        tuple(known),
        paths,
        alike(paths, school.paradigms, score) if len(paths) > 1 else None,
        _line(judged, school.paradigms, score),
        _line(last, school.paradigms, score) if len(last) > 2 else None,
        float(np.mean([ceiling(one, school.paradigms, score) for one in last])),
        score,
    )


def _line(judged: Sequence[Judged], paradigms: Sequence[Paradigm], score: int) -> Line | None:
    if len(judged) < 3:
        return None
    kinds = [paradigm.name for paradigm in paradigms for _ in paradigm.pairs]
    names = [paradigm.name for paradigm in paradigms]
    right = np.array([one.right[score] for one in judged])
    n = np.array([len(paradigm.pairs) for paradigm in paradigms], dtype=np.float64)
    return line_of(vectors(judged, paradigms, score), n, noise_of(right, kinds, names))


def _systems(outputs: Outputs, root: Path) -> Systems:
    items = items_of(read_material(outputs, root), outputs.groups)
    facets = {}
    for facet, kinds in items.facets.items():
        found = capabilities_of(items, facet)
        kinds = tuple(kind if kind in found.names else found.names[-1] for kind in kinds)
        noise = noise_of(items.right.astype(np.float64), kinds, found.names)
        if len(found.names) > 1:
            facets[facet] = found, line_of(found.share, found.n, noise), choice_of(found)
    return Systems(facets)


def _said(plan: Plan) -> dict[str, object]:
    return {**plan.model_dump(), "checkpoints": "+".join(map(str, plan.checkpoints))}


def _notes(models: Models | None) -> Iterator[str]:
    if models is None:
        return
    differ = np.mean([(one.right[0] != one.right[1]).mean() for one in models.judged])
    yield (
        f"the two scores ({' and '.join(SCORES)}) order {differ:.1%} of the pairs differently; "
        f"figures are by {SCORES[models.score]}"
    )


def _findings(models: Models | None, systems: Systems | None) -> dict[str, object]:
    content: dict[str, object] = {}
    if models is not None:
        content["paradigms"] = [
            {"name": one.name, "term": one.term, "field": one.field, "pairs": len(one.pairs)}
            for one in models.paradigms
        ]
        content["learners"] = [
            {
                "name": one.name,
                "step": one.step,
                "perplexity": one.perplexity,
                **{score: vectors([one], models.paradigms, k)[0] for k, score in enumerate(SCORES)},
            }
            for one in (*models.judged, *models.references)
        ]
        content["acquired"] = models.acquired
        content["alike"] = None if models.alike is None else models.alike._asdict()
        content["line"] = None if models.line is None else models.line._asdict()
    if systems is not None:
        content["systems"] = {
            facet: {
                "systems": list(found.systems),
                "kinds": list(found.names),
                "n": found.n,
                "share": found.share,
                "line": line._asdict(),
                "choice": choice._asdict(),
            }
            for facet, (found, line, choice) in systems.facets.items()
        }
    return content
