"""What verdicts amount to: no order shows, retracting undoes, nothing is unbounded, all fades."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feedback import records
from service.feedback.competence import Beta, Rules, Tally, posterior
from service.feedback.feedback import over_time
from service.feedback.records import Judged
from service.store.database import Database

TODAY = 20_000
RULES = Rules(half_life_days=30, bound=4, per_day=50)

tallies = st.lists(
    st.builds(
        Tally,
        owner=st.sampled_from(["", "k1", "k2"]),
        day=st.integers(TODAY - 200, TODAY),
        system=st.sampled_from("abc"),
        type=st.sampled_from(["M:PUNCT", "R:SPELL"]),
        accepted=st.booleans(),
        n=st.integers(1, 500),
    ),
    max_size=30,
    unique_by=lambda tally: tally[:5],
)


@given(tallies, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(some: list[Tally], chance: random.Random) -> None:
    mixed = [*some]
    chance.shuffle(mixed)
    assert posterior(mixed, RULES, TODAY) == posterior(some, RULES, TODAY)


@given(tallies)
def test_a_voice_stays_within_its_bounds(some: list[Tally]) -> None:
    for beta in posterior(some, RULES, TODAY).values():
        assert 1 / RULES.bound <= beta.weight(RULES.bound) <= RULES.bound
        assert 0 < beta.mean < 1


@given(tallies)
def test_a_day_of_one_owner_counts_so_much_and_no_more(some: list[Tally]) -> None:
    judged = sum(beta.judged for beta in posterior(some, RULES, TODAY).values())
    assert judged <= RULES.per_day * len({(tally.owner, tally.day) for tally in some}) + 1e-6


@given(tallies, st.integers(0, 2000))
def test_verdicts_decay_to_the_prior_by_half_each_half_life(some: list[Tally], days: int) -> None:
    now, then = (posterior(some, RULES, TODAY + ahead) for ahead in (0, days))
    left = 0.5 ** (days / RULES.half_life_days)
    for key, beta in now.items():
        assert then[key] == pytest.approx((beta.accepted * left, beta.rejected * left))
    for beta in posterior(some, RULES, TODAY + 10_000).values():
        assert beta.mean == pytest.approx(0.5)
        assert beta.weight(RULES.bound) == pytest.approx(1)


@given(tallies)
def test_more_accepted_never_lowers_a_voice(some: list[Tally]) -> None:
    praised = [tally._replace(accepted=True) for tally in some]
    before, after = (posterior(each, RULES, TODAY) for each in (some, merged(praised)))
    for key in before:
        assert after[key].weight(4) >= before[key].weight(4) - 1e-9


def merged(some: Sequence[Tally]) -> list[Tally]:
    found: dict[tuple[object, ...], Tally] = {}
    for tally in some:
        old = found.get(tally[:5])
        found[tally[:5]] = tally._replace(n=tally.n + (old.n if old else 0))
    return list(found.values())


def test_before_anything_was_said_all_voices_are_alike() -> None:
    assert posterior([], RULES, TODAY) == {}
    assert (Beta().mean, Beta().weight(4)) == (0.5, 1)


@given(tallies)
def test_over_time_ends_where_the_posterior_is(some: list[Tally]) -> None:
    days = over_time(some, RULES, TODAY)
    for name in {tally.system for tally in some}:
        last = max(tally.day for tally in some if tally.system == name)
        own = [beta for (system, _), beta in posterior(some, RULES, last).items() if system == name]
        seen = [day for day in days[name] if day.day == last]
        if seen:
            whole = Beta(sum(beta.accepted for beta in own), sum(beta.rejected for beta in own))
            assert seen[0].competence == pytest.approx(whole.mean)


def test_in_the_database_as_in_theory(database: Database) -> None:
    """Whatever was sent in whatever order, and whatever was retracted: as if never sent."""
    chance = random.Random(1)
    kept, ids = [], []
    with database.write() as connection:
        for _ in range(40):
            type_, voters = chance.choice(["M:PUNCT", "R:SPELL"]), chance.sample("abc", 2)
            edit = Judged(type_, voters, chance.random() < 0.5)
            owner, now = chance.choice(["", "k"]), (TODAY - chance.randint(0, 3)) * 86_400.0
            id_ = records.add(connection, owner, [edit], now)
            if chance.random() < 0.5:
                ids.append((id_, owner))
            else:
                kept.append((owner, edit, now))
        for id_, owner in ids * 2:  # twice: no more than once
            records.retract(connection, id_, owner)
        found = records.tallies(connection, TODAY - 10)
        chance.shuffle(kept)
        expected = [
            Tally(owner, records.day_of(now), system, edit.type, edit.accepted, 1)
            for owner, edit, now in kept for system in edit.voters
        ]  # fmt: skip
        theory = posterior(expected, RULES, TODAY)
        assert posterior(found, RULES, TODAY) == {
            key: pytest.approx(beta) for key, beta in theory.items()
        }
        blocks = records.blocks(connection)
        assert {name: sum(b.judged for b in some) for name, some in blocks.items()} == {
            name: sum(name in edit.voters for _, edit, _ in kept) for name in sorted("abc")
        }


def test_all_that_is_said_changes_the_state_also_where_a_clock_is_behind(
    database: Database,
) -> None:
    edit = Judged("R:SPELL", ["a"], True)
    with database.write() as connection:
        seen = [records.state(connection)]
        ids = []
        for now in (20.0, 10.0):
            ids.append(records.add(connection, "", [edit], now))
            seen.append(records.state(connection))
        for id_, now in zip(ids, (40.0, 30.0), strict=True):
            records.retract(connection, id_, "", now)
            seen.append(records.state(connection))
    assert len(set(seen)) == 5
