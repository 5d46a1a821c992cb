"""Stacks: combiners of the outputs of other combiners.

The class is imported when it is first needed.
"""

from ensemble.combiners.registry import ALL_KINDS, register

STACK = register(
    "stack",
    kinds=ALL_KINDS,
    needs_labels=True,
    uses_scores=True,
    module="ensemble.combiners.stack.combiner",
    second_order=True,
)
"""The entry of the stack, which decorates its class."""
