"""What `/v1/combiners` takes and gives: combiners, their versions and aliases, evidence."""

from typing import Annotated, Any, NotRequired, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from ensemble.candidates import Kind
from evaluation.records import Segment
from service.core import limits
from service.core.fields import Name, Text, custom_error
from service.core.limits import check_text
from service.core.problems import Document, Problem
from service.registry.promotion import Comparison, Evidence, Policy


class GoldSegment(BaseModel):
    """A source, what systems made of it, and texts any of which would have been right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[Text, Field(min_length=1)]
    outputs: Annotated[
        dict[Name, Text | None],
        Field(min_length=limits.FEWEST_SYSTEMS, max_length=limits.MOST_SYSTEMS),
    ]
    references: Annotated[list[Text], Field(max_length=limits.MOST_REFERENCES)] = []


class Proof(BaseModel):
    """Segments to hold the new combiner against the old one on, with references or gold edits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segments: Annotated[
        list[GoldSegment],
        Field(
            max_length=limits.EVIDENCE_SEGMENTS,
            description=f"Of at least {limits.EVIDENCE_LEAST} different sources",
        ),
    ]
    m2: str | None = Field(
        default=None, description="Gold edits of all segments as M2, in place of references"
    )
    policy: Policy = "better"

    @model_validator(mode="after")
    def _is_either(self) -> Self:
        given = sum(bool(segment.references) for segment in self.segments)
        if given != (0 if self.m2 is not None else len(self.segments)):
            raise custom_error(
                "conflicting-fields", "needs either references of every segment, or m2"
            )
        return self

    def evidence(self) -> Evidence:
        """Return it as it is judged by.

        Raises:
            Refused: a text takes too long to align.
        """
        for i, segment in enumerate(self.segments):
            place: list[str | int] = ["evidence", "segments", i]
            check_text(segment.source, [*place, "source"])
            for name, text in segment.outputs.items():
                check_text(text or "", [*place, "outputs", name])
            for k, text in enumerate(segment.references):
                check_text(text, [*place, "references", k])
        references = None if self.m2 is not None else [one.references for one in self.segments]
        segments = [Segment(one.source, one.outputs) for one in self.segments]
        return Evidence(segments, references, self.m2)


class Force(BaseModel):
    """Why the champion is changed without a test."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class AliasRequest(BaseModel):
    """Which version an alias shall be; for `champion`, what says that it should."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Annotated[int, Field(ge=1, lt=1 << 31, strict=False)]
    evidence: Proof | None = None
    force: Force | None = None


class Summary(TypedDict):
    """A combiner with its versions and aliases in short."""

    name: str
    kind: Kind
    versions: list[int]
    aliases: dict[str, int]


class Combiners(TypedDict):
    """What requests can name: those that are always there, and those that were uploaded."""

    builtin: list[str]
    registered: list[Summary]


class VersionState(TypedDict):
    """One version, whether this process has it, and which aliases are it."""

    name: str
    version: int
    kind: Kind
    digest: Annotated[str, Field(description="SHA-256 of its manifest, which has its weights'")]
    signature: str
    created_at: Annotated[float, Field(description="Seconds since 1970")]
    loaded: bool
    aliases: list[str]
    manifest: NotRequired[Annotated[dict[str, Any], Field(description="Of one version alone")]]


class AliasMove(TypedDict):
    """An alias was pointed at a version (0: at none), by the key `set_by`."""

    alias: str
    version: int
    set_at: float
    set_by: str
    evidence: Annotated[dict[str, Any], Field(description="`how`, and the figures or the reason")]


class ShadowAgreement(TypedDict):
    """How often a shadow said the same as the champion it ran beside."""

    champion: int
    shadow: int
    compared: int
    same_text: int
    candidates: int
    same_candidates: int


class CombinerState(TypedDict):
    """A combiner: its versions, where its aliases point, how they moved, how its shadows agree."""

    name: str
    kind: Kind
    versions: list[VersionState]
    aliases: dict[str, int]
    history: list[AliasMove]
    shadows: list[ShadowAgreement]


class Figures(TypedDict):
    """What one combiner is worth beside another on the same segments."""

    statistic: str
    value: float
    other: float
    delta: float
    low: float
    high: float
    p: float
    n: int
    resamples: int
    seed: int


class NotBetterDocument(Document):
    """A promotion that the figures do not grant."""

    comparison: Figures


class NotBetter(Problem):
    """The evidence does not grant the promotion; the figures are sent with it."""

    def __init__(self, detail: str, comparison: Comparison) -> None:
        super().__init__("not-better", detail)
        self.comparison = comparison

    def document(self, request_id: str) -> NotBetterDocument:
        """Return what is sent for it."""
        figures = self.comparison.fields()
        return {**super().document(request_id), "comparison": figures}  # type: ignore[typeddict-item]
