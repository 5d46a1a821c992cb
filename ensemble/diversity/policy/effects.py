"""The effect of each option on the combined output, counted once before training."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ensemble.candidates import Ballot, Candidate
from ensemble.combiners.base import Combiner, combine_all
from ensemble.diversity.policy.decisions import Choice, Decisions, Option
from ensemble.targets import Targets
from ensemble.types import Array, Integers
from evaluation.records import Edit

_AT_ONCE = 4096  # ballots that are combined at a time, which bounds the memory


@dataclass(frozen=True)
class Ensemble:
    """The ensemble a member is in: the `others`, the member's name there, and the combiner."""

    others: Sequence[str]
    member: str
    combiner: Combiner

    def ballot(self, ballot: Ballot, option: Option | None) -> Ballot:
        """Return `ballot` with the member proposing the edits of `option`; `None`: without it.

        Proposals of systems that are not in the ensemble are left out.
        """
        return self.joined(ballot, {} if option is None else {self.member: option})

    def joined(self, ballot: Ballot, made: Mapping[str, Option]) -> Ballot:
        """Return `ballot` with the edits `made` by each of some members, by name."""
        candidates = []
        for c in ballot.candidates:
            voters = [name for name in c.voters if name in self.others]
            voters += [name for name, edits in made.items() if c.edit in edits]
            if voters:
                shown = (c.edit, c.offset, c.length, c.original, c.replacement, c.type)
                candidates.append(Candidate(*shown, tuple(sorted(voters))))
        systems = [name for name in ballot.systems if name in self.others]
        systems += made
        return replace(ballot, systems=tuple(sorted(systems)), candidates=tuple(candidates))

    def counts(self, ballots: Sequence[Ballot], right: Sequence[set[Edit]]) -> Array:
        """Return how many edits of each combined output are right, and how many it has (m, 2)."""
        rows = []
        for combination, correct in zip(combine_all(ballots, self.combiner), right, strict=True):
            taken = [d.candidate.edit for d in combination.decisions if d.accepted]
            rows.append((sum(edit in correct for edit in taken), len(taken)))
        return _table(rows, 2)


def option_effects(
    ballots: Sequence[Ballot],
    targets: Targets,
    choices: Sequence[Choice],
    ensemble: Ensemble,
    context: Sequence[Option] = (),
) -> Decisions:
    """Return the decisions `choices`, with what each option does in `ensemble`.

    The combined output is that with the option chosen at its decision and, elsewhere in the
    segment, the edits `context` (one option a segment), or else the source kept. By a vote the
    context does not matter; by a combiner that looks at the whole segment, effects add up the
    better, the more similar the chosen edits are to the context.
    """
    right = [
        {c.edit for c, value in zip(ballot.candidates, values, strict=True) if value}
        for ballot, values in zip(ballots, targets.values, strict=True)
    ]
    made = [
        [{c.edit for c in ballot.candidates if name in c.voters} for name in ensemble.others]
        for ballot in ballots
    ]
    context = context or [()] * len(ballots)
    first = np.cumsum([0, *(len(choice.options) for choice in choices)])
    combined, source_kept = _combined_effects(ballots, right, choices, ensemble, context, first)
    options = [(choice.segment, {*option}) for choice in choices for option in choice.options]
    s = len(ensemble.others)
    return Decisions(
        choices=tuple(choices),
        first=first,
        segment=np.array([choice.segment for choice in choices], dtype=np.int64),
        own=_table([(len(right[i] & option), len(option)) for i, option in options], 2),
        shared=_table([[len(edits & option) for edits in made[i]] for i, option in options], s),
        combined=combined,
        source_kept=source_kept,
        absent=ensemble.counts([ensemble.ballot(b, None) for b in ballots], right),
        gold=targets.gold,
        others=_table([[len(edits) for edits in segment] for segment in made], s),
    )


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
    right: Sequence[set[Edit]],
    choices: Sequence[Choice],
    ensemble: Ensemble,
    context: Sequence[Option],
    first: Integers,
) -> tuple[Array, Array]:
    """Return each option's effect on the combined counts (n, 2), and the counts without any (m, 2).

    The latter are those of each segment with the source kept at all its decisions.
    """
    inside = [tuple(e for e in context[c.segment] if e in c.edits) for c in choices]
    outside = [tuple(e for e in context[c.segment] if e not in c.edits) for c in choices]
    asked = [
        ensemble.ballot(ballots[choice.segment], (*option, *elsewhere))
        for choice, elsewhere in zip(choices, outside, strict=True)
        for option in choice.options
    ]
    after = ensemble.counts(asked, [right[c.segment] for c in choices for _ in c.options])
    # A decision's first option keeps the source: effects are differences from it.
    effects = after - np.repeat(after[first[:-1]], np.diff(first), axis=0)
    whole = [ensemble.ballot(b, option) for b, option in zip(ballots, context, strict=True)]
    source_kept = ensemble.counts(whole, right)
    # Take the context's own effects back, so that the sum is exact where the context is chosen.
    place = [c.options.index(edits) for c, edits in zip(choices, inside, strict=True)]
    segment = np.array([choice.segment for choice in choices], dtype=np.int64)
    np.subtract.at(source_kept, segment, effects[first[:-1] + np.array(place, dtype=np.int64)])
    return effects, source_kept


def _table(rows: Iterable[Sequence[int]], columns: int) -> Array:
    return np.array(list(rows), dtype=np.float64).reshape(-1, columns)
