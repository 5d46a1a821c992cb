"""Whether a vote is decided before all systems have answered, whatever the others answer.

Every answer is allowed for: none, one of those given so far, or a new one. Edits are decided where
each has half of the weight, or cannot get it; texts and labels where no other can catch up with the
first.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import NamedTuple, Protocol

from ensemble.candidates import Ballot, Candidate
from ensemble.candidates.incomplete import Incomplete, Proposal, Slot
from ensemble.candidates.labels import Choice, choices, label_key, text_key
from ensemble.combiners.voting import Weigh
from ensemble.decoding.alternatives import MOST
from ensemble.decoding.compatible import always_compatible, overlaps_any
from ensemble.decoding.decode import Decision, rendered
from evaluation.edits.glyphs import is_form_only
from evaluation.records import Edit

_MARGIN = 2e-9  # thresholds of votes are 1e-9 below the shares that they ask for
_LEAD = 2e-6  # shares are compared to six decimals

ANY_TYPE = ""
"""The type of edit of a vote in which types make no difference."""


class Rule(Protocol):
    """Which edits a vote accepts, whatever the missing systems answer."""

    def always(self, voters: Collection[str], type_: str) -> bool:
        """Return whether an edit with these voters so far is accepted in any case."""

    def never(self, voters: Collection[str], type_: str | None) -> bool:
        """Return whether it is accepted in no case; of any type, if that is `None`."""

    def never_rewritten(self, changing: Collection[str]) -> bool:
        """Return whether words that these systems change are never taken to be surely wrong."""


@dataclass(frozen=True)
class Counted:
    """The rule of a vote in which `k` systems are enough."""

    k: int
    missing: int

    def always(self, voters: Collection[str], type_: str) -> bool:
        """Return whether there are enough voters already."""
        return len(voters) >= self.k

    def never(self, voters: Collection[str], type_: str | None) -> bool:
        """Return whether there are too few voters, with all that are missing."""
        return len(voters) + self.missing < self.k

    def never_rewritten(self, changing: Collection[str]) -> bool:
        """Return true: with `k`, only the votes for an edit count."""
        return True


@dataclass(frozen=True)
class Weighed:
    """The rule of a vote in which half of the weight is enough; of two answers, both.

    `types` are those on which the weights of systems differ, and one for all others.
    """

    answered: Collection[str]
    missing: Sequence[Slot]
    proposal: Weigh
    silence: Weigh
    types: Collection[str] = (ANY_TYPE,)

    def always(self, voters: Collection[str], type_: str) -> bool:
        """Return whether it has the weight although no other system proposes it."""
        behind, against = self._sides(voters, type_)
        rest = self._most(self.silence, type_)
        shares = (behind / (behind + against + more or 1.0) for more in rest)
        enough = map(self._enough, range(len(rest)))
        return all(share >= least for share, least in zip(shares, enough, strict=True))

    def never(self, voters: Collection[str], type_: str | None) -> bool:
        """Return whether it lacks the weight although all other systems propose it."""
        return all(
            share < self._enough(more) - _MARGIN
            for each in (self.types if type_ is None else (type_,))
            for more, share in enumerate(self._shares(voters, each))
        )

    def never_rewritten(self, changing: Collection[str]) -> bool:
        """Return whether they stay below `MOST` although all other systems change the words too."""
        return all(
            share < MOST - _MARGIN
            for type_ in self.types
            for share in self._shares(changing, type_)
        )

    def _shares(self, voters: Collection[str], type_: str) -> list[float]:
        """Return the highest share with 0, 1, ... of the missing systems, if all propose it."""
        behind, against = self._sides(voters, type_)
        rest = self._most(self.proposal, type_)
        return [(behind + more) / (behind + more + against or 1.0) for more in rest]

    def _sides(self, voters: Collection[str], type_: str) -> tuple[float, float]:
        """Return the weight of proposals and of silences among those that have answered."""
        behind = sum(self.proposal(name, type_) for name in voters)
        against = sum(self.silence(name, type_) for name in self.answered if name not in voters)
        return behind, against

    def _most(self, weigh: Weigh, type_: str) -> list[float]:
        """Return the most that 0, 1, ... of the missing systems weigh together."""
        weights = (max(weigh(name, type_) for name in slot) for slot in self.missing)
        return list(accumulate(sorted(weights, reverse=True), initial=0.0))

    def _enough(self, more: int) -> float:
        """Return the share that is enough where `more` of the missing systems have answered."""
        return 1.0 if len(self.answered) + more == 2 else 0.5


def edits_settled(incomplete: Incomplete, rule: Rule) -> bool:
    """Return whether the text that `rule` makes of the edits cannot change any more.

    Raises:
        ValueError: a text is too long to align.
    """
    if not incomplete.answers or not rule.never((), None):
        return False  # the missing systems alone could add an edit
    proposals = incomplete.proposals
    if proposals is None:
        return False
    taken = []
    for candidate, is_steady in proposals:
        if is_steady and rule.always(candidate.voters, candidate.type):
            taken.append(candidate)
        # In another form, an edit may be of another type.
        elif not rule.never(candidate.voters, candidate.type if is_steady else None):
            return False
    ballot = _ballot(incomplete, proposals)
    if not always_compatible(ballot, taken) or not _never_rewritten(ballot, taken, rule):
        return False
    texts = set(incomplete.answers.values())
    # Where all give the same text so far, it may also be the output exactly as it is.
    decisions = [Decision(candidate, 1.0, "accepted") for candidate in taken]
    return len(texts) > 1 or texts == {rendered(ballot, decisions)}


def _never_rewritten(ballot: Ballot, taken: Sequence[Candidate], rule: Rule) -> bool:
    """Return whether no rejected edit is taken as the best of those that change the same words.

    The edits that are `taken` are in reading order, and none overlap.
    """
    changing: dict[tuple[int, int], set[str]] = {}
    for candidate in ballot.candidates:
        start, end, _ = edit = candidate.edit
        if start < end and not is_form_only(edit, ballot.tokens):
            changing.setdefault((start, end), set()).update(candidate.voters)
    accepted = [candidate.edit for candidate in taken]
    return all(
        rule.never_rewritten(systems)
        for (start, end), systems in changing.items()
        if not overlaps_any(Edit(start, end, ()), accepted)  # an accepted edit excludes all others
    )


def _ballot(incomplete: Incomplete, proposals: Sequence[Proposal]) -> Ballot:
    candidates = tuple(proposal.candidate for proposal in proposals)
    systems = tuple(sorted(incomplete.answers))
    return Ballot("edits", incomplete.segment.source, incomplete.tokens, systems, candidates)


class _Standing(NamedTuple):
    """How far a text or label is: its weight, its voters, their agreement, and its place."""

    weight: float
    voters: int
    agreement: float
    first: int

    def surely_beats(self, rival: "_Standing", total: float) -> bool:
        """Return whether it is chosen before `rival`, of a vote with this `total` of weights."""
        if self.weight - rival.weight > _LEAD * total:
            return True
        # Only where each system has one vote, equal weights are equal votes.
        if not self.weight == self.voters == rival.weight == rival.voters:
            return False
        if self.agreement or rival.agreement:
            return self.agreement - rival.agreement > _LEAD
        return self.first < rival.first


def whole_settled(
    incomplete: Incomplete,
    weight: Callable[[str], float] = lambda _: 1.0,
    agreement: Mapping[str, float] | None = None,
) -> bool:
    """Return whether the text or label that most weight is for cannot change any more.

    `weight` is that of each system, and `agreement` settles ties before the order of systems does.
    """
    if incomplete.segment.distributions or not incomplete.answers:
        return False
    answers = incomplete.answers
    given = _choices(incomplete)
    places = {name: place for place, name in enumerate(incomplete.segment.hypotheses)}
    agreed = agreement or {}

    def standing(voters: Iterable[str]) -> _Standing:
        names = list(voters)
        sums = sum(map(weight, names)), len(names), sum(agreed.get(n, 0.0) for n in names)
        return _Standing(*sums, min(map(places.__getitem__, names), default=len(places)))

    more = _Standing(
        sum(max(map(weight, slot)) for slot in incomplete.missing),
        len(incomplete.missing),
        sum(max(agreed.get(name, 0.0) for name in slot) for slot in incomplete.missing),
        incomplete.first_missing,
    )
    total = sum(map(weight, answers)) + more.weight
    standings = [standing(choice.voters) for choice in given]
    first = max(range(len(given)), key=lambda i: (*standings[i][:3], -standings[i].first))
    rivals = [*standings[:first], *standings[first + 1 :], standing(())]
    ahead = partial(standings[first].surely_beats, total=total)
    beaten = all(ahead(_with(rival, more)) for rival in rivals)
    return beaten and _keeps_its_form(incomplete, given[first], places)


def _with(rival: _Standing, more: _Standing) -> _Standing:
    """Return the standing of `rival` where all the missing systems are for it."""
    return _Standing(
        rival.weight + more.weight,
        rival.voters + more.voters,
        rival.agreement + more.agreement,
        min(rival.first, more.first),
    )


def _choices(incomplete: Incomplete) -> list[Choice]:
    if incomplete.kind == "texts":
        return choices(incomplete.answers, text_key)
    return choices(_labels(incomplete), partial(label_key, case=incomplete.label_case))


def _labels(incomplete: Incomplete) -> dict[str, str]:
    return {name: text.strip() for name, text in incomplete.answers.items()}


def _keeps_its_form(incomplete: Incomplete, choice: Choice, places: Mapping[str, int]) -> bool:
    """Return whether the form that most voters used stays that, whatever form others use."""
    answers = incomplete.answers if incomplete.kind == "texts" else _labels(incomplete)
    voters = [name for name in answers if name in choice.voters]
    used = [name for name in voters if answers[name] == choice.form]
    rest = {answers[name] for name in voters} - {choice.form}
    counts = [sum(answers[name] == form for name in voters) for form in rest]
    most = max(counts, default=0) + len(incomplete.missing)
    others = [places[name] for name in voters if name not in used]
    is_first = min(map(places.__getitem__, used)) < min([incomplete.first_missing, *others])
    return len(used) > most or (len(used) == most and is_first)
