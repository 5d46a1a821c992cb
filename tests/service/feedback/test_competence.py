"""What verdicts amount to: no order shows, nothing is unbounded, all fades."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feedback.competence import MOST_SYSTEMS, Beta, Counts, Rules, by_system, posterior
from service.feedback.counts import OwnerDay, Votes
from service.feedback.standing import Day, intervals_of, over_time
from service.feedback.tallies import Tallies

TODAY = 20_000
RULES = Rules(half_life_days=30, bound=4, per_day=50)


class Tally(NamedTuple):
    owner: str
    day: int
    system: str
    type: str
    accepted: int
    rejected: int


Some = list[Tally]

tallies = st.lists(
    st.builds(
        Tally,
        owner=st.sampled_from(["", "k1", "k2"]),
        day=st.integers(TODAY - 200, TODAY),
        system=st.sampled_from("abc"),
        type=st.sampled_from(["M:PUNCT", "R:SPELL"]),
        accepted=st.integers(0, 500),
        rejected=st.integers(0, 500),
    ).filter(lambda tally: tally.accepted + tally.rejected > 0),
    max_size=30,
    unique_by=lambda tally: tally[:4],
)


def owner_days(some: Iterable[Tally]) -> list[OwnerDay]:
    """The changes that tell of them, one for each owner-day, in the order they first appear."""
    found: dict[tuple[int, str], dict[tuple[str, str], Votes]] = defaultdict(dict)
    for owner, day, system, type_, *votes in some:
        found[day, owner][system, type_] = Votes(*votes)
    return [OwnerDay(i, *key, cells) for i, (key, cells) in enumerate(found.items(), 1)]


def counted(some: Iterable[Tally], until: int = TODAY) -> Counts:
    read = Tallies()
    read.update(owner_days(some))
    return read.counts(until)


def worth(some: Iterable[Tally], today: int = TODAY) -> dict[tuple[str, str], Beta]:
    return posterior(counted(some, today), RULES, today)


def defined(some: Sequence[Tally], rules: Rules, today: int) -> dict[tuple[str, str], Beta]:
    """The posterior by its definition, term by term."""
    seen = [tally for tally in some if tally.day <= today]
    votes: dict[tuple[str, int], int] = defaultdict(int)
    for tally in seen:
        votes[tally.owner, tally.day] += tally.accepted + tally.rejected
    parts: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for tally in seen:
        share = min(1.0, rules.per_day / votes[tally.owner, tally.day])
        weight = share * 2.0 ** ((tally.day - today) / rules.half_life_days)
        yes, no = parts.setdefault((tally.system, tally.type), ([], []))
        yes.append(tally.accepted * weight)
        no.append(tally.rejected * weight)
    return {key: Beta(fsum(yes), fsum(no)) for key, (yes, no) in parts.items()}


def shown(some: Sequence[Tally], rules: Rules, today: int, name: str) -> list[Day]:
    """The days of a system by the definition: its posterior at the end of each."""
    days = []
    for day in sorted({tally.day for tally in some if tally.system == name}):
        own = [tally for tally in some if tally.system == name and tally.day == day]
        then = by_system(defined(some, rules, day))[name]
        accepted = sum(tally.accepted for tally in own)
        judged = accepted + sum(tally.rejected for tally in own)
        days.append(Day(day, judged, accepted, then.mean))
    return [day for day in days if day.day > today - 90]


@given(tallies, st.integers(-100, 50))
def test_the_posterior_is_as_defined(some: Some, ahead: int) -> None:
    found, expected = worth(some, TODAY + ahead), defined(some, RULES, TODAY + ahead)
    assert found == {key: pytest.approx(beta) for key, beta in expected.items()}


@given(tallies)
def test_days_are_as_defined(some: Some) -> None:
    systems = sorted({tally.system for tally in some})
    found = over_time(counted(some), systems, RULES, TODAY)
    assert list(found) == systems
    for name in systems:
        expected = shown(some, RULES, TODAY, name)
        assert [day[:3] for day in found[name]] == [day[:3] for day in expected]
        assert [day[3] for day in found[name]] == pytest.approx([day[3] for day in expected])


@given(tallies)
def test_days_of_other_systems_are_left_out(some: Some) -> None:
    found = over_time(counted(some), ["b"], RULES, TODAY)
    assert list(found) == ["b"]
    assert found["b"] == over_time(counted(some), ["a", "b", "c"], RULES, TODAY)["b"]


@given(tallies, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(some: Some, chance: random.Random) -> None:
    mixed = [*some]
    chance.shuffle(mixed)
    assert worth(mixed) == worth(some)
    by_day = [over_time(counted(each), ["a", "b", "c"], RULES, TODAY) for each in (some, mixed)]
    assert by_day[0] == by_day[1]


@given(tallies, tallies, st.integers(TODAY - 250, TODAY))
def test_changes_one_after_the_other_end_where_all_at_once_do(
    first: Some, then: Some, since: int
) -> None:
    """Later changes replace earlier ones of their owner-day, also by nothing; old days go."""
    read = Tallies()
    read.update(owner_days(first))
    gone = owner_days([tally for tally in first if tally.owner == "k1"])
    read.update([OwnerDay(1000 + i, *change[1:3], {}) for i, change in enumerate(gone)])
    read.forget(since)
    read.update(change._replace(revision=2000) for change in owner_days(then))
    replaced = {(tally.day, tally.owner) for tally in then}
    left = [
        tally
        for tally in first
        if tally.owner != "k1" and tally.day >= since and (tally.day, tally.owner) not in replaced
    ]
    assert posterior(read.counts(TODAY), RULES, TODAY) == worth([*left, *then])


@given(tallies)
def test_a_voice_stays_within_its_bounds(some: Some) -> None:
    for beta in worth(some).values():
        assert 1 / RULES.bound <= beta.weight(RULES.bound) <= RULES.bound
        assert 0 < beta.mean < 1


@given(tallies)
def test_a_day_of_one_owner_counts_so_much_and_no_more(some: Some) -> None:
    judged = sum(beta.judged for beta in worth(some).values())
    assert judged <= RULES.per_day * len({(tally.owner, tally.day) for tally in some}) + 1e-6


@given(tallies, st.integers(0, 2000))
def test_verdicts_decay_to_the_prior_by_half_each_half_life(some: Some, days: int) -> None:
    now, then = (worth(some, TODAY + ahead) for ahead in (0, days))
    left = 0.5 ** (days / RULES.half_life_days)
    for key, beta in now.items():
        assert then[key] == pytest.approx((beta.accepted * left, beta.rejected * left))
    for beta in worth(some, TODAY + 10_000).values():
        assert beta.mean == pytest.approx(0.5)
        assert beta.weight(RULES.bound) == pytest.approx(1)


@given(tallies)
def test_more_accepted_never_lowers_a_voice(some: Some) -> None:
    praised = [tally._replace(accepted=sum(tally[4:]), rejected=0) for tally in some]
    before, after = worth(some), worth(praised)
    for key in before:
        assert after[key].weight(4) >= before[key].weight(4) - 1e-9


def test_before_anything_was_said_all_voices_are_alike() -> None:
    assert worth([]) == {}
    assert over_time(counted([]), [], RULES, TODAY) == {}
    assert intervals_of([]) == []
    assert (Beta().mean, Beta().weight(4)) == (0.5, 1)


def test_the_systems_with_the_most_verdicts_get_weights() -> None:
    names = [f"s{i:03}" for i in range(MOST_SYSTEMS + 10)]
    some = [Tally(name, TODAY, name, "text", i + 1, 0) for i, name in enumerate(names)]
    few = Rules(per_day=10**6)
    assert {name for name, _ in posterior(counted(some), few, TODAY)} == set(names[10:])
