"""The neural combiner: a small network over votes, competence and features of candidates.

It is imported, and torch with it, when it is first needed.
"""

from ensemble.combiners.registry import ALL_KINDS, register

NEURAL = register(
    "neural",
    kinds=ALL_KINDS,
    stateless=True,
    uses_scores=True,
    module="ensemble.combiners.neural.combiner",
)
"""The entry of the neural combiner, which decorates its class."""
