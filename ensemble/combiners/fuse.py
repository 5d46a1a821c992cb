"""Fusing: one text from the parts of several, each word as most outputs have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, Field

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict, check_verdicts
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.combiners.registry import register
from ensemble.combiners.trainable import (
    UNSAVED,
    State,
    Trainable,
    TrainedOn,
    VoteWeights,
    refuse_context,
)
from ensemble.combiners.utility import stated_answers
from ensemble.combiners.word_votes import aligned_on, is_as_like, outputs_of, plurality
from ensemble.competence import Profile
from ensemble.decoding.decode import Combination, decode
from ensemble.decoding.fitting import fitting
from ensemble.targets import Targets
from evaluation.errors import InputError
from evaluation.reporting.table import sign
from evaluation.statistics.significance import SEED

WIDEST = 100
"""The most words in a row that may be asked for."""


class _Facts(BaseModel):
    """The facts saved of a trained one, beside the tensors of its network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: int = Field(ge=1, le=WIDEST)
    changes: dict[str, Any]


@dataclass(frozen=True)
class _Counts:
    """The agreement on whole texts, and the counts of the network of a trained one on words."""

    agreement: Profile
    changes: Any

    def __add__(self, other: "_Counts") -> "_Counts":
        """Return the counts of both."""
        return _Counts(self.agreement + other.agreement, self.changes + other.changes)


