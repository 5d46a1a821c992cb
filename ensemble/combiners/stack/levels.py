"""The levels of a stack, and the ballot that their outputs make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ensemble.candidates import Ballot, Candidate
from ensemble.candidates.labels import text_key
from ensemble.combiners.base import Combiner
from ensemble.competence import Profile
from ensemble.decoding.decode import Combination
from evaluation.records import Edit


@dataclass(frozen=True)
class Level:
    """A combiner whose outputs a stack combines.

    `term` names it in the registry, with its options. One that `is_fixed` was trained elsewhere.
    `counts` is the agreement that it learnt from in the training of a stack.
    """

    name: str
    term: str
    combiner: Combiner
    is_fixed: bool = False
    counts: Profile | None = None


class Taken(NamedTuple):
    """The candidates of one ballot that a level takes, by their places, and a text that it wrote.

    The place of a written text is that of the system's text that it was made from.
    """

    places: tuple[int, ...]
    written: Combination | None = None


@dataclass(frozen=True)
class Upper:
    """The outputs of levels as one `ballot`, whose systems are the levels and the kept systems.

    `places` has, for each of its candidates, the place in the ballot below; for a text that a level
    wrote, the place of the text that it was made from, and `written` has the text.
    """

    ballot: Ballot
    places: tuple[int, ...]
    written: Mapping[int, Combination]


def taken(ballot: Ballot, combination: Combination) -> Taken:
    """Return what a level that gave `combination` takes of `ballot`."""
    if combination.backbone is None:
        decisions = combination.decisions
        return Taken(tuple(i for i, decision in enumerate(decisions) if decision.accepted))
    keys = [text_key(candidate.replacement) for candidate in ballot.candidates]
    if (key := text_key(combination.text or "")) in keys:
        return Taken((keys.index(key),))
    return Taken((keys.index(text_key(combination.backbone)),), combination)


def upper(ballot: Ballot, outputs: Mapping[str, Taken], kept: Sequence[str] | None) -> Upper:
    """Return the ballot of what each level takes, by its name, and of the `kept` systems.

    `None` keeps all systems.

    Raises:
        ValueError: a kept system has the name of a level.
    """
    beside = [name for name in ballot.systems if kept is None or name in kept]
    if both := sorted(set(beside) & outputs.keys()):
        raise ValueError(f"{both[0]!r} is the name of a level and of a system")
    voters = [[v for v in c.voters if v in beside] for c in ballot.candidates]
    own: dict[str, tuple[int, Combination, list[str]]] = {}
    for name, output in outputs.items():
        if output.written is None:
            for place in output.places:
                voters[place].append(name)
        else:
            key = text_key(output.written.text or "")
            own.setdefault(key, (output.places[0], output.written, []))[2].append(name)
    places = [place for place, names in enumerate(voters) if names]
    candidates = [_with(ballot.candidates[place], voters[place]) for place in places]
    written = {}
    for key, (place, combination, names) in own.items():
        written[len(places)] = combination
        places.append(place)
        candidates.append(_written(ballot.candidates[place], key, combination, names))
    names = sorted({*beside, *outputs}) if ballot.systems else []
    scores = {
        judge: known
        for judge, given in ballot.scores.items()
        if (known := {name: score for name, score in given.items() if name in beside})
    }
    made = replace(ballot, systems=tuple(names), candidates=tuple(candidates), scores=scores)
    return Upper(made, tuple(places), written)


def _with(candidate: Candidate, voters: Sequence[str]) -> Candidate:
    return candidate._replace(voters=tuple(sorted(voters)), probabilities=())


def _written(
    candidate: Candidate, key: str, combination: Combination, voters: Sequence[str]
) -> Candidate:
    edit = Edit(*candidate.edit[:2], (key,))
    return _with(candidate, voters)._replace(edit=edit, replacement=combination.text or "")


def levels_of(combination: Combination, above: Upper, levels: Sequence[str]) -> Combination:
    """Return `combination` with the `levels` that take each of its candidates.

    In a text that levels wrote, these are the levels that wrote it.
    """
    if combination.backbone is not None:
        return _of_written(combination, above, levels)
    takers = {
        place: candidate.voters
        for i, (place, candidate) in enumerate(
            zip(above.places, above.ballot.candidates, strict=True)
        )
        if i not in above.written
    }
    decisions = tuple(
        decision._replace(levels=tuple(n for n in levels if n in takers.get(i, ())))
        for i, decision in enumerate(combination.decisions)
    )
    return replace(combination, decisions=decisions)


def _of_written(combination: Combination, above: Upper, levels: Sequence[str]) -> Combination:
    key = text_key(combination.text or "")
    (voters,) = (
        candidate.voters
        for candidate in above.ballot.candidates
        if candidate.edit.replacement == (key,)
    )
    names = tuple(name for name in levels if name in voters)
    decisions = tuple(
        decision._replace(levels=names if decision.accepted else ())
        for decision in combination.decisions
    )
    return replace(combination, decisions=decisions)
