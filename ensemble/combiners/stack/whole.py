"""A combiner of whole texts for edits: it chooses among the sets of edits that systems made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from ensemble.candidates import Ballot, Candidate, Kind
from ensemble.combiners.base import Combiner, Counting, Verdict
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.records import Edit


@dataclass(frozen=True)
class WholeOutputs(Counting):
    """Takes all edits of one system in a segment: those of the text that `chooser` chooses.

    `chooser` combines texts, as `mbr` does, which takes the text with the highest expected
    likeness to all. Each candidate is 1 or 0.
    """

    chooser: Combiner

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of `chooser`."""
        return self.chooser.name

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Edits alone."""
        return ("edits",)

    @property
    def signature(self) -> str:
        """That of `chooser`, with a note that it chooses among whole outputs."""
        return f"{self.chooser.signature}|of:edits"

    def statistics(self, ballots: Sequence[Ballot]) -> Any:  # noqa: ANN401
        """Return what `chooser` learns from the whole texts; `None` where it learns nothing."""
        if not isinstance(self.chooser, Counting):
            return None
        return self.chooser.statistics([as_texts(ballot) for ballot in ballots])

    def from_statistics(self, statistics: Any) -> Self:  # noqa: ANN401
        """Return the combiner whose `chooser` has learnt from `statistics`."""
        if not isinstance(self.chooser, Counting):
            return self
        return replace(self, chooser=self.chooser.from_statistics(statistics))

    def weight(self, system: str) -> float:
        """Return how much `chooser` counts the vote of `system`."""
        return self.chooser.weight(system)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return 1 for each edit of the chosen text, 0 for the others."""
        chosen = self.chooser.combinations([as_texts(ballot) for ballot in ballots])
        verdicts = []
        for ballot, combination in zip(ballots, chosen, strict=True):
            voters = {d.candidate.voters[0] for d in combination.decisions if d.accepted}
            taken = [float(not voters.isdisjoint(c.voters)) for c in ballot.candidates]
            verdicts.append(Verdict(taken, 0.5))
        return verdicts


def as_texts(ballot: Ballot) -> Ballot:
    """Return the ballot of whole texts that a ballot of edits makes: one for each set of edits."""
    made: dict[str, tuple[int, ...]] = {
        name: tuple(i for i, c in enumerate(ballot.candidates) if name in c.voters)
        for name in ballot.systems
    }
    sharing: dict[tuple[int, ...], list[str]] = {}
    for name, places in made.items():
        sharing.setdefault(places, []).append(name)
    texts = tuple(_text(ballot, places, names) for places, names in sharing.items())
    return replace(ballot, kind="texts", candidates=texts)


def _text(ballot: Ballot, places: Sequence[int], names: Sequence[str]) -> Candidate:
    text = ballot.source
    if places:
        text = weave(apply(ballot.tokens, [ballot.candidates[i].edit for i in places]))
    edit = Edit(0, len(ballot.tokens), (text,))
    return Candidate(edit, 0, len(ballot.source), ballot.source, text, "text", tuple(names))
