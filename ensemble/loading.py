"""Combiners by name, or from the folder that training wrote."""

from pathlib import Path

from ensemble.combiners.base import Combiner
from ensemble.combiners.baselines import BASELINES
from ensemble.training.artefact import read


def load_combiner(name: str | Path) -> Combiner:
    """Return the combiner that needs no labels called `name`, or the trained one in that folder.

    Raises:
        ValueError: there is no such name and no such folder.
        DataError: the folder is damaged or not of this format.
    """
    if str(name) in BASELINES:
        return BASELINES[str(name)]()
    if not Path(name).is_dir():
        available = ", ".join(BASELINES)
        raise ValueError(f"no combiner {str(name)!r}; available: {available}, or a trained folder")
    combiner, _ = read(Path(name))
    return combiner
