"""What the engine is asked, and what it answers: plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.base import Combiner, signed
from ensemble.decoding.decode import Combination
from evaluation import VERSION
from service.core.registered import Registered

Status = Literal["ok", "failed", "timeout", "missing"]
"""What became of a system's part: `missing` is an output that was given as null, or empty."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to combine: `outputs` that are given, and those of `systems`, which are asked for them.

    Where `systems` is `None`, all are asked unless outputs are given. `kind` is the combiner's
    usual one where it is `None`, and `combiner` the one that is usual for the kind. A `patient`
    one waits for its turn where another would be refused: one segment of many, of which only a
    few are under way at a time.
    """

    source: str
    outputs: Mapping[str, str | None] | None = None
    systems: Sequence[str] | None = None
    kind: Kind | None = None
    combiner: str | None = None
    patient: bool = False
    label_case: LabelCase = "keep"


@dataclass(frozen=True, slots=True)
class Voice:
    """One system's part; `milliseconds` only where it was asked, `text` only where it answered."""

    status: Status
    weight: float
    milliseconds: float | None = None
    text: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A combination, whose voices are in it, and what combined them."""

    combination: Combination
    voices: Mapping[str, Voice]
    combiner: Combiner
    kind: Kind

    @property
    def version(self) -> str:
        """That of the combiner: its own if it was registered, else Consort's."""
        return str(self.combiner.version) if isinstance(self.combiner, Registered) else VERSION

    @property
    def signature(self) -> str:
        """What gives the same combination again."""
        return signed(self.combiner, self.kind)

    @property
    def degraded(self) -> bool:
        """Whether some system's voice is missing."""
        return any(voice.status != "ok" for voice in self.voices.values())
