"""The arguments that `combine` and `explain` share, and the outcome that they describe."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ensemble.candidates import Kind
from ensemble.combiners.registry import COMBINERS
from service.core import limits
from service.core.combiner_table import built_in
from service.core.engine import Engine, Outcome, Query
from service.core.fields import AllDiffer, Name, SourceText, SystemOutput, check_asked
from service.core.limits import Refused

_COUNT = Field(min_length=1, max_length=limits.MOST_SYSTEMS)
_KINDS = (
    "`edits`: outputs are corrected or rewritten versions of `source`, combined change by change; "
    "`texts`: translations, summaries or answers, of which the best is chosen; "
    "`labels`: classes or short answers, of which the most probable is chosen. "
    "By default the usual kind of the combiner, which for `vote` is `edits`"
)


def _combiners() -> str:
    """Return the description of the argument `combiner`: each of those that need no training."""
    described = []
    for name in built_in():
        entry = COMBINERS.get(name)
        summary = (entry.load().__doc__ or "").partition("\n")[0]
        described.append(f"`{name}` ({', '.join(entry.kinds)}): {summary}")
    last = "Options as in `fuse:window=1`. By default `vote`, and for texts `mbr`."
    return " ".join([*described, last])


_CombinerName = Annotated[str, Field(max_length=limits.LONGEST_COMBINER)]


class Arguments(BaseModel):
    """A source with outputs of systems, with the names of systems to ask, or with both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: SourceText = Field(
        description="The text that was given to the systems: the sentence to correct, the text to "
        "translate, summarise or classify, or the question"
    )
    outputs: Annotated[dict[Name, SystemOutput | None], _COUNT] | None = Field(
        default=None,
        description="Outputs that you have, by the name of the system or model that gave each; "
        "null if it gave none. Two at least, unless `systems` has more. "
        'Example: {"a": "I have an apple.", "b": "I has an apple."}',
    )
    systems: Annotated[list[Name], _COUNT, AllDiffer()] | None = Field(
        default=None,
        description="Systems of this server to ask for more outputs; without `outputs` and "
        "`systems` all of them are asked",
    )
    kind: Kind | None = Field(default=None, description=_KINDS)
    combiner: _CombinerName | None = Field(default=None, description=_combiners())

    @model_validator(mode="after")
    def _all_have_one_output(self) -> Self:
        check_asked(self.outputs or {}, self.systems or [])
        return self


async def outcome_of(engine: Engine, arguments: Arguments) -> Outcome:
    """Return the combination of the outputs, after systems have been asked for those missing.

    Raises:
        Refused, Busy, TimeoutError: as `Engine.combine`; or there is only one output or system.
    """
    outputs, systems = arguments.outputs, arguments.systems
    if len(outputs or ()) + len(systems or ()) == 1:
        detail = f"has 1 element; at least {limits.FEWEST_SYSTEMS} outputs and systems are needed"
        raise Refused("too-few-systems", ["outputs" if outputs else "systems"], detail)
    if systems or not outputs:
        await engine.started()
    kind, combiner = arguments.kind, arguments.combiner
    return await engine.combine(Query(arguments.source, outputs, systems, kind, combiner))


def named(engine: Engine) -> str:
    """Return the sentences that name the systems of this server, and its trained combiner."""
    systems = f"The systems of this server: {', '.join(engine.members)}."
    if (trained := engine.trained_combiner) is None:
        return systems
    return f"{systems} Its combiner `{trained.name}` was trained, for {trained.kinds[0]}."
