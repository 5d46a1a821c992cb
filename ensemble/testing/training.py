"""The laws of a combiner that can be trained: it learns the same again, and is read as saved."""

import json
from collections.abc import Sequence
from functools import partial
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory

from ensemble.candidates import Ballot
from ensemble.combiners.trainable import State, Trainable, TrainedOn
from ensemble.targets import Targets
from ensemble.training.artefact import Record, read, write
from evaluation.statistics.significance import SEED


def check_learning(
    trainable: type[Trainable], ballots: Sequence[Ballot], targets: Targets
) -> Trainable:
    """Return the combiner trained on `ballots`, after checking what training it relies on.

    It learns as `consort train` calls it, by `learn` with a seed and a context: the same from the
    same data. It is trained then and not before; saved and read again, it gives the same verdicts,
    under a signature that names the artefact; it refuses a state that is not its own.

    Raises:
        AssertionError: naming the law that it breaks.
    """
    assert not trainable().is_trained, "it is trained before it has seen any labels"
    _check_parameters(trainable)
    learn = partial(trainable.learn, ballots, targets, seed=SEED, context=None)
    combiner = learn()
    _check_trained(combiner, ballots)
    verdicts = combiner.judge(ballots)
    assert learn().judge(ballots) == verdicts, "trained again on the same data, it is another"
    _check_refusal(combiner)
    with TemporaryDirectory() as name:
        saved, read_again = _saved(combiner, Path(name) / "combiner")
    assert type(read_again) is type(combiner), "read again, it is of another class"
    assert read_again.judge(ballots) == verdicts, "read again, it gives other verdicts"
    assert saved.signature == read_again.signature, "read again, it has another signature"
    assert saved.signature != combiner.signature, "its signature does not name the artefact"
    return read_again


def _check_parameters(trainable: type[Trainable]) -> None:
    try:
        signature(trainable.learn).bind([], None, seed=SEED, context=None)
    except TypeError as error:
        call = "learn(ballots, targets, seed=…, context=…)"
        raise AssertionError(f"`consort train` calls {call}: {error}") from error


def _check_trained(combiner: Trainable, ballots: Sequence[Ballot]) -> None:
    kind = ballots[0].kind
    assert combiner.is_trained, "it is not trained after learning"
    assert combiner.kinds == (kind,), f"trained on {kind}, it combines {combiner.kinds}"
    systems = {system for ballot in ballots for system in ballot.systems}
    assert set(combiner.systems) == systems, f"trained on {sorted(systems)}, not {combiner.systems}"
    json.dumps(combiner.state().facts)


def _check_refusal(combiner: Trainable) -> None:
    common = combiner.kind, combiner.profile, combiner.mark, combiner.types, combiner.context
    try:
        type(combiner).from_state(TrainedOn(*common), State({"nonsense": 1}, {}))  # type: ignore[arg-type]
    except (LookupError, RuntimeError, TypeError, ValueError):
        return
    raise AssertionError("it takes a state that is not its own")


def _saved(combiner: Trainable, folder: Path) -> tuple[Trainable, Trainable]:
    """Return the combiner as `write` returns it, and as `read` does."""
    written = write(folder, combiner, Record())
    return written, read(folder)[0]
