"""The YAML that says what member is trained, beside whom and for what: `configs/diversity/`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ensemble.diversity.training.decisions import Unit
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.training import Plan
from ensemble.systems.base import Name
from evaluation.config import Part, Run, read_run

Share = Annotated[float, Field(gt=0, lt=1)]
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=32)]


class Folder(Part):
    """Files NAME.txt in a folder, a segment a line."""

    path: str
    systems: Names


class Pool(Folder):
    """A member whose versions are the outputs of several systems."""

    form: Literal["pool"]


class NBest(Part):
    """A member whose versions are lists: JSONL, `{"hypotheses": [{"text", "score"}, ...]}`.

    A line a segment, the member's own first; scores may be missing.
    """

    form: Literal["nbest"]
    path: str


class Embedded(Part):
    """The other systems are correctors that travel in packages (`ensemble.systems.embedded`)."""

    embedded: Names


class Tagger(Part):
    """A member that is the embedded edit tagger (`ensemble.diversity.data.tagger`).

    A version is what it would say if it made every edit that is at least so probable.
    """

    form: Literal["tagger"]
    levels: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.5, 0.2, 0.05, 0.01, 0.003)


class Model(Part):
    """A member that is a Hugging Face model: `size` versions, the first its greedy one.

    `path` is a folder or a hub id; what it says is asked once and kept.
    """

    form: Literal["model"]
    path: str
    size: Annotated[int, Field(ge=2, le=32)] = 8
    prompt: str = "{source}"
    """What it is given; `{source}` stands for the segment."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    tokens: Annotated[int, Field(ge=1)] = 128
    """The longest version, in the model's tokens."""


Kind = Annotated[Pool | NBest | Tagger | Model, Field(discriminator="form")]


class Lesson(Part):
    """One way of training: for what, and how."""

    reward: Reward
    plan: Plan = Plan()


class Sweep(Part):
    """Diversity against quality: a lesson for each lambda, the reward quality + lambda x both."""

    lambdas: Annotated[tuple[float, ...], Field(min_length=2)]
    quality: Literal["quality", "correctness"] = "quality"
    plan: Plan = Plan()


class Distil(Part):
    """What is chosen is taught to the model itself, as so many `epochs` of fine-tuning."""

    epochs: Annotated[int, Field(ge=1)] = 3
    rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 5e-5


class Split(Part):
    """Sentences are dealt into `folds`: a seed tests on one, as many seeds as folds on all.

    Of the others `validation` are held out to choose when to stop, and the rest trained on.
    Segments with the same source are never parted.
    """

    folds: Annotated[int, Field(ge=2)] = 5
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.125
    seed: Annotated[int, Field(ge=0)] = 1


VOTE, NEURAL = "vote", "neural"


class Config(Run):
    """What `consort diversify` runs on; paths are relative to the run's folder of data."""

    source: str
    gold: str
    """Gold edits, an M2 file."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Only so many segments, the first."""
    others: Folder | Embedded
    member: Kind
    untouched: str | None = None
    """The member's version where nobody trains it; by default its best, where it is trained."""
    unit: Unit = "edits"
    sees: Literal["everyone", "itself"] = "everyone"
    """Whether the policy sees what the other systems put out, or the member's versions alone."""
    context: str | None = None
    """A language model that reads the edits too (`ensemble.combiners.neural.context`)."""
    start: Literal["untouched", "chooser"] = "untouched"
    """What training starts from: the member as it is, or a logistic regression on right edits."""
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """How many votes the member has; the others have one each."""
    combiner: str = VOTE
    """The ensemble in the reward: `vote`, `neural` or the folder of a trained combiner.

    `neural` is trained on each seed's sentences, with the member untouched; of the folder nobody
    knows whether it was trained on what is tested.
    """
    judges: tuple[str, ...] = ()
    """More ensembles that the member is tested in; a `neural` one is trained with each member."""
    metric: str | None = None
    """What the term `metric` is: any that `consort score` knows, held against the gold text."""
    lessons: Annotated[dict[str, Lesson], Field(min_length=1)]
    """What is trained, by name; the first is the one the report is about."""
    sweep: Sweep | None = None
    distil: Distil | None = None
    """For a member that is a Hugging Face model: a model that needs no policy comes out."""
    split: Split = Split()

    @model_validator(mode="after")
    def _names_and_terms_are_known(self) -> Self:
        if taken := set(self.lessons) & set(RIVALS):
            raise ValueError(f"a lesson is called {sorted(taken)[0]!r}, as what is reported beside")
        if self.distil and not isinstance(self.member, Model):
            raise ValueError(f"distil is for a member of the form model, not {self.member.form}")
        asks = [name for name, lesson in self.lessons.items() if lesson.reward.needs_metric]
        if asks and self.metric is None:
            raise ValueError(f"the lesson {asks[0]!r} has the term metric: say which, by `metric`")
        told = [*self.judges, *([self.combiner] if self.combiner != NEURAL else [])]
        if len(set(told)) < len(told):
            raise ValueError("a judge is named twice, or is the combiner itself")
        return self

    @property
    def quantities(self) -> set[str]:
        """The rewards of the lessons that count a quantity of their own."""
        return {name for lesson in self.lessons.values() for name in lesson.reward.quantities}


NO_MEMBER, UNTOUCHED, VOTED, CHOOSER, ORACLE = RIVALS = (
    "no member",
    "untouched",
    "most voted",
    "supervised chooser",
    "oracle",
)
"""What is reported beside what is trained."""


def read_config(path: Path, settings: Sequence[str] = ()) -> Config:
    """Read a run's configuration; see `evaluation.config.read_run`."""
    return read_run(Config, path, settings)
