"""How good systems are at each type of edit, and how much their votes should weigh, by labels."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ensemble.candidates import Ballot, Candidate
from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.competence import Skill
from ensemble.targets import Targets
from evaluation.edits.align import align
from evaluation.edits.classify import TYPES, classify
from evaluation.edits.tokens import tokenise
from evaluation.metrics.fscore import percentages

Skills = Mapping[str, Mapping[str, Skill]]
"""By system and type of edit."""

_PRIOR = 2
"""Proposals, half of them right, and errors, all missed, that are added to the counts."""


def measured(ballots: Sequence[Ballot], targets: Targets, wanted: Mapping[str, int]) -> Skills:
    """Return each system's skills; `wanted` is how many edits of each type are right.

    Where it tells nothing that a system leaves alone what others would change (see
    `_silence_tells`), as where a spelling corrector does not inflect a word, its recall is 0.
    """
    made: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for candidate, value, _ in _judged(ballots, targets):
        for name in candidate.voters:
            made[name, candidate.type] += 1
            right[name, candidate.type] += value
    skills = {key: _skill(right[key], made[key], wanted.get(key[1], 0)) for key in made}
    tells = _silence_tells(ballots, targets, skills)
    return {
        name: {
            type_: replace(skill, recall=skill.recall if tells[name, type_] else 0.0)
            for type_ in TYPES
            if (skill := skills.get((name, type_)))
        }
        for name in sorted({name for ballot in ballots for name in ballot.systems})
    }


def _judged(ballots: Sequence[Ballot], targets: Targets) -> Iterator[tuple[Candidate, int, Ballot]]:
    for ballot, values in zip(ballots, targets.values, strict=True):
        for candidate, value in zip(ballot.candidates, values.tolist(), strict=True):
            yield candidate, int(value), ballot


def _silence_tells(
    ballots: Sequence[Ballot], targets: Targets, skills: Mapping[tuple[str, str], Skill]
) -> defaultdict[tuple[str, str], bool]:
    """Return whether most of what a system leaves alone is wrong, of others' credible proposals."""
    left: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for candidate, value, ballot in _judged(ballots, targets):
        if any(skills[name, candidate.type].precision > 0.5 for name in candidate.voters):
            for name in set(ballot.systems) - _touching(ballot, candidate):
                left[name, candidate.type] += 1
                right[name, candidate.type] += value
    tells = {key: right[key] <= _MOST_RIGHT * count for key, count in left.items()}
    return defaultdict(lambda: True, tells)


_MOST_RIGHT = 1 / 3
"""Of what a system left alone, the share that may be right for its silence to be a vote against."""


def _touching(ballot: Ballot, candidate: Candidate) -> set[str]:
    """Return the systems that change something where `candidate` does, itself or another way."""
    start, end = candidate.edit.start, candidate.edit.end
    there = [c for c in ballot.candidates if c.edit.start < end and start < c.edit.end]
    return {name for c in (candidate, *there) for name in c.voters}


def _skill(right: int, made: int, wanted: int) -> Skill:
    precision = (right + _PRIOR / 2) / (made + _PRIOR)
    return Skill(round(precision, 2), round(min(1.0, right / (wanted + _PRIOR)), 2))


def best_weights(ballots: Sequence[Ballot], targets: Targets, skills: Skills) -> dict[str, float]:
    """Return the weights of `_WEIGHTS` with which the vote has the highest F0.5.

    One system's after the other's, twice over; only a gain changes one.
    """
    weights = dict.fromkeys(skills, 1.0)
    for name in [*skills, *skills]:
        tried = [weights, *({**weights, name: weight} for weight in _WEIGHTS)]
        weights = max(tried, key=lambda some: _f(ballots, targets, Majority(None, some, skills)))
    return weights


def _f(ballots: Sequence[Ballot], targets: Targets, vote: Majority) -> float:
    correct = accepted = 0.0
    for output, values in zip(combine_all(ballots, vote), targets.values, strict=True):
        taken = np.array([decision.accepted for decision in output.decisions], dtype=bool)
        correct += float(values[taken].sum())
        accepted += float(taken.sum())
    return float(percentages(np.array([correct, accepted, targets.gold.sum()]), beta=0.5)[0])


_WEIGHTS = (0.25, 0.5, 0.75, 1.0, 1.5)


def wanted_edits(pairs: Sequence[tuple[str, str]]) -> Counter[str]:
    """Return how many edits of each type turn each source into its target."""
    found: Counter[str] = Counter()
    for source, target in pairs:
        tokens = tokenise(source)
        found.update(classify(tokens, edit) for edit in align(tokens, tokenise(target)))
    return found
