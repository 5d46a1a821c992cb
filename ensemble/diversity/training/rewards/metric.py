"""Rewards for raising a metric: of the member's text, or of the combined output."""

import numpy as np

from ensemble.diversity.training.rewards.options import Options
from ensemble.diversity.training.rewards.registry import register
from ensemble.diversity.training.rewards.state import State
from ensemble.types import Array
from evaluation.metrics.base import Texts, score_segments


def change(options: Options) -> Array:
    """Return by how much each option raises the metric of its segment (n,), all else kept.

    Where there are gold edits, the references are the source with these made. For whole outputs
    that is the metric's own value; where a segment has several decisions, their changes are taken
    to add up. It is 0 where gold edits delete the whole text, as the segment then has no reference.
    """
    assert options.metric is not None
    known = options.inputs, options.references, options.gold
    after, before = (
        score_segments(options.metric, Texts(texts, *known))
        for texts in (options.texts, options.sources)
    )
    return np.nan_to_num(np.asarray(after - before, dtype=np.float64))


@register("metric", quantity=change, needs_metric=True, additive=True)
def metric(state: State, target_f: float) -> Array:
    """Return by how much the metric of the member's own segment was raised, (r,)."""
    return state.quantities["metric"]


@register("combined metric", whole=change, target="combined", needs_metric=True)
def combined_metric(state: State, target_f: float) -> Array:
    """Return by how much the metric of the combined output is above that of the source, (r,).

    It is judged as a whole: what an edit is worth may depend on all others. A segment with more
    joint choices than `policy.joint.MOST` has the value of the source kept, whatever is chosen.
    """
    return state.whole_value("combined metric")
