"""What a trained combiner is put to before requests are: whoever brought it, it must work here."""

from pathlib import Path

import numpy as np

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.neural.combiner import Neural
from ensemble.training.artefact import read
from evaluation.records import DataError, Segment
from service.core.limits import Refused
from service.core.registered import Registered

_LARGEST = 1e6  # a weight; beyond it what is no overflow is still no sense
_SAMPLE = ("He go to school .", "He goes to school .", "He go to the school .")
_FAULTS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def tried(folder: Path) -> Neural:
    """Return the combiner in `folder`, which has combined a sentence here.

    Raises:
        DataError: a file is not what it should be.
        Refused: the service cannot use it; the path is the part of the artefact at fault.
    """
    try:
        combiner, _ = read(folder)
        refusal = _refusal(combiner)
        if refusal is None:
            _combine(combiner)
    except DataError:
        raise
    except _FAULTS as error:
        raise Refused("artefact-damaged", ["weights"], f"cannot be used: {error}") from None
    if refusal is not None:
        raise refusal
    return combiner


def _refusal(combiner: Neural) -> Refused | None:
    if combiner.types != "surface" or combiner.context:
        shown = f"{combiner.types} types, and context {combiner.context}"
        detail = f"the service shows surface types alone, not {shown}"
        return Refused("artefact-unsuitable", ["manifest"], detail)
    if combiner.learnt is None or combiner.kind is None:
        return Refused("artefact-unsuitable", ["manifest"], "is untrained")
    tensors = combiner.learnt.network.state_dict().values()
    if any(float(tensor.abs().max()) > _LARGEST for tensor in tensors if tensor.numel()):
        return Refused("artefact-unsuitable", ["weights"], f"has weights beyond {_LARGEST:g}")
    with np.errstate(all="ignore"):
        weights = list(combiner.profile.weights.values())
    if not np.isfinite(weights).all():
        detail = "has agreement counts that are not finite"
        return Refused("artefact-unsuitable", ["manifest"], detail)
    return None


def _combine(combiner: Neural) -> None:
    """Combine a sentence, by its own systems and by others."""
    own = combiner.learnt.systems[:2] if combiner.learnt else ()
    outputs = {name: _SAMPLE[i % len(_SAMPLE)] for i, name in enumerate([*own, "one", "two"])}
    ballot = collect(Segment(_SAMPLE[0], outputs), combiner.kind or "edits")
    combine(ballot, Registered("it", 0, combiner))  # which wants numbers, too
