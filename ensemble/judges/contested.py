"""Whether the scores of judges can change an outcome, as the combiner itself decides.

Each answer or label that was not chosen is tried with the highest scores for the outputs that have
it and the lowest for the others; so is each edit that was not accepted, and each that was accepted
with the reverse. Where the outcome stays the same, it is not contested: to ask judges is a waste.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, Verdict, combine_all
from ensemble.combiners.utility import stated_answers
from ensemble.decoding.decode import Combination

MOST_TRIED = 8
"""Answers, labels or edits of a segment that are tried, those nearest to be chosen first."""

_MOST_COMPARED = 2  # changed outcomes that each judge is tried on by itself
_SAME = 1e-9

Ranges = Mapping[str, tuple[float, float]]
"""The lowest and the highest score of each judge, by name."""


@dataclass(frozen=True, slots=True)
class Contest:
    """The judges whose scores can change an outcome, and how near it is to another one.

    `margin`, from 0 to 1, is the distance in probability from the nearest other decision.
    """

    judges: tuple[str, ...]
    margin: float


CERTAIN = Contest((), 1.0)
"""The contest about an outcome that no judge can change."""


def contest(
    ballot: Ballot, combiner: Combiner, made: Combination, ranges: Ranges, recuse: bool = True
) -> Contest:
    """Return which judges can change the output `made` of `ballot`; none where it is certain.

    With `recuse` a judge does not score the output of the system of its own name. Scores that
    `ballot` has already are kept. Texts that state the same final answer are one outcome.
    """
    if not combiner.uses_scores or not ranges or not ballot.candidates:
        return CERTAIN
    (verdict,) = combiner.judge([ballot])
    answers = _answers(ballot)
    parts = _edits(verdict, made) if ballot.kind == "edits" else _wholes(verdict, made, answers)
    if not parts:
        return CERTAIN
    tried = [_extreme(ballot, part, ranges, recuse) for part in parts[:MOST_TRIED]]
    outputs = combine_all(tried, combiner)
    before = _outcome(made, answers)
    changed = [t for t, o in zip(tried, outputs, strict=True) if _outcome(o, answers) != before]
    judges = tuple(_with_a_say(ballot, combiner, verdict, changed[:_MOST_COMPARED], ranges))
    return Contest(judges, parts[0].distance)


class _Part(NamedTuple):
    """A part of the output that may be decided otherwise, with the systems that have it.

    `distance` is how far it is from the other decision, in probability.
    """

    distance: float
    voters: frozenset[str]
    accepted: bool


def _edits(verdict: Verdict, made: Combination) -> list[_Part]:
    """Return the edits, those nearest to the threshold first."""
    pairs = zip(made.decisions, verdict.probabilities, strict=True)
    parts = [
        _Part(abs(float(p) - verdict.threshold), frozenset(d.candidate.voters), d.accepted)
        for d, p in pairs
    ]
    return sorted(parts, key=lambda part: part.distance)


def _wholes(verdict: Verdict, made: Combination, answers: Sequence[str]) -> list[_Part]:
    """Return the texts or labels with another answer than the output, most probable first."""
    voters: dict[str, set[str]] = {}
    best: dict[str, float] = {}
    chosen = ""
    for answer, decision, p in zip(answers, made.decisions, verdict.probabilities, strict=True):
        voters.setdefault(answer, set()).update(decision.candidate.voters)
        best[answer] = max(best.get(answer, 0.0), float(p))
        chosen = answer if decision.accepted else chosen
    rivals = sorted(voters.keys() - {chosen}, key=lambda answer: (-best[answer], answer))
    distances = [max(best.get(chosen, 0.0) - best[rival], 0.0) for rival in rivals]
    return [
        _Part(distance, frozenset(voters[rival]), accepted=False)
        for rival, distance in zip(rivals, distances, strict=True)
    ]


def _answers(ballot: Ballot) -> list[str]:
    """Return the answer of each candidate: what it states at its end, or the whole of it."""
    texts = [candidate.replacement for candidate in ballot.candidates]
    if ballot.kind != "texts":
        return texts
    stated = stated_answers(texts, [len(candidate.voters) for candidate in ballot.candidates])
    pairs = zip(stated, texts, strict=True)
    return [f"text {text}" if answer is None else f"answer {answer}" for answer, text in pairs]


def _outcome(made: Combination, answers: Sequence[str]) -> list[str]:
    """Return the answers of the accepted candidates; of edits their places tell them apart."""
    pairs = enumerate(zip(made.decisions, answers, strict=True))
    is_edit = made.decisions[0].candidate.type not in ("text", "label")
    return [f"{i} {answer}" if is_edit else answer for i, (d, answer) in pairs if d.accepted]


def _extreme(ballot: Ballot, part: _Part, ranges: Ranges, recuse: bool) -> Ballot:
    """Return the ballot with the scores that are worst for the decision on one part."""
    raised = set(ballot.systems) - part.voters if part.accepted else part.voters
    scores = {
        judge: {
            name: high if name in raised else low
            for name in ballot.systems
            if not (recuse and name == judge)
        }
        for judge, (low, high) in ranges.items()
    }
    return replace(ballot, scores={**ballot.scores, **scores})


def _with_a_say(
    ballot: Ballot,
    combiner: Combiner,
    verdict: Verdict,
    changed: Sequence[Ballot],
    ranges: Ranges,
) -> Iterator[str]:
    """Yield the judges whose scores alone move a probability in one of the `changed` ballots."""
    for judge in ranges if changed else ():
        alone = [
            replace(other, scores={**ballot.scores, judge: other.scores[judge]})
            for other in changed
        ]
        if any(_moved(verdict, other) for other in combiner.judge(alone)):
            yield judge


def _moved(verdict: Verdict, other: Verdict) -> bool:
    pairs = zip(verdict.probabilities, other.probabilities, strict=True)
    return any(abs(p - q) > _SAME for p, q in pairs)
