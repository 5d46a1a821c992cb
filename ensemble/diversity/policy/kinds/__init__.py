"""The kinds of output a member may have: each supplies options, and what they are worth."""

from ensemble.diversity.policy.kinds.base import OutputKind
from ensemble.diversity.policy.kinds.edits import Edits
from ensemble.diversity.policy.kinds.labels import Labels
from ensemble.diversity.policy.kinds.registry import KINDS, AnyKind, with_outputs
from ensemble.diversity.policy.kinds.texts import Texts

__all__ = ["KINDS", "AnyKind", "Edits", "Labels", "OutputKind", "Texts", "with_outputs"]
