"""The interface of a black-box system: a name, a health, and a text in, a text out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    StringConstraints,
    Tag,
)

from ensemble.competence import Skill
from ensemble.systems.circuit_breaker import Circuit
from ensemble.systems.spending import Spent
from evaluation.edits.classify import TYPES

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""Safe as a file name, a key and a column."""


PROTECTED = "PROTECTED"
"""The type that a competence names to change protected text: addresses, code, mark-up."""


def _known_type(name: str) -> str:
    if name not in (*TYPES, PROTECTED):
        known = ", ".join((*TYPES, PROTECTED))
        raise ValueError(f"no edit type {name!r}; there are {known}")
    return name


EditType = Annotated[str, AfterValidator(_known_type)]
"""A type of edit that `evaluation.edits.classify` knows, or `PROTECTED`."""

Concurrency = Annotated[int, Field(ge=1, le=64)]
"""How many segments of batches a system is asked about at the same time."""

MOST_ROUNDS = 8
"""The most rounds in which the systems of a roster are asked."""

Skills = Mapping[EditType, Skill]
"""How good a system is, by type of edit."""


class SystemFailure(Exception):  # noqa: N818 - the field's word: a system fails on a segment
    """A system did not correct this segment; `reason` is one line a reader can act on."""

    def __init__(self, reason: str) -> None:
        self.reason = " ".join(reason.splitlines())
        super().__init__(self.reason)


State = Literal["starting", "ready", "failed", "stopped"]
"""The state of a system."""

WARM_UP = "This is a test ."
"""The sentence that a system is usually asked for before it counts as ready."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a system can be asked now, and why not.

    `pid` is there where it is a process of its own, `circuit` where it is an endpoint.
    """

    state: State
    reason: str | None = None
    pid: int | None = None
    circuit: Circuit | None = None


class System(Protocol):
    """A corrector, translator or classifier of which only the answers are known."""

    @property
    def name(self) -> str:
        """The name of the system in configurations and evidence."""

    @property
    def health(self) -> Health:
        """Its state at this moment; reading it costs nothing and changes nothing."""

    async def start(self) -> None:
        """Make it ready; one that is started already begins anew.

        Never raises for a system that fails to start: `health` says so.
        """

    async def correct(self, source: str) -> str:
        """Return the system's hypothesis for one segment.

        Callers go through `ask`, which checks the source before and the hypothesis after.
        Cancelling is how time runs out: the system puts itself right for the next segment.

        Raises:
            SystemFailure: it gave no usable answer for this segment.
        """

    async def stop(self) -> None:
        """Let go of everything it holds; it may be started again."""


@runtime_checkable
class Metered(Protocol):
    """A system that counts what its answers cost."""

    async def correct_counting(self, source: str, spent: Spent) -> str:
        """Return the hypothesis as `System.correct` does, and add its cost to `spent`."""


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer to a conversation; `finish` is "length" if it was cut off at the most tokens."""

    text: str
    finish: Literal["stop", "length"]


@runtime_checkable
class Conversational(Protocol):
    """A system that answers conversations too, as language models do."""

    async def complete(
        self, messages: Sequence[JsonValue], options: Mapping[str, JsonValue], spent: Spent
    ) -> Sequence[Completion]:
        """Return one or more answers to a conversation in OpenAI's form.

        `options` are parameters of OpenAI's form; the cost is added to `spent`.

        Raises:
            SystemFailure: it gave no usable answer.
        """


def _true_or_list(value: object) -> object:
    if not isinstance(value, bool | list | tuple):
        raise ValueError(f"must be true, or a list of names such as [{value}]")
    return value


class SystemConfig(BaseModel, ABC):
    """The keys that every kind of system has in its YAML entry.

    `concurrency` is how many segments of batches it is asked about at the same time. `weight` is
    how many votes it has, and `competence` the only types of edit on which its silence is a vote
    against (all, where it is `None`): a list, or how good it is at each. `PROTECTED` among them
    gives it a say on protected text, and takes no say on types away.

    Systems of round 2 and later are asked only where those of earlier rounds leave the outcome
    open. With `stand_in` a system is asked only in place of one that failed: of any, or of these.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    concurrency: Concurrency = 1
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    competence: (
        Annotated[
            Annotated[tuple[EditType, ...], Tag("list")] | Annotated[Skills, Tag("skills")],
            Discriminator(lambda given: "skills" if isinstance(given, Mapping) else "list"),
        ]
        | None
    ) = None
    round: Annotated[StrictInt, Field(ge=1, le=MOST_ROUNDS)] = 1
    stand_in: Annotated[
        StrictBool | Annotated[tuple[Name, ...], Field(min_length=1)],
        BeforeValidator(_true_or_list),
    ] = False

    @abstractmethod
    def system(self) -> System:
        """Return the system it describes, not started."""

    @property
    def is_paced(self) -> bool:
        """Whether its calls wait, to stay within a number of requests per minute."""
        return False

    @property
    def may_change_protected(self) -> bool:
        """Whether it has a say on addresses, code, mark-up and other protected text."""
        return PROTECTED in (self.competence or ())

    @property
    def voting_competence(self) -> tuple[EditType, ...] | Skills | None:
        """Its competence without `PROTECTED`, which is not a type of edit; `None` for all types."""
        if not self.may_change_protected or self.competence is None:
            return self.competence
        if isinstance(self.competence, Mapping):
            return {t: skill for t, skill in self.competence.items() if t != PROTECTED} or None
        return tuple(type_ for type_ in self.competence if type_ != PROTECTED) or None
