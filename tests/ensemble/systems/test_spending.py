"""Costs add up, in whatever order and groups, and what nothing reported stays unknown."""

from copy import copy

from hypothesis import given
from hypothesis import strategies as st

from ensemble.systems.spending import Spent, total

COUNTS = st.integers(0, 1000)
COSTS = st.none() | st.integers(0, 1000).map(float)  # whole numbers, whose sums are exact


@st.composite
def spendings(draw: st.DrawFn) -> Spent:
    """A cost; tokens are reported in both directions or in none."""
    spent = Spent(calls=draw(COUNTS), remembered=draw(COUNTS))
    if draw(st.booleans()):
        spent.add_tokens(draw(COUNTS), draw(COUNTS), draw(COSTS))
    return spent


@given(st.lists(spendings(), max_size=6))
def test_the_sum_is_that_of_each_part_in_any_order(parts: list[Spent]) -> None:
    together = total(parts)
    assert together.calls == sum(part.calls for part in parts)
    assert together.remembered == sum(part.remembered for part in parts)
    assert together.tokens == sum(part.tokens for part in parts)
    for field in ("tokens_in", "tokens_out", "cost"):
        known = [getattr(part, field) for part in parts if getattr(part, field) is not None]
        assert getattr(together, field) == (sum(known) if known else None)
    assert total(reversed(parts)) == together
    assert total([total(parts[:2]), total(parts[2:])]) == together


@given(spendings())
def test_a_sum_changes_no_part_and_nothing_adds_nothing(spent: Spent) -> None:
    before = copy(spent)
    assert total([spent]) == total([Spent(), spent, Spent()]) == before
    assert total([spent]) is not spent
    assert spent == before


def test_nothing_was_spent_where_nothing_was_asked() -> None:
    assert total([]) == Spent() == Spent(0, None, None, None, 0)
    assert Spent().tokens == 0


def test_tokens_without_a_price_have_no_cost() -> None:
    spent = Spent()
    spent.add_tokens(3, 4, None)
    assert (spent.tokens_in, spent.tokens_out, spent.tokens, spent.cost) == (3, 4, 7, None)
    spent.add_tokens(1, 1, 0.5)
    assert (spent.tokens, spent.cost) == (9, 0.5)


@given(spendings())
def test_there_is_nothing_to_report_where_nothing_was_spent(spent: Spent) -> None:
    assert bool(spent) == (spent != Spent())
