"""Combiners by name, or from the folder that training wrote."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import COMBINERS, create, label_free, load_trainable
from ensemble.combiners.trainable import Trainable
from ensemble.targets import Targets
from evaluation.errors import InputError
from evaluation.statistics.significance import SEED

if TYPE_CHECKING:
    from ensemble.combiners.stack.combiner import Stack

NEURAL = "neural"
"""The name of the combiner that is trained where no other is named."""

STACK = "stack"
"""The name of the combiner that combines the outputs of others."""


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


def load_stack(path: Path, to_train: bool = False) -> "Stack":
    """Return the untrained stack of a YAML file; levels that have a folder are read from it.

    Raises:
        ConfigError: the file cannot be read, or something in it is unknown, missing or wrong.
        InputError: a level cannot be read, or cannot be a level; or, where the stack is not
            `to_train`, a level or the top would have to be trained.
    """
    from ensemble.combiners.stack.combiner import Stack
    from ensemble.combiners.stack.plan import read_plan
    from ensemble.training.artefact import read

    stack = Stack.of(read_plan(path), lambda folder: read(folder)[0])
    if not to_train and (missing := stack.to_be_trained):
        message = f"{path}: {missing[0]} needs labels: train the stack by `consort train --stack`"
        raise InputError("invalid-option", message)
    return stack


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
