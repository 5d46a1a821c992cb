"""The targets that labels give each candidate: from gold edits, references, or human scores.

A target belongs to a candidate and not to a system, so one label teaches about all voters.
"""

from ensemble.targets.changes import Loss
from ensemble.targets.edits import Key, from_gold, gold_keys, key_of
from ensemble.targets.references import from_references
from ensemble.targets.scores import from_scores
from ensemble.targets.targets import Targets, fingerprint, folds_of, subset, without

__all__ = [
    "Key",
    "Loss",
    "Targets",
    "fingerprint",
    "folds_of",
    "from_gold",
    "from_references",
    "from_scores",
    "gold_keys",
    "key_of",
    "subset",
    "without",
]
