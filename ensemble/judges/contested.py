"""Whether the scores of judges can change an outcome, as the combiner itself decides.

Each candidate that is not in the output is tried with the highest scores for the outputs that have
it and the lowest for the others, and each that is in the output with the reverse. Where the output
stays the same, the outcome is not contested, and to ask judges would be a waste.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, Verdict, combine_all
from ensemble.decoding.decode import Combination
from evaluation.records import Scores

MOST_TRIED = 8
"""Candidates of a segment that are tried, those nearest to another decision first."""

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
    `ballot` has already are kept.
    """
    if not combiner.uses_scores or not ranges or len(ballot.candidates) == 0:
        return CERTAIN
    (verdict,) = combiner.judge([ballot])
    distances = _distances(ballot, verdict)
    nearest = sorted(range(len(distances)), key=distances.__getitem__)[:MOST_TRIED]
    tried = [_extreme(ballot, made, i, ranges, recuse) for i in nearest]
    outputs = combine_all(tried, combiner)
    changed = [t for t, o in zip(tried, outputs, strict=True) if o.text != made.text]
    judges = tuple(_with_a_say(ballot, combiner, verdict, changed, ranges)) if changed else ()
    return Contest(judges, distances[nearest[0]])


def _distances(ballot: Ballot, verdict: Verdict) -> list[float]:
    """Return how far each candidate is from another decision, in probability."""
    probabilities = list(map(float, verdict.probabilities))
    if ballot.kind == "edits":
        return [abs(p - verdict.threshold) for p in probabilities]
    best, second = [*sorted(probabilities, reverse=True), 0.0][:2]
    return [best - (p if p < best else second) for p in probabilities]


def _extreme(
    ballot: Ballot, made: Combination, number: int, ranges: Ranges, recuse: bool
) -> Ballot:
    """Return the ballot with the scores that are worst for the decision on one candidate."""
    decision = made.decisions[number]
    raised = set(decision.candidate.voters)
    if decision.accepted:
        raised = set(ballot.systems) - raised
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
    for judge in ranges:
        alone = [replace(b, scores=_only(ballot.scores, b.scores, judge)) for b in changed]
        if any(_moved(verdict, other) for other in combiner.judge(alone)):
            yield judge


def _only(given: Scores, tried: Scores, judge: str) -> Scores:
    return {**given, judge: tried[judge]}


def _moved(verdict: Verdict, other: Verdict) -> bool:
    pairs = zip(verdict.probabilities, other.probabilities, strict=True)
    return any(abs(p - q) > _SAME for p, q in pairs)
