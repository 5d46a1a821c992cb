"""The tables of rewards that judge whole combined outputs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.kinds import OutputKind
from ensemble.diversity.training.rewards.options import Options
from ensemble.diversity.training.rewards.registry import count_quantities
from evaluation.metrics.base import Metric


def with_whole(
    decisions: Decisions,
    names: Iterable[str],
    dataset: Dataset,
    texts: Sequence[str],
    kind: OutputKind,
    metric: Metric | None = None,
) -> Decisions:
    """Return `decisions` with what each reward in `names` gives the combined outputs `texts` (R,).

    Raises:
        ValueError: a reward does not judge outputs, or gives something else than a number for each.
    """
    # Many choices lead to the same text, which is judged once.
    place: dict[tuple[int, str], int] = {}
    outputs = zip(decisions.joint.segment.tolist(), texts, strict=True)
    index = [place.setdefault(output, len(place)) for output in outputs]
    judged = count_quantities(names, Options.of_outputs(dataset, list(place), kind, metric))
    strides = dict.fromkeys(judged, decisions.joint.stride.astype(float))
    return replace(
        decisions,
        quantities={**decisions.quantities, **strides},
        whole={name: values[index] for name, values in judged.items()},
    )
