"""Combine the outputs of several systems for one source into one better output, with evidence.

The names below are the public interface; everything else may move. They are imported when they
are first used, so that `import ensemble` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ensemble.candidates import Ballot, Candidate, collect, collect_all
    from ensemble.combiners.base import Combiner, combine, combine_all
    from ensemble.decoding.decode import Combination, Decision
    from ensemble.loading import load_combiner, train
    from ensemble.targets import Targets, from_gold, from_references, from_scores
    from evaluation.data.class_probabilities import segment_of
    from evaluation.records import Segment

__all__ = [
    "Ballot",
    "Candidate",
    "Combination",
    "Combiner",
    "Decision",
    "Segment",
    "Targets",
    "collect",
    "collect_all",
    "combine",
    "combine_all",
    "from_gold",
    "from_references",
    "from_scores",
    "load_combiner",
    "segment_of",
    "train",
]

_HOMES = {
    "ensemble.candidates": ("Ballot", "Candidate", "collect", "collect_all"),
    "ensemble.combiners.base": ("Combiner", "combine", "combine_all"),
    "ensemble.decoding.decode": ("Combination", "Decision"),
    "ensemble.loading": ("load_combiner", "train"),
    "ensemble.targets": ("Targets", "from_gold", "from_references", "from_scores"),
    "evaluation.data.class_probabilities": ("segment_of",),
    "evaluation.records": ("Segment",),
}


def __getattr__(name: str) -> object:
    """Return a public name from the module that defines it."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
