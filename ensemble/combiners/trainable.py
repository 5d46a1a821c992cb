"""The interface of combiners that learn from labels, and that are saved and read again."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from numpy.typing import NDArray

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner
from ensemble.competence import Profile
from ensemble.targets import Targets
from ensemble.types import Array
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.reporting.table import sign
from evaluation.statistics.significance import SEED

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress

UNSAVED = "unsaved"
"""The mark of a trained combiner that was not saved yet."""


class State(NamedTuple):
    """The result of training, as it is saved.

    `facts` is saved as JSON, `tensors` as safetensors; both are data, and execute nothing.
    """

    facts: Mapping[str, Any]
    tensors: Mapping[str, NDArray[Any]]


class TrainedOn(NamedTuple):
    """The fields of `Trainable`, in their order: they are saved of every trained combiner."""

    kind: Kind
    profile: Profile
    mark: str
    types: Types
    context: str | None


class VoteWeights(NamedTuple):
    """The change that training made to the vote of each system, for the report.

    `values` (systems, columns) are log-odds; `columns` names what they are about, and `note` says
    how to read them.
    """

    values: Array
    systems: tuple[str, ...]
    columns: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Trainable(Combiner):
    """A combiner that learns from labels, and that can be saved and read again.

    `kind` is that of the outputs it was trained on, `None` where it has seen no labels; `profile`
    counts who agreed with whom there. `mark` identifies the result of training: once it is saved,
    the first digits of the SHA-256 of its manifest. `types` is the classifier that must name the
    types of edits, and `context` the language model that must read them, for what it learnt to
    apply.
    """

    kind: Kind | None = None
    profile: Profile = field(default_factory=Profile.unknown)
    mark: str = "untrained"
    types: Types = "surface"
    context: str | None = None

    untaught: ClassVar[str] = "all are right, or all wrong"
    """Why it stays untrained after `learn`, where it does."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind it was trained for; all kinds of the class if untrained."""
        return (self.kind,) if self.kind else self.all_kinds

    @property
    def signature(self) -> str:
        """The name, and the mark of the training."""
        return sign(self.name, {"artefact": self.mark})

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems it was trained on."""
        return self.profile.systems

    @property
    @abstractmethod
    def is_trained(self) -> bool:
        """Whether it has learnt anything from labels, so that there is something to save."""

    @classmethod
    @abstractmethod
    def learn(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        *,
        seed: int = SEED,
        context: str | None = None,
    ) -> Self:
        """Return a combiner trained on `ballots` of one kind with their `targets`.

        The same arguments give the same combiner. `context` names the language model that reads
        the candidates too, if any.

        Raises:
            ValueError: there is nothing to learn from, or the combiner does not take `context`.
        """

    @classmethod
    def prepare(cls, ballots: Sequence[Ballot], context: str | None, progress: "Progress") -> None:
        """Do once, and show progress, what each `learn` from parts of `ballots` would repeat.

        Raises:
            ValueError: the combiner does not take `context`.
        """
        refuse_context(cls.name, context)

    @abstractmethod
    def state(self) -> State:
        """Return what it has learnt, apart from the fields of `TrainedOn`."""

    @classmethod
    @abstractmethod
    def from_state(cls, trained_on: TrainedOn, state: State) -> Self:
        """Return the combiner that has learnt `state`, which may come from anywhere.

        Raises:
            ValueError: this class does not save such a state. A pydantic `ValidationError` is
                taken to be about the facts, any other error about the tensors.
        """

    def vote_weights(self) -> VoteWeights | None:
        """Return what training changed in the vote of each system; `None` where that has no form.

        The report of a training shows it.
        """
        return None


def refuse_context(name: str, context: str | None) -> None:
    """Raise an `InputError` where a combiner that asks no language model is given one."""
    if context is not None:
        raise InputError("invalid-option", f"{name} does not take a language model as context")
