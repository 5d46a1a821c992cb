"""The keys of a roster that say how far its systems are asked, and the plan that they make."""

from collections.abc import Collection, Sequence
from math import inf
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from ensemble.systems.base import SystemConfig
from ensemble.systems.waiting import Plan


class Waiting(BaseModel):
    """When the answer is given before all systems have answered; never, without any of the keys.

    With `settled`, as soon as the systems that have not answered cannot change the outcome. From
    `quorum` usable answers on, the other systems have `grace_s` seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    settled: StrictBool = False
    quorum: Annotated[StrictInt, Field(ge=1)] | None = None
    grace_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _grace_is_after_a_quorum(self) -> "Waiting":
        if self.quorum is None and "grace_s" in self.model_fields_set:
            raise ValueError("grace_s is the time after a quorum: give quorum too")
        return self


def check_roles(entries: Sequence[SystemConfig], waiting: Waiting) -> None:
    """Refuse systems that stand in for none, and a quorum that cannot be reached.

    Raises:
        ValueError: the message names the system and the fault.
    """
    regular = [entry.name for entry in entries if not entry.stand_in]
    if not regular:
        raise ValueError("every system is a stand_in: at least one has to be asked first")
    for entry in entries:
        if entry.stand_in and "round" in entry.model_fields_set:
            raise ValueError(f"{entry.name} has a round and is a stand_in: it has no round")
        named = entry.stand_in if isinstance(entry.stand_in, tuple) else ()
        for name in named:
            if name not in regular:
                available = ", ".join(regular)
                raise ValueError(f"{entry.name} is a stand_in for {name!r}; there are {available}")
    if waiting.quorum is not None and waiting.quorum > len(regular):
        raise ValueError(
            f"waiting.quorum is {waiting.quorum}, of {len(regular)} systems that are not stand-ins:"
            " it would never be reached"
        )


def make_plan(
    entries: Sequence[SystemConfig],
    waiting: Waiting,
    names: Collection[str],
    patience_s: float = inf,
) -> Plan:
    """Return the plan by which those of the systems in `names` are asked.

    Systems keep their rounds. Where all of them are stand-ins, they are asked as all others.
    """
    chosen = [entry for entry in entries if entry.name in names]
    regular = [entry for entry in chosen if not entry.stand_in] or chosen
    rounds = sorted({entry.round for entry in regular})
    return Plan(
        rounds=[[entry.name for entry in regular if entry.round == at] for at in rounds],
        stand_ins={
            entry.name: entry.stand_in if isinstance(entry.stand_in, tuple) else ()
            for entry in chosen
            if entry not in regular
        },
        settled=waiting.settled,
        quorum=waiting.quorum,
        grace_s=waiting.grace_s,
        patience_s=patience_s,
    )
