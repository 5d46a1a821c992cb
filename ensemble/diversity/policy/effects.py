"""The effect of each option on the combined output, counted once before training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ensemble.candidates import Ballot, Candidate
from ensemble.combiners.base import Combiner, combine_all
from ensemble.diversity.policy.decisions import Choice, Decisions, Option
from ensemble.diversity.policy.kinds import OutputKind
from ensemble.targets import Targets
from ensemble.types import Array, Integers
from evaluation.records import Edit

Worth = Mapping[Edit, float]
"""The worth of each candidate of a segment, from 0 to 1."""

_AT_ONCE = 4096  # ballots that are combined at a time, which bounds the memory


@dataclass(frozen=True)
class Ensemble:
    """The ensemble a member is in: the `others`, the member's name there, and the combiner."""

    others: Sequence[str]
    member: str
    combiner: Combiner
    kind: OutputKind

    def ballot(self, ballot: Ballot, option: Option | None) -> Ballot:
        """Return `ballot` with the member proposing the edits of `option`; `None`: without it.

        Proposals of systems that are not in the ensemble are left out.
        """
        return self.joined(ballot, {} if option is None else {self.member: option})

    def joined(self, ballot: Ballot, made: Mapping[str, Option]) -> Ballot:
        """Return `ballot` with the options `made` by each of some members, by name."""
        candidates = []
        for c in ballot.candidates:
            voters = [name for name in c.voters if name in self.others]
            voters += [name for name, edits in made.items() if c.edit in edits]
            if voters:
                shown = (c.edit, c.offset, c.length, c.original, c.replacement, c.type)
                candidates.append(Candidate(*shown, tuple(sorted(voters))))
        systems = [name for name in ballot.systems if name in self.others]
        systems += [name for name, option in made.items() if self.kind.takes_part(option)]
        ordered = self.kind.ordered(candidates, [*self.others, *made])
        return replace(ballot, systems=tuple(sorted(systems)), candidates=tuple(ordered))

    def counts(self, ballots: Sequence[Ballot], worth: Sequence[Worth]) -> Array:
        """Return how many edits of each combined output are right, and how many it has (m, 2).

        Raises:
            ValueError: the combiner makes texts that no system gave.
        """
        rows = []
        for combination, values in zip(combine_all(ballots, self.combiner), worth, strict=True):
            if combination.backbone is not None:
                name = self.combiner.name
                raise ValueError(f"{name} makes texts that no system gave: use another combiner")
            taken = [d.candidate.edit for d in combination.decisions if d.accepted]
            rows.append((sum(values[edit] for edit in taken), len(taken)))
        return _table(rows, 2)


def worth_of(ballots: Sequence[Ballot], targets: Targets, kind: OutputKind) -> list[Worth]:
    """Return what the candidates of each ballot are worth."""
    return [
        {c.edit: float(value) for c, value in zip(ballot.candidates, values, strict=True)}
        for ballot, values in zip(ballots, kind.worth(targets), strict=True)
    ]


def option_effects(
    ballots: Sequence[Ballot],
    targets: Targets,
    choices: Sequence[Choice],
    ensemble: Ensemble,
    context: Sequence[Option] = (),
) -> Decisions:
    """Return the decisions `choices`, with what each option does in `ensemble`.

    The combined output is that with the option chosen at its decision and, elsewhere in the
    segment, the edits `context` (one option a segment), or else nothing chosen. By a vote the
    context does not matter; by a combiner that looks at the whole segment, effects add up the
    better, the more similar the chosen edits are to the context.
    """
    kind, worth = ensemble.kind, worth_of(ballots, targets, ensemble.kind)
    made = [
        [{c.edit for c in ballot.candidates if name in c.voters} for name in ensemble.others]
        for ballot in ballots
    ]
    context = context or [()] * len(ballots)
    first = np.cumsum([0, *(len(choice.options) for choice in choices)])
    combined, source_kept = _combined_effects(ballots, worth, choices, ensemble, context, first)
    options = [(choice.segment, {*option}) for choice in choices for option in choice.options]
    s = len(ensemble.others)
    decisions = Decisions(
        choices=tuple(choices),
        first=first,
        segment=np.array([choice.segment for choice in choices], dtype=np.int64),
        own=_table([(sum(worth[i][e] for e in option), len(option)) for i, option in options], 2),
        shared=_table([[kind.shared(option, e) for e in made[i]] for i, option in options], s),
        combined=combined,
        source_kept=source_kept,
        absent=ensemble.counts([ensemble.ballot(b, None) for b in ballots], worth),
        gold=targets.gold,
        others=_table([[len(edits) for edits in segment] for segment in made], s),
        right=np.zeros(len(options), dtype=bool),
    )
    return replace(decisions, right=kind.right(decisions))


def whole_outputs(ballots: Sequence[Ballot], decisions: Decisions, ensemble: Ensemble) -> list[str]:
    """Return the combined output of each row of the decisions' joint choices, (R,) texts."""
    rows = list(zip(decisions.joint.segment.tolist(), decisions.joint_edits(), strict=True))
    texts: list[str] = []
    for begin in range(0, len(rows), _AT_ONCE):
        block = [ensemble.ballot(ballots[i], made) for i, made in rows[begin : begin + _AT_ONCE]]
        texts += [output.text or "" for output in combine_all(block, ensemble.combiner)]
    return texts


def _combined_effects(
    ballots: Sequence[Ballot],
    worth: Sequence[Worth],
    choices: Sequence[Choice],
    ensemble: Ensemble,
    context: Sequence[Option],
    first: Integers,
) -> tuple[Array, Array]:
    """Return each option's effect on the combined counts (n, 2), and the counts without any (m, 2).

    The latter are those of each segment with nothing chosen at all its decisions.
    """
    effects = _differences(ballots, worth, choices, ensemble, context)
    whole = [ensemble.ballot(b, option) for b, option in zip(ballots, context, strict=True)]
    source_kept = ensemble.counts(whole, worth)
    # Take the context's own effects back, so that the sum is exact where the context is chosen.
    for choice, begin in zip(choices, first.tolist(), strict=False):
        if inside := tuple(e for e in context[choice.segment] if e in choice.edits):
            source_kept[choice.segment] -= effects[begin + choice.options.index(inside)]
    return effects, source_kept


def _differences(
    ballots: Sequence[Ballot],
    worth: Sequence[Worth],
    choices: Sequence[Choice],
    ensemble: Ensemble,
    context: Sequence[Option],
) -> Array:
    """Return the combined counts with each option less those with nothing chosen there, (n, 2)."""
    # Nothing is asked of each decision first, whether it is an option or not.
    rows = [(c, option) for c in choices for option in dict.fromkeys(((), *c.options))]
    asked = [
        ensemble.ballot(
            ballots[choice.segment],
            (*option, *(e for e in context[choice.segment] if e not in choice.edits)),
        )
        for choice, option in rows
    ]
    after = ensemble.counts(asked, [worth[choice.segment] for choice, _ in rows])
    begins = np.flatnonzero([not option for _, option in rows])
    nothing = np.repeat(after[begins], np.diff(np.append(begins, len(rows))), axis=0)
    wanted = np.array([option in choice.options for choice, option in rows], dtype=bool)
    return np.asarray((after - nothing)[wanted])


def _table(rows: Iterable[Sequence[float]], columns: int) -> Array:
    return np.array(list(rows), dtype=np.float64).reshape(-1, columns)
