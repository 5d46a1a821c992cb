"""Records of the engine: a query, the result of each system, and the outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.base import Combiner, signed
from ensemble.decoding.decode import Combination
from ensemble.judges.base import Fault
from ensemble.systems.spending import Spent, total
from evaluation.data.class_probabilities import Output
from evaluation.records import Scores, Style
from evaluation.version import VERSION
from service.core.registered import Registered

Status = Literal["ok", "failed", "timeout", "missing", "late", "not asked"]
"""Status of a system's output; `missing`: the request gives it as null, or as an empty text.

`late`: the answer was given without waiting for it; `not asked`: it was not needed. Both are as the
roster plans it, and no failure.
"""

PLANNED: frozenset[Status] = frozenset(("ok", "late", "not asked"))
"""The statuses of systems that did not fail."""


JudgeStatus = Literal["ok", "failed", "timeout", "not asked"]
"""Status of a judge: `not asked` where its scores could not change the outcome, or may not."""


@dataclass(frozen=True, slots=True)
class Query:
    """One segment to combine: `outputs` from the request, and `systems` to ask for more.

    With `systems=None` all systems are asked, unless there are outputs. By default `kind` is the
    usual one of the combiner, and `combiner` the usual one of the kind. A query that is part of a
    batch sets `queue_if_busy`: it waits for capacity instead of being rejected, since a batch has
    only few segments in progress at a time. `style` is how most sources of the batch are spaced.
    `scores` are those of judges; with `recuse`, their scores of their own outputs are left out.
    `ask_judges` allows to ask the judges of the service.
    """

    source: str
    outputs: Mapping[str, Output | None] | None = None
    systems: Sequence[str] | None = None
    kind: Kind | None = None
    combiner: str | None = None
    queue_if_busy: bool = False
    label_case: LabelCase = "keep"
    style: Style | None = None
    scores: Scores = field(default_factory=dict)
    recuse: bool = True
    ask_judges: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in OpenAI's form, parameters for the members, and the last message of the user."""

    messages: Sequence[JsonValue]
    options: Mapping[str, JsonValue]
    question: str


@dataclass(frozen=True, slots=True)
class SystemResult:
    """The result of one system: `milliseconds` if it was asked, `text` if it answered.

    `spent` is the cost of its answer, where the system counts it.
    """

    status: Status
    weight: float
    milliseconds: float | None = None
    text: str | None = None
    reason: str | None = None
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """The result of one judge: `scores` by system if it answered, else a `reason`.

    `fault` is the kind of failure; `milliseconds` is `None` if it was not asked.
    """

    status: JudgeStatus
    reason: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    fault: Fault | None = None
    spent: Spent = field(default_factory=Spent)
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A combination with the results of its systems and judges, and the combiner that made it."""

    combination: Combination
    results: Mapping[str, SystemResult]
    combiner: Combiner
    kind: Kind
    judges: Mapping[str, JudgeResult] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Version of a registered combiner; for a built-in one, that of Consort."""
        return str(self.combiner.version) if isinstance(self.combiner, Registered) else VERSION

    @property
    def signature(self) -> str:
        """Signature of the combiner and the kind, with which the combination can be repeated."""
        return signed(self.combiner, self.kind)

    @property
    def spent(self) -> Spent:
        """The cost of all systems and judges."""
        systems = [result.spent for result in self.results.values()]
        return total([*systems, *(result.spent for result in self.judges.values())])

    @property
    def degraded(self) -> bool:
        """Whether some system failed, or its output is missing; late ones did not fail."""
        return any(result.status not in PLANNED for result in self.results.values())
