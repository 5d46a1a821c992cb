"""A stack: the outputs of combiners, its levels, are combined once more (Wolpert 1992).

Untrained, a stack takes what most of its levels take. Trained, it takes what its best level takes,
and moves towards its top as far as labels support it (`gate`). What it takes was proposed by the
systems below, which its evidence names; only a text that a level wrote itself, as `fuse` does, has
the evidence of that level.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner, Counting, Verdict
from ensemble.combiners.registry import COMBINERS
from ensemble.combiners.stack import STACK
from ensemble.combiners.stack.learning import Learnt, learn_levels
from ensemble.combiners.stack.levels import Level, Upper, levels_of, taken, upper
from ensemble.combiners.stack.plan import VOTE, StackPlan, default_plan
from ensemble.combiners.stack.saved import level_of, read_state, to_state
from ensemble.combiners.stack.top import ENOUGH, combined, mixed, of_candidates, top_beliefs
from ensemble.combiners.trainable import UNSAVED, State, Trainable, TrainedOn, refuse_context
from ensemble.competence import Profile
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets
from evaluation.errors import InputError
from evaluation.reporting.table import sign
from evaluation.statistics.significance import SEED

_HALF = 0.5


@dataclass(frozen=True)
class LevelCounts:
    """The statistics of each level, without labels; `None` for one that learns nothing."""

    parts: tuple[Any, ...]

    def __add__(self, other: "LevelCounts") -> "LevelCounts":
        """Return what the levels learn from both."""
        pairs = zip(self.parts, other.parts, strict=True)
        return LevelCounts(tuple(None if a is None else a + b for a, b in pairs))


@STACK
@dataclass(frozen=True)
class Stack(Trainable, Counting):
    """Combines the outputs of its levels, which combine those of the systems.

    `beside` names the systems that the top sees beside the levels; `None` is all. `top_name` is
    `vote` or that of a combiner that is trained, then `top`. `trust` goes from 0, the level of
    number `best`, to 1, the top.
    """

    levels: tuple[Level, ...] = ()
    beside: tuple[str, ...] | None = ()
    top_name: str = VOTE
    top: Trainable | None = None
    best: int = 0
    trust: float = 1.0
    learnt: bool = False

    @classmethod
    def of(cls, plan: StackPlan, read: Callable[[Path], Trainable] | None = None) -> Self:
        """Return the untrained stack of a `plan`; `read` reads the folders of trained levels.

        Raises:
            InputError: a level cannot be read, was trained for another kind, on other types of
                edit than another or with a language model, or is itself a stack.
        """
        levels = tuple(level_of(level, plan.kind, read) for level in plan.levels)
        types = {lv.combiner.types for lv in levels if lv.is_fixed and lv.combiner.types}
        if len(types) > 1:
            listed = " and ".join(sorted(types))
            raise InputError("invalid-option", f"its levels were trained on {listed} types")
        beside = (
            {"none": (), "all": None}[plan.systems]
            if isinstance(plan.systems, str)
            else plan.systems
        )
        return cls(
            plan.kind,
            types=types.pop() if types else "surface",
            levels=levels,
            beside=beside,
            top_name=plan.top,
        )

    @property
    def signature(self) -> str:
        """The mark of the training, the levels as they are fitted, and the top."""
        levels = ";".join(f"{level.name}=({level.combiner.signature})" for level in self.levels)
        beside = {"systems": "all"} if self.beside is None else {}
        if self.beside:
            beside = {"systems": ",".join(self.beside)}
        best = {"best": self.levels[self.best].name, "trust": f"{self.trust:.6g}"}
        top = {"top": self.top_name, **(best if self.learnt else {})}
        return sign(self.name, {"artefact": self.mark, "levels": levels, **beside, **top})

    @property
    def is_trained(self) -> bool:
        """Whether it has learnt from labels which level is best, and how good the top is."""
        return self.learnt

    @property
    def to_be_trained(self) -> tuple[str, ...]:
        """The parts that combine nothing before the stack is trained, as messages name them."""
        needing = [
            level for level in self.levels if COMBINERS.get(level.combiner.name).needs_labels
        ]
        names = [f"the level {lv.name!r}" for lv in needing if not lv.is_fixed]
        top = [f"the top {self.top_name!r}"] if self.top_name != VOTE else []
        return () if self.learnt else (*names, *top)

    @property
    def follows_one(self) -> bool:
        """Whether the best level decides everywhere, so that the output is that level's."""
        alone = len(self.levels) == 1 and self.beside == ()
        return alone or (self.learnt and self.trust <= _HALF)

    @property
    def leader(self) -> Combiner:
        """The best level; untrained, the first."""
        return self.levels[self.best].combiner

    @property
    def is_calibrated(self) -> bool:
        """Whether its probabilities are those of a level that was fitted to labels."""
        return self.learnt and self.follows_one and self.leader.is_calibrated

    @property
    def tie_weights(self) -> Mapping[str, float]:
        """Those of the best level, where it decides everywhere."""
        return self.leader.tie_weights if self.follows_one else {}

    @property
    def votes(self) -> Mapping[str, float]:
        """Those of the best level, where it decides everywhere."""
        return self.leader.votes if self.follows_one else {}

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks of the levels, with their names."""
        return tuple(
            f"{level.name}: {text}" for level in self.levels for text in level.combiner.remarks
        )

    @property
    def counted(self) -> tuple[Kind, ...]:
        """The kinds for which any level learns without labels."""
        counting = [level.combiner for level in self.levels]
        kinds = {kind for c in counting if isinstance(c, Counting) for kind in c.counted}
        return tuple(kind for kind in self.kinds if kind in kinds)

    def statistics(self, ballots: Sequence[Ballot]) -> LevelCounts:
        """Return what each level learns from `ballots`."""
        return LevelCounts(tuple(_statistics(level.combiner, ballots) for level in self.levels))

    def from_statistics(self, statistics: LevelCounts) -> Self:
        """Return a stack of levels that have learnt from `statistics`."""
        pairs = zip(self.levels, statistics.parts, strict=True)
        return replace(self, levels=tuple(_fitted(level, part) for level, part in pairs))

    def weight(self, system: str) -> float:
        """Return the mean of what the vote of `system` counts in the levels; the best level's."""
        if self.follows_one:
            return self.leader.weight(system)
        return float(np.mean([level.combiner.weight(system) for level in self.levels]))

    @classmethod
    def learn(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        *,
        seed: int = SEED,
        context: str | None = None,
        design: "Stack | None" = None,
    ) -> Self:
        """Return a stack trained on `ballots`; `design` is untrained and has the levels.

        Without a design it has the levels of `default_plan`. Each level that learns from labels is
        trained on some folds at a time, so that what the top learns from, and what decides between
        it and the levels, are outputs for segments that they have not seen.

        Raises:
            ValueError: there is nothing to learn from, or a level cannot be saved; or `context` is
                given, which a stack does not take.
        """
        refuse_context(cls.name, context)
        kind = ballots[0].kind if ballots else "edits"
        untrained = design or cls.of(default_plan(kind))
        result: Learnt = learn_levels(
            untrained.levels, untrained.beside, untrained.top_name, ballots, targets, seed
        )
        others = [lv.combiner.systems for lv in result.levels if isinstance(lv.combiner, Trainable)]
        profile = Profile.of(ballots) + Profile.unknown(n for names in others for n in names)
        return cls(
            kind, profile, UNSAVED, untrained.types, None, result.levels, untrained.beside,
            untrained.top_name, result.top, result.best, result.trust, True,
        )  # fmt: skip

    def state(self) -> State:
        """Return what the levels and the top have learnt, and how far the top is trusted.

        Raises:
            ValueError: it is not trained.
        """
        if not self.learnt:
            raise ValueError("an untrained combiner has nothing to save")
        facts = {"beside": self.beside, "top_name": self.top_name, "best": self.best}
        return to_state(self.levels, self.top, facts | {"trust": self.trust})

    @classmethod
    def from_state(cls, trained_on: TrainedOn, state: State) -> Self:
        """Return the stack with these levels."""
        return cls(*trained_on, **read_state(trained_on, state), learnt=True)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the belief in each candidate; a half is enough.

        Where the best level decides everywhere, it is that level's verdict.
        """
        if self.follows_one:
            return self.leader.judge(ballots)
        outputs = self._outputs(ballots)
        uppers = self._uppers(ballots, outputs)
        return [
            Verdict(of_candidates(ballot, above, beliefs)[0], ENOUGH)
            for ballot, above, beliefs in zip(ballots, uppers, self._beliefs(uppers), strict=True)
        ]

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the output for each of `ballots`, and the levels that take each candidate."""
        outputs = self._outputs(ballots)
        uppers = self._uppers(ballots, outputs)
        if self.follows_one:
            chosen = outputs[self.best]
        else:
            chosen = [
                combined(ballot, above, beliefs)
                for ballot, above, beliefs in zip(
                    ballots, uppers, self._beliefs(uppers), strict=True
                )
            ]
        names = [level.name for level in self.levels]
        return [
            levels_of(combination, above, names)
            for combination, above in zip(chosen, uppers, strict=True)
        ]

    def _outputs(self, ballots: Sequence[Ballot]) -> list[list[Combination]]:
        """Return the output of each level for each of `ballots`."""
        return [level.combiner.combinations(ballots) for level in self.levels]

    def _uppers(
        self, ballots: Sequence[Ballot], outputs: Sequence[Sequence[Combination]]
    ) -> list[Upper]:
        names = [level.name for level in self.levels]
        return [
            upper(
                ballot, dict(zip(names, (taken(ballot, c) for c in row), strict=True)), self.beside
            )
            for ballot, *row in zip(ballots, *outputs, strict=True)
        ]

    def _beliefs(self, uppers: Sequence[Upper]) -> list[list[float]]:
        names = [level.name for level in self.levels]
        beliefs = top_beliefs(uppers, names[0], self.top)
        if not self.learnt:
            return beliefs
        best = names[self.best]
        return [
            mixed(above, best, part, self.trust)
            for above, part in zip(uppers, beliefs, strict=True)
        ]


def _statistics(combiner: Combiner, ballots: Sequence[Ballot]) -> Any:  # noqa: ANN401
    return combiner.statistics(ballots) if isinstance(combiner, Counting) else None


def _fitted(level: Level, statistics: Any) -> Level:  # noqa: ANN401
    if not isinstance(level.combiner, Counting):
        return replace(level, combiner=level.combiner.fit([]))
    return replace(level, combiner=level.combiner.from_statistics(statistics))
