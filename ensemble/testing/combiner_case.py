"""The cases on which a combiner is checked: planted outputs of each kind, some of them odd."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import COMBINERS, create, load_trainable
from ensemble.testing.planted import planted, planted_segments
from ensemble.testing.training import check_learning
from evaluation.data.class_probabilities import segment_of
from evaluation.records import Segment

SKILLS = {"able": 0.9, "fair": 0.6, "poor": 0.3, "weak": 0.2}
N = 24


@dataclass(frozen=True)
class CombinerCase:
    """A combiner to check on outputs of one kind; `others` are by systems unseen in `segments`."""

    combiner: Combiner
    kind: Kind
    segments: tuple[Segment, ...]
    others: tuple[Segment, ...]

    @cached_property
    def ballots(self) -> list[Ballot]:
        """The candidates of `segments`."""
        return list(collect_all(self.segments, self.kind))

    @cached_property
    def other_ballots(self) -> list[Ballot]:
        """The candidates of `others`."""
        return list(collect_all(self.others, self.kind))

    @cached_property
    def fitted(self) -> Combiner:
        """The combiner, fitted to `segments`."""
        return self.combiner.fit(self.ballots)


def combiner_cases(combiner: str | Combiner, seed: int = 0) -> Iterator[CombinerCase]:
    """Yield the cases on which a combiner is checked: for each kind, untrained and trained."""
    if isinstance(combiner, Combiner):
        yield from (_case(combiner, kind, seed) for kind in combiner.kinds)
        return
    name = combiner.partition(":")[0]
    entry = COMBINERS.get(name)
    if not entry.needs_labels:
        _check_registered(combiner)
        yield from (_case(create(combiner), kind, seed) for kind in entry.kinds)
    if entry.trainable:
        for kind in entry.kinds:
            data = planted(kind, 2 * N, SKILLS, seed)
            yield _case(check_learning(load_trainable(name), *data), kind, seed)


def _case(combiner: Combiner, kind: Kind, seed: int) -> CombinerCase:
    segments, _ = planted_segments(kind, N, SKILLS, seed + 1)
    first, second, third, fourth = segments[:4]
    odd = (
        replace(first, hypotheses={**first.hypotheses, "able": None, "poor": None}),
        replace(second, hypotheses=dict.fromkeys(second.hypotheses)),
        replace(third, hypotheses=dict.fromkeys(third.hypotheses, third.source)),
        replace(fourth, hypotheses={"fair": fourth.hypotheses["fair"]}),
    )
    soft = map(_with_probabilities, segments[4:8] if kind == "labels" else ())
    unseen, _ = planted_segments(kind, 10, {"fair": 0.5, "unseen": 0.7, "new": 0.4}, seed + 2)
    return CombinerCase(combiner, kind, (*segments, *odd, *soft), tuple(unseen))


def _with_probabilities(segment: Segment) -> Segment:
    """Return a segment in which two systems give class probabilities, another label among them."""
    able, poor = segment.hypotheses["able"], segment.hypotheses["poor"]
    given = {"able": {str(able): 0.5, "other": 0.4}, "poor": {"rest": 0.1, str(poor): 0.3}}
    return segment_of(segment.source, {**segment.hypotheses, **given})


def _check_registered(term: str) -> None:
    """A registered combiner has its name and kinds, and is stateless where it says so."""
    combiner, entry = create(term), COMBINERS.get(term.partition(":")[0])
    assert combiner.name == entry.name, f"it is called {combiner.name!r}, not {entry.name!r}"
    assert combiner.kinds == entry.kinds, f"it combines {combiner.kinds}, not {entry.kinds}"
    assert combiner.signature.startswith(f"{entry.name}|"), "its signature has another name"
    if ":" in term:
        assert combiner.signature != create(entry.name).signature, "its options are not signed"
    for kind in entry.kinds if entry.stateless else ():
        combiner.judge(_case(combiner, kind, 0).ballots)