@register("fuse", kinds=("texts",), stateless=True, options=("window",), writes=True)
@dataclass(frozen=True)
class Fuse(Trainable, Counting):
    """Take the text of `mbr`, its backbone, and change each word that more systems have otherwise.

    The other texts are aligned to the backbone word by word (ROVER, Fiscus 1997). A change is taken
    where more systems make it than leave the words as they are, and where it fits: every `window`
    words in a row of the result are in a row in one of the outputs. With a `window` of 1 each word
    is decided by itself, which suits transcripts. The backbone is kept as it is where the texts
    share less than half of their words, where they are too long to align, where the result would be
    less like the outputs than the backbone, and where it would state another final answer.

    Trained on references, a change is taken where the network `changes` finds it more likely to
    bring the text nearer to a reference than farther from it, also where that makes the text less
    like the outputs. The `window` is then chosen in training.

    One pass: repeated on the fused text, it changes a few words in a thousand, and no figure, but
    the changes would no longer say who proposed each word.
    """

    mbr: MinimumBayesRisk = field(default_factory=MinimumBayesRisk)
    window: Annotated[
        int, Field(description=f"how many words in a row an output must have, 1 to {WIDEST}")
    ] = 3
    changes: Trainable | None = None

    untaught: ClassVar[str] = "in fewer than five texts are the others alike enough to be fused"

    def __post_init__(self) -> None:
        """Refuse a window without a word, or of too many.

        Raises:
            InputError: `window` is not 1 to 100.
        """
        if self.window < 1:
            raise InputError("out-of-range", f"window is at least 1, not {self.window}")
        if self.window > WIDEST:
            raise InputError("out-of-range", f"window is at most {WIDEST}, not {self.window}")

    @property
    def signature(self) -> str:
        """The window, and what `mbr` signs; where it is trained also the artefact."""
        parts = {**self.mbr.signature_parts, "window": self.window}
        if self.changes:
            network = replace(self.changes, mark=self.mark).signature
            parts["changes"] = network.partition("|")[2].rpartition("|")[0]
        return sign(self.name, parts)

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """How much each system agrees with the others."""
        return self.mbr.tie_weights

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems it was trained on."""
        return self.changes.systems if self.changes else ()

    @property
    def is_trained(self) -> bool:
        """Whether it has learnt from references."""
        return self.changes is not None

    @property
    def is_calibrated(self) -> bool:
        """Whether its probabilities were fitted to labels; those of texts kept whole never are."""
        return self.is_trained

    @property
    def remarks(self) -> Sequence[str]:
        """Say where texts are unlike those trained on."""
        return self.changes.remarks if self.changes else ()

    def statistics(self, ballots: Sequence[Ballot]) -> Profile | _Counts:
        """Return who agrees with whom, and of a trained one also on words, and how words look."""
        agreement = self.mbr.statistics(ballots)
        if self.changes is None:
            return agreement
        chosen = self.mbr.combinations(ballots)
        aligned = [aligned_on(c.text or "", b) for b, c in zip(ballots, chosen, strict=True)]
        words = [ballot for ballot in aligned if ballot is not None]
        return _Counts(agreement, cast(Counting, self.changes).statistics(words))

    def from_statistics(self, statistics: Profile | _Counts) -> Self:
        """Return a combiner that settles ties by who agrees more, and knows how words look."""
        if self.changes is None or isinstance(statistics, Profile):
            return replace(self, mbr=self.mbr.from_statistics(cast(Profile, statistics)))
        mbr = self.mbr.from_statistics(statistics.agreement)
        network = cast(Counting, self.changes).from_statistics(statistics.changes)
        return replace(self, mbr=mbr, changes=cast(Trainable, network))

    @classmethod
    def learn(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        *,
        seed: int = SEED,
        context: str | None = None,
    ) -> Self:
        """Return a combiner trained on `ballots` whose `targets` have references.

        It stays untrained where too few of the texts are alike enough to be fused.

        Raises:
            InputError: the targets have no references.
        """
        from ensemble.combiners.neural.fuse_training import learn_changes

        refuse_context(cls.name, context)
        if not targets.references:
            message = f"{cls.name} learns from references of texts: give --reference"
            raise InputError("invalid-option", message)
        chosen = MinimumBayesRisk().fit(ballots).combinations(ballots)
        backbones = [combination.text or "" for combination in chosen]
        learnt = learn_changes(ballots, backbones, targets, seed)
        if learnt is None:
            return cls(kind="texts", mark=UNSAVED)
        changes, window = learnt
        return cls(
            kind="texts", profile=changes.profile, mark=UNSAVED, window=window, changes=changes
        )

    def state(self) -> State:
        """Return the window, and the state of the network.

        Raises:
            ValueError: it is not trained.
        """
        if self.changes is None:
            raise ValueError("an untrained combiner has nothing to save")
        facts, tensors = self.changes.state()
        return State({"window": self.window, "changes": dict(facts)}, tensors)

    @classmethod
    def from_state(cls, trained_on: TrainedOn, state: State) -> Self:
        """Return the combiner with this window and network."""
        from ensemble.combiners.neural.word_changes import WordChanges

        facts = _Facts.model_validate(state.facts)
        network = State(facts.changes, state.tensors)
        changes = WordChanges.from_state(trained_on._replace(kind="edits"), network)
        return cls(**trained_on._asdict(), window=facts.window, changes=changes)

    def vote_weights(self) -> VoteWeights | None:
        """Return what the vote of each system for a change of a word gained or lost."""
        return self.changes.vote_weights() if self.changes else None

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the verdict on whole texts, by which the backbone is chosen."""
        return self.mbr.judge(ballots)

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the fused text of each of `ballots`; the output of `mbr` where none is fused."""
        chosen = self.mbr.combinations(ballots)
        aligned = [aligned_on(c.text or "", b) for b, c in zip(ballots, chosen, strict=True)]
        verdicts = iter(self._verdicts([words for words in aligned if words is not None]))
        return [
            combination if words is None
            else self._fused(ballot, words, next(verdicts)) or combination
            for ballot, words, combination in zip(ballots, aligned, chosen, strict=True)
        ]  # fmt: skip

    def _verdicts(self, aligned: Sequence[Ballot]) -> Sequence[Verdict]:
        if self.changes is None:
            return list(map(plurality, aligned))
        verdicts = self.changes.judge(aligned)
        check_verdicts(self.name, aligned, verdicts)
        return verdicts

    def _fused(self, ballot: Ballot, words: Ballot, verdict: Verdict) -> Combination | None:
        """Return the text with the changes accepted; `None` where the backbone is to be kept."""
        backbone, outputs = words.source, outputs_of(ballot)
        decoded = decode(words, verdict.probabilities, verdict.threshold)
        fused = fitting(words, replace(decoded, backbone=backbone), self.window)
        text = fused.text or ""
        if not _has_same_answer(text, backbone, outputs):
            return None
        if self.changes is None and not is_as_like(text, backbone, outputs):
            return None
        return replace(fused, calibrated=self.is_trained)


def _has_same_answer(text: str, backbone: str, outputs: Mapping[str, str]) -> bool:
    """Return whether `text` states the same final answer as its backbone, where answers count."""
    if text == backbone:
        return True
    answers = stated_answers([text, backbone, *outputs.values()], [0, 0, *[1] * len(outputs)])
    return answers[0] == answers[1]
