"""The part of the configuration that says what data a member is trained on."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ensemble.systems.base import Name
from evaluation.config import Part, Run

Share = Annotated[float, Field(gt=0, lt=1)]
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=32)]


class Folder(Part):
    """Files NAME.txt in a folder, one segment a line."""

    path: str
    systems: Names


class Live(Part):
    """Systems of a roster, which are asked for their outputs; the answers are cached."""

    roster: str
    systems: Names


class Pool(Part):
    """A member whose versions are the outputs of several systems: of a `Folder`, or `Live`."""

    form: Literal["pool"]
    path: str | None = None
    roster: str | None = None
    systems: Names

    @model_validator(mode="after")
    def _is_in_one_place(self) -> Self:
        if (self.path is None) == (self.roster is None):
            raise ValueError("a pool needs exactly one of path and roster")
        return self

    @property
    def outputs(self) -> Folder | Live:
        """The source of its outputs."""
        if self.path is not None:
            return Folder(path=self.path, systems=self.systems)
        return Live(roster=self.roster or "", systems=self.systems)


class NBest(Part):
    """A member whose versions are n-best lists: JSONL, `{"hypotheses": [{"text", "score"}, ...]}`.

    One line a segment, the member's own output first; scores may be missing.
    """

    form: Literal["nbest"]
    path: str


class Embedded(Part):
    """Other systems that are correctors in Python packages (`ensemble.systems.embedded`)."""

    embedded: Names


class Tagger(Part):
    """A member that is the embedded edit tagger (`ensemble.diversity.data.tagger`).

    A version is the text with every edit made whose probability is at least its level.
    """

    form: Literal["tagger"]
    levels: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.5, 0.2, 0.05, 0.01, 0.003)


class Model(Part):
    """A member that is a Hugging Face model: `size` versions, the first its greedy output.

    `path` is a folder or a hub id; its answers are cached.
    """

    form: Literal["model"]
    path: str
    size: Annotated[int, Field(ge=2, le=32)] = 8
    prompt: str = "{source}"
    """The model's input; `{source}` stands for the segment."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    tokens: Annotated[int, Field(ge=1)] = 128
    """Maximum length of a version, in the model's tokens."""


MemberConfig = Annotated[Pool | NBest | Tagger | Model, Field(discriminator="form")]


class Split(Part):
    """Sentences are divided into `folds`: a seed tests on one, so `folds` seeds test on all.

    Of the other folds the share `validation` is held out to choose when to stop, and the rest is
    trained on. Segments with the same source stay together.
    """

    folds: Annotated[int, Field(ge=2)] = 5
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.125
    seed: Annotated[int, Field(ge=0)] = 1


class DatasetConfig(Run):
    """The data of a run; paths are relative to the run's data folder."""

    source: str
    gold: str | None = None
    """Gold edits, an M2 file; or else a `reference`."""
    reference: str | None = None
    """Right outputs, one a line: corrected texts, whole texts or labels."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Use only this many segments, from the first."""
    others: Folder | Embedded | Live
    member: MemberConfig
    split: Split = Split()

    @model_validator(mode="after")
    def _says_what_is_right(self) -> Self:
        if (self.gold is None) == (self.reference is None):
            raise ValueError("set either `gold`, an M2 file, or `reference`, a text file")
        return self
