"""The configuration of `consort diversify`, read from YAML: `configs/diversity/`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ensemble.combiners.registry import USUAL
from ensemble.diversity.data.config import DatasetConfig, Model, Tagger
from ensemble.diversity.policy.kinds import AnyKind, Edits, with_outputs
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import Plan
from evaluation.config import ConfigSource, Part, read_run

VOTE, NEURAL = "vote", "neural"
"""The combiners with a name; any other is the folder of a trained combiner."""

NO_MEMBER, UNTRAINED, VOTED, CHOOSER, ORACLE = BASELINES = (
    "no member",
    "untouched",
    "most voted",
    "supervised chooser",
    "oracle",
)
"""The baselines that trained members are compared with, as reports name them."""


class Experiment(Part):
    """One way of training: its reward, and its plan."""

    reward: Reward
    plan: Plan = Plan()

    @model_validator(mode="after")
    def _reward_and_plan_fit(self) -> Self:
        sets, method = self.reward.samples, self.plan.method
        name = "together" if self.reward.together > 1 else "best_of"
        if sets > 1 and method not in ("expectation", "group"):
            raise ValueError(f"{name} needs the method expectation or group, not {method}")
        if method == "group" and self.plan.group % sets:
            raise ValueError(f"group ({self.plan.group}) must be a multiple of {name} ({sets})")
        if method == "group" and self.reward.floor:
            raise ValueError("a floor ends segments early, so that a group would not stay together")
        return self


class Sweep(Part):
    """Diversity against quality: for each lambda an experiment.

    Its reward is quality + lambda * diversity.
    """

    lambdas: Annotated[tuple[float, ...], Field(min_length=2)]
    quality: Literal["quality", "correctness"] = "quality"
    plan: Plan = Plan()


class Distil(Part):
    """Fine-tunes the member's model on the trained policy's choices, for some `epochs`."""

    epochs: Annotated[int, Field(ge=1)] = 3
    rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 5e-5


class Config(DatasetConfig):
    """The configuration of `consort diversify`."""

    untouched: str | None = None
    """The member's version before training; by default its best one on the training part."""
    outputs: AnyKind = Edits()
    """The kind of the outputs, with its settings (`ensemble.diversity.policy.kinds`)."""
    sees: Literal["everyone", "itself"] = "everyone"
    """Whether the policy sees the other systems' outputs too, or the member's versions alone."""
    context: str | None = None
    """A language model that reads the edits too (`ensemble.combiners.neural.context`)."""
    start: Literal["untouched", "chooser"] = "untouched"
    """Start of training: the untrained member, or a logistic regression on right edits."""
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """How many votes the member has; the others have one each."""
    combiner: str = VOTE
    """The ensemble in the reward: a combiner by name, or the folder of a trained one.

    By default it is the usual one of the kind: the vote, and of texts `mbr`.
    `neural` is trained on each seed's training part, beside the untrained member. Whether a
    combiner from a folder was trained on the test segments is unknown.
    """
    rounds: Annotated[int, Field(ge=1, le=10)] = 1
    """How often the member is trained, each time from its start.

    Before each time but the first, a `neural` combiner is trained again, with the member of the
    time before in the place of the untrained one.
    """
    judges: tuple[str, ...] = ()
    """More ensembles that the member is tested in; a `neural` one is trained with each member."""
    metric: str | None = None
    """The metric of the reward terms `metric` and `combined metric`.

    It is any that `consort score` knows; references are the source with the gold edits made.
    """
    lessons: Annotated[dict[str, Experiment], Field(min_length=1)]
    """Experiments by name; the report is about the first one."""
    sweep: Sweep | None = None
    distil: Distil | None = None
    """For a member that is a Hugging Face model: fine-tunes it, so that it needs no policy."""

    @property
    def main_experiment(self) -> str:
        """The name of the experiment that the report is about."""
        return next(iter(self.lessons))

    @model_validator(mode="before")
    @classmethod
    def _has_outputs_and_a_combiner(cls, content: Any) -> Any:  # noqa: ANN401 - as pydantic's
        content = with_outputs(content)
        kind = content.get("outputs") if isinstance(content, Mapping) else None
        usual = USUAL.get(kind.get("kind", "edits")) if isinstance(kind, Mapping) else None
        return {"combiner": usual, **content} if usual else content

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        given: dict[str, object] = {"gold": self.gold, "context": self.context}
        given |= {"member.form: tagger": isinstance(self.member, Tagger)}
        for name in [name for name, value in given.items() if value]:
            if not self.outputs.edits_source:
                raise ValueError(f"{name} is for edits, not for {self.outputs.kind}")
        if self.weight != 1 and self.combiner == "mbr":
            raise ValueError("weight counts votes: mbr takes none, use the combiner vote")
        return self

    @model_validator(mode="after")
    def _names_and_terms_are_known(self) -> Self:
        if taken := set(self.lessons) & set(BASELINES):
            raise ValueError(f"a lesson may not be called {sorted(taken)[0]!r}: a baseline is")
        if self.distil and not isinstance(self.member, Model):
            raise ValueError(f"distil is for a member of the form model, not {self.member.form}")
        with_metric = [name for name, lesson in self.lessons.items() if lesson.reward.needs_metric]
        if with_metric and self.metric is None:
            raise ValueError(
                f"the lesson {with_metric[0]!r} has a term about a metric: set `metric`"
            )
        if self.rounds > 1 and self.combiner != NEURAL:
            raise ValueError(f"more than one of rounds needs the combiner {NEURAL}: only it learns")
        if self.together and self.combiner != VOTE:
            fault = f"not {self.combiner}, to which samples would be strangers: use best_of"
            raise ValueError(f"samples vote together by the combiner vote, {fault}")
        ensembles = [*self.judges, *([self.combiner] if self.combiner != NEURAL else [])]
        if len(set(ensembles)) < len(ensembles):
            raise ValueError("a judge is named twice, or is the combiner itself")
        return self

    @property
    def quantities(self) -> set[str]:
        """The rewards of the lessons that count a quantity of their own."""
        return {name for lesson in self.lessons.values() for name in lesson.reward.quantities}

    @property
    def together(self) -> set[int]:
        """The sizes of the sets of samples that vote together, and those of one sample less."""
        sizes = {lesson.reward.together for lesson in self.lessons.values()}
        return {size for k in sizes if k > 1 for size in (k - 1, k)}

    @property
    def whole(self) -> set[str]:
        """The rewards of the lessons that judge whole combined outputs."""
        return {name for lesson in self.lessons.values() for name in lesson.reward.whole}


def read_config(source: ConfigSource, settings: Sequence[str] = ()) -> Config:
    """Read a run's configuration; see `evaluation.config.read_run`."""
    return read_run(Config, source, settings)
