"""What each option does: counted once, before any training, by the combiner and the metric."""

from collections.abc import Iterable, Sequence

import numpy as np

from ensemble.candidates import Ballot, Candidate
from ensemble.combiners.base import Combiner, combine_all
from ensemble.diversity.data.material import Material
from ensemble.diversity.training.decisions import Array, Choice, Decisions, Option
from ensemble.diversity.training.member import write
from ensemble.diversity.training.rewards.registry import Options, registered
from ensemble.targets import Targets
from evaluation.metrics.base import Metric
from evaluation.records import Edit


def count(
    ballots: Sequence[Ballot],
    targets: Targets,
    found: Sequence[Choice],
    others: Sequence[str],
    member: str,
    combiner: Combiner,
    around: Sequence[Option] = (),
) -> Decisions:
    """Return the decisions `found`, with what each option does by `combiner`.

    The combined output is that of the `others` and of `member` with the option chosen there, and
    elsewhere the edits `around`, a segment each, or else the source kept. By a vote it is the
    same; by a combiner to which the whole segment matters, effects add up the better the more of
    what is chosen is like what was around.
    """
    around = around or [()] * len(ballots)
    right = [
        {c.edit for c, value in zip(ballot.candidates, values, strict=True) if value}
        for ballot, values in zip(ballots, targets.values, strict=True)
    ]
    made = [
        [{c.edit for c in ballot.candidates if name in c.voters} for name in others]
        for ballot in ballots
    ]
    rows = [(choice.segment, option) for choice in found for option in choice.options]
    first = np.cumsum([0, *(len(choice.options) for choice in found)])
    segment = np.array([choice.segment for choice in found], dtype=np.int64)
    parts = [_parted(choice, around[choice.segment]) for choice in found]
    asked = [
        ask(ballots[choice.segment], others, member, (*option, *elsewhere))
        for choice, (_, elsewhere) in zip(found, parts, strict=True)
        for option in choice.options
    ]
    after = _accepted(asked, combiner, [right[i] for i, _ in rows])
    combined = after - np.repeat(after[first[:-1]], np.diff(first), axis=0)
    now = [ask(b, others, member, option) for b, option in zip(ballots, around, strict=True)]
    kept = _accepted(now, combiner, right)
    here = [c.options.index(own) for c, (own, _) in zip(found, parts, strict=True)]
    np.subtract.at(kept, segment, combined[first[:-1] + np.array(here, dtype=np.int64)])
    return Decisions(
        choices=tuple(found),
        first=first,
        segment=segment,
        own=_table([(len(right[i] & {*o}), len(o)) for i, o in rows], 2),
        shared=_table([[len(some & {*o}) for some in made[i]] for i, o in rows], len(others)),
        combined=combined,
        kept=kept,
        absent=_accepted([ask(b, others, member, None) for b in ballots], combiner, right),
        gold=targets.gold,
        others=_table([[len(some) for some in segment] for segment in made], len(others)),
    )


def ask(ballot: Ballot, others: Sequence[str], member: str, option: Option | None) -> Ballot:
    """Return the ballot of the `others`, and of `member` with the edits of `option`, if any."""
    own = set(option or ())
    candidates = []
    for c in ballot.candidates:
        voters = [name for name in c.voters if name in others] + [member] * (c.edit in own)
        if voters:
            shown = (c.edit, c.offset, c.length, c.original, c.replacement, c.type)
            candidates.append(Candidate(*shown, tuple(sorted(voters))))
    systems = [name for name in ballot.systems if name in others]
    systems += [member] * (option is not None)
    return Ballot(
        ballot.kind, ballot.source, ballot.tokens, tuple(sorted(systems)), tuple(candidates)
    )


def options_of(
    material: Material,
    ballots: Sequence[Ballot],
    found: Sequence[Choice],
    metric: Metric | None = None,
) -> Options:
    """Return all options of the choices `found`, each taken alone: what quantities count."""
    rows = [(choice.segment, option) for choice in found for option in choice.options]
    return Options(
        texts=write([ballots[i] for i, _ in rows], [option for _, option in rows]),
        sources=[material.sources[i] for i, _ in rows],
        gold=[material.gold[i] for i, _ in rows],
        metric=metric,
    )


def quantities(names: Iterable[str], options: Options) -> dict[str, Array]:
    """Return by how much each of n options raises the quantity of each reward called, (n,).

    Raises:
        ValueError: a reward counts something else than n numbers.
    """
    if not options.texts:
        return {name: np.zeros(0) for name in names}
    counted = {}
    for name in sorted(names):
        count_quantity = registered(name).quantity
        assert count_quantity is not None
        counted[name] = np.asarray(count_quantity(options), dtype=np.float64)
        if counted[name].shape != (len(options.texts),):
            shape = f"{counted[name].shape}, not ({len(options.texts)},)"
            raise ValueError(f"the quantity of the reward {name!r} has the shape {shape}")
    return counted


def _parted(choice: Choice, made: Option) -> tuple[Option, Option]:
    """Return those of the edits `made` in a segment that are at the place of `choice`, and not."""
    there = {edit for option in choice.options for edit in option}
    here = tuple(edit for edit in made if edit in there)
    return here, tuple(edit for edit in made if edit not in there)


def _accepted(ballots: Sequence[Ballot], combiner: Combiner, right: Sequence[set[Edit]]) -> Array:
    """Return how many edits of each combined output are right, and how many there are."""
    rows = []
    for combination, correct in zip(combine_all(ballots, combiner), right, strict=True):
        taken = [d.candidate.edit for d in combination.decisions if d.accepted]
        rows.append((sum(edit in correct for edit in taken), len(taken)))
    return _table(rows, 2)


def _table(rows: Iterable[Sequence[int]], columns: int) -> Array:
    return np.array(list(rows), dtype=np.float64).reshape(-1, columns)
