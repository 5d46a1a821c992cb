"""Combiners by name, or from the folder that training wrote."""

from pathlib import Path

from ensemble.combiners.base import Combiner
from ensemble.combiners.majority import BASELINES
from evaluation.errors import InputError

NEURAL = "neural"
NAMED = (*BASELINES, NEURAL)
"""The names of combiners that need no labels; any other is the folder of a trained one."""


def untrained(name: str) -> Combiner:
    """Return the unfitted combiner of this name, one of `NAMED`."""
    if name in BASELINES:
        return BASELINES[name]()
    from ensemble.combiners.neural.combiner import Neural

    return Neural()


def load_combiner(name: str | Path) -> Combiner:
    """Return the unfitted combiner called `name`, or the trained one in the folder `name`.

    Raises:
        InputError: `name` is neither a name in `NAMED` nor a folder.
        DataError: the folder is damaged or not of this format.
    """
    if str(name) in NAMED:
        return untrained(str(name))
    if not Path(name).is_dir():
        known = ", ".join(NAMED)
        message = f"no combiner {str(name)!r}; available: {known}, and folders of trained ones"
        raise InputError("unknown-name", message)
    from ensemble.training.artefact import read

    return read(Path(name))[0]
