"""Combiners by name, or from the folder that training wrote."""

from collections.abc import Sequence
from pathlib import Path

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import COMBINERS, create, label_free, load_trainable
from ensemble.combiners.trainable import Trainable
from ensemble.targets import Targets
from evaluation.errors import InputError
from evaluation.statistics.significance import SEED

NEURAL = "neural"
"""The name of the combiner that is trained where no other is named."""


def load_combiner(name: str | Path) -> Combiner:
    """Return the unfitted combiner called `name`, or the trained one in the folder `name`.

    A name may have options behind it, as in `vote:k=2`.

    Raises:
        InputError: `name` is neither the name of a combiner nor a folder, or the combiner must be
            trained first, or an option is wrong.
        DataError: the folder is damaged or not of this format.
    """
    is_folder, first = Path(name).is_dir(), str(name).partition(":")[0]
    is_named = first in COMBINERS.all() or first in COMBINERS.broken()
    if first in label_free() or (is_named and not is_folder):
        return create(str(name))
    if not is_folder:
        message = f"no combiner {str(name)!r}; available: {', '.join(label_free())}"
        raise InputError("unknown-name", f"{message}, and folders of trained ones")
    from ensemble.training.artefact import read

    return read(Path(name))[0]


def train(
    ballots: Sequence[Ballot],
    targets: Targets,
    seed: int = SEED,
    context: str | None = None,
    combiner: str = NEURAL,
) -> Trainable:
    """Return the combiner of this name, trained on `ballots` of one kind with their `targets`.

    The same arguments give the same combiner. `context` names the language model that reads the
    candidates too, if any.

    Raises:
        InputError: no combiner of this name can be trained, or not on this kind, or not with
            `context`.
        ValueError: there is nothing to learn from.
    """
    learner = load_trainable(combiner, ballots[0].kind if ballots else None)
    return learner.learn(ballots, targets, seed=seed, context=context)
