"""Schemas of `/v1/combiners`: combiners, their versions and aliases, evidence."""

from typing import Annotated, Any, NotRequired, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from ensemble.candidates import Kind
from evaluation.data.class_probabilities import segment_of
from evaluation.data.judge_scores import recuse
from evaluation.records import Segment
from service.core import limits
from service.core.fields import JudgeScores, Name, SystemOutput, Text, custom_error
from service.core.limits import check_output, check_scored, check_text
from service.core.problems import Document, Problem
from service.registry.promotion import Comparison, Evidence, Policy


class GoldSegment(BaseModel):
    """A source, the outputs of systems, and references, any of which is right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[Text, Field(min_length=1)]
    outputs: Annotated[
        dict[Name, SystemOutput | None],
        Field(min_length=limits.FEWEST_SYSTEMS, max_length=limits.MOST_SYSTEMS),
    ]
    references: Annotated[list[Text], Field(max_length=limits.MOST_REFERENCES)] = []
    scores: JudgeScores = {}

    def segment(self) -> Segment:
        """Return the outputs with the scores of judges, but for those of their own outputs."""
        return recuse(segment_of(self.source, self.outputs, scores=self.scores))


class Proof(BaseModel):
    """Segments to compare the new combiner with the old one on, with references or gold edits."""

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
        """Return the evidence as the comparison takes it.

        Raises:
            Refused: a text takes too long to align, or a score is of a system without an output.
        """
        for i, segment in enumerate(self.segments):
            path: list[str | int] = ["evidence", "segments", i]
            check_text(segment.source, [*path, "source"])
            for name, output in segment.outputs.items():
                check_output(output, [*path, "outputs", name])
            check_scored(segment.scores, segment.outputs, [*path, "scores"])
            for k, text in enumerate(segment.references):
                check_text(text, [*path, "references", k])
        references = (
            None if self.m2 is not None else [segment.references for segment in self.segments]
        )
        segments = [segment.segment() for segment in self.segments]
        return Evidence(segments, references, self.m2)


class Force(BaseModel):
    """The reason to change the champion without a test."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class AliasRequest(BaseModel):
    """The version an alias should point at; for `champion`, with evidence or a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Annotated[int, Field(ge=1, lt=1 << 31, strict=False)]
    evidence: Proof | None = None
    force: Force | None = None


class FromJob(BaseModel):
    """The job that trained the combiner to register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: Annotated[str, Field(max_length=64)]


class Summary(TypedDict):
    """A combiner with the numbers of its versions, and its aliases."""

    name: str
    kind: Kind
    versions: list[int]
    aliases: dict[str, int]


class Trained(TypedDict):
    """The trained combiner of the settings, and the built-in one that learned."""

    name: str
    learner: str
    kind: Kind
    signature: str
    calibrated: bool


class Combiners(TypedDict):
    """The combiners that requests can name: built-in, trained and registered ones."""

    builtin: Annotated[
        list[str],
        Field(description="Without labels: their probabilities are support, uncalibrated"),
    ]
    options: Annotated[
        dict[str, dict[str, dict[str, Any]]],
        Field(
            description="By built-in combiner and option: its JSON schema, with the default. "
            "A request names them as `fuse:window=1`"
        ),
    ]
    kinds: Annotated[
        dict[str, list[Kind]],
        Field(description="By every name that a request can use: the kinds that it combines"),
    ]
    trained: Annotated[Trained | None, Field(description="null if the settings name none")]
    registered: list[Summary]


class VersionState(TypedDict):
    """One version, whether this process has loaded it, and the aliases that point at it."""

    name: str
    version: int
    kind: Kind
    digest: Annotated[
        str, Field(description="SHA-256 of its manifest, which has that of the weights")
    ]
    signature: str
    created_at: Annotated[float, Field(description="Seconds since 1970")]
    loaded: bool
    calibrated: Annotated[
        bool | None,
        Field(description="Whether its probabilities were fitted to labels; null if not loaded"),
    ]
    aliases: list[str]
    manifest: NotRequired[Annotated[dict[str, Any], Field(description="Only for a single version")]]


class AliasMove(TypedDict):
    """A move of an alias to a version (0: the alias was removed), by the key `set_by`."""

    alias: str
    version: int
    set_at: float
    set_by: str
    evidence: Annotated[dict[str, Any], Field(description="`how`, and the figures or the reason")]


class ShadowAgreement(TypedDict):
    """Agreement of a shadow with the champion on the same requests."""

    champion: int
    shadow: int
    compared: int
    same_text: int
    candidates: int
    same_candidates: int


class CombinerState(TypedDict):
    """A combiner: its versions, aliases and their history, and the agreement of its shadows."""

    name: str
    kind: Kind
    versions: list[VersionState]
    aliases: dict[str, int]
    history: list[AliasMove]
    shadows: list[ShadowAgreement]


class Figures(TypedDict):
    """Comparison of two combiners on the same segments."""

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
    """A promotion that the evidence does not support."""

    comparison: Figures


class NotBetter(Problem):
    """The evidence does not support the promotion; the document includes the figures."""

    def __init__(self, detail: str, comparison: Comparison) -> None:
        super().__init__("not-better", detail)
        self.comparison = comparison

    def document(self, request_id: str) -> NotBetterDocument:
        """Return the document to send, with the figures."""
        figures = self.comparison.fields()
        return {**super().document(request_id), "comparison": figures}  # type: ignore[typeddict-item]
