"""What a trained combiner is put to before requests are: whoever brought it, it must work here."""

import numpy as np

from ensemble.candidates import collect
from ensemble.combiner import combine
from ensemble.neural.combiner import Neural
from evaluation.records import Segment
from service.limits import Refused
from service.registry.registered import Registered

_LARGEST = 1e6  # a weight; beyond it what is no overflow is still no sense
_SAMPLE = ("He go to school .", "He goes to school .", "He go to the school .")

FAULTS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What a combiner may raise that is none."""


def try_out(combiner: Neural) -> None:
    """Combine a sentence, by its own systems and by others.

    Raises:
        Refused: the service cannot use it; the path is the part of the artefact at fault.
    """
    if combiner.types != "surface" or combiner.context:
        shown = f"{combiner.types} types, and context {combiner.context}"
        raise Refused(["manifest"], f"the service shows surface types alone, not {shown}")
    if combiner.learnt is None or combiner.kind is None:
        raise Refused(["manifest"], "has learnt nothing")
    tensors = combiner.learnt.network.state_dict().values()
    if any(float(tensor.abs().max()) > _LARGEST for tensor in tensors if tensor.numel()):
        raise Refused(["weights"], f"has weights beyond {_LARGEST:g}")
    with np.errstate(all="ignore"):
        weights = list(combiner.profile.weights.values())
    if not np.isfinite(weights).all():
        raise Refused(["manifest"], "counts agreement in numbers that are none")
    names: list[str] = [*combiner.learnt.systems[:2], "one", "two"]
    outputs = {name: _SAMPLE[i % len(_SAMPLE)] for i, name in enumerate(names)}
    try:
        ballot = collect(Segment(_SAMPLE[0], outputs), combiner.kind)
        combine(ballot, Registered("it", 0, combiner))  # which wants numbers, too
    except FAULTS as error:
        raise Refused(["weights"], f"cannot be used: {error}") from None
