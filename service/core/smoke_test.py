"""Smoke test that a trained combiner must pass before it serves requests."""

from pathlib import Path

import numpy as np

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.trainable import Trainable
from evaluation.edits.types import Types
from evaluation.records import DataError, Segment
from service.core.limits import Refused
from service.core.registered import Named

_LARGEST = 1e6  # absolute value of a weight; larger ones give useless results or overflow
_SAMPLE = ("He go to school .", "He goes to school .", "He go to the school .")
_FAULTS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def tried(folder: Path) -> Trainable:
    """Return the combiner in `folder`, after it has combined a sentence.

    Raises:
        DataError: a file is missing or damaged.
        Refused: the service cannot use it; the path names the part of the artefact at fault.
    """
    from ensemble.training.artefact import read  # torch, which takes seconds

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


def unservable(types: Types, context: str | None) -> str | None:
    """Return why no service takes a combiner trained in this way; `None` where it does."""
    if context:
        return (
            f"the service asks no language model (--context {context}): nothing bounds how many"
            " edits of a request it would read; where it does not help, it is left out"
        )
    if types != "surface":
        return f"edits have surface types in the service, not those of --types {types}"
    return None


def _refusal(combiner: Trainable) -> Refused | None:
    if detail := unservable(combiner.types, combiner.context):
        return Refused("artefact-unsuitable", ["manifest"], detail)
    if not combiner.is_trained:
        return Refused("artefact-unsuitable", ["manifest"], "is untrained")
    tensors = combiner.state().tensors.values()
    if any(float(np.abs(tensor).max()) > _LARGEST for tensor in tensors if tensor.size):
        return Refused("artefact-unsuitable", ["weights"], f"has weights beyond {_LARGEST:g}")
    with np.errstate(all="ignore"):
        weights = list(combiner.profile.weights.values())
    if not np.isfinite(weights).all():
        detail = "has agreement counts that are not finite"
        return Refused("artefact-unsuitable", ["manifest"], detail)
    return None


def _combine(combiner: Trainable) -> None:
    """Combine a sentence with outputs of systems that the combiner knows, and of others."""
    names = [*combiner.systems[:2], "one", "two"]
    outputs = {name: _SAMPLE[i % len(_SAMPLE)] for i, name in enumerate(names)}
    ballot = collect(Segment(_SAMPLE[0], outputs), combiner.kind or "edits")
    # `Named` also checks that probabilities are finite.
    combine(ballot, Named("it", combiner))
