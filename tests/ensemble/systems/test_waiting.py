"""Asking as planned: rounds, a quorum and its grace, stand-ins, and outcomes that are settled."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.candidates.incomplete import Slot
from ensemble.systems.ask import Answer
from ensemble.systems.waiting import Plan, Settled, ask_as_planned, never
from tests.waiting import until

HANGS = "hangs"


@dataclass
class Asked:
    """Systems that answer when the test says so: at once, unless their text is `HANGS`."""

    texts: Mapping[str, str | None] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    slots: list[list[Slot]] = field(default_factory=list)

    async def __call__(self, name: str) -> Answer:
        self.begun.append(name)
        text = self.texts.get(name, "fine")
        if text == HANGS:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(name)
                raise
        status = "failed" if text is None else "ok"
        return Answer(text, status, None if text else "out of order", 1.0)

    def settled_at(self, count: int) -> Settled:
        """The outcome is settled by this many usable answers."""

        async def settled(answers: Mapping[str, Answer], missing: Sequence[Slot]) -> bool:
            self.slots.append(list(missing))
            return sum(answer.status == "ok" for answer in answers.values()) >= count

        return settled


def run(plan: Plan, asked: Asked, settled: Settled = never) -> dict[str, Answer]:
    return asyncio.run(ask_as_planned(plan, asked, settled))


def statuses(answers: Mapping[str, Answer]) -> dict[str, str]:
    return {name: answer.status for name, answer in answers.items()}


def test_without_a_plan_all_are_asked_and_waited_for():
    asked = Asked({"b": None})
    answers = run(Plan([["a", "b", "c"]]), asked, asked.settled_at(1))
    assert statuses(answers) == {"a": "ok", "b": "failed", "c": "ok"}
    assert asked.slots == []


def test_systems_that_cannot_change_a_settled_outcome_are_cancelled():
    asked = Asked({"c": HANGS})
    answers = run(Plan([["a", "b", "c"]], settled=True), asked, asked.settled_at(2))
    assert statuses(answers) == {"a": "ok", "b": "ok", "c": "late"}
    assert answers["c"].reason == "its answer could not change the outcome"
    assert asked.cancelled == ["c"]
    assert asked.slots[-1] == [("c",)]


def test_a_later_round_is_asked_only_where_the_outcome_is_open():
    asked = Asked()
    plan = Plan([["a", "b"], ["c"], ["d"]])
    answers = run(plan, asked, asked.settled_at(3))
    assert statuses(answers) == {"a": "ok", "b": "ok", "c": "ok", "d": "not asked"}
    assert asked.begun == ["a", "b", "c"]
    assert asked.slots == [[("c",), ("d",)], [("d",)]]
    assert answers["d"].reason == "its answer could not change the outcome"


def test_a_round_in_which_all_fail_is_followed_by_the_next():
    asked = Asked({"a": None, "b": None})
    answers = run(Plan([["a", "b"], ["c"]]), asked, asked.settled_at(1))
    assert statuses(answers) == {"a": "failed", "b": "failed", "c": "ok"}


def test_a_quorum_without_grace_waits_for_no_one():
    asked = Asked({"c": HANGS, "d": None})
    answers = run(Plan([["d", "a", "b", "c"]], quorum=2), asked)
    assert statuses(answers) == {"d": "failed", "a": "ok", "b": "ok", "c": "late"}
    assert answers["c"].reason == "no answer within 0 s after 2 others"


def test_within_the_grace_answers_still_count():
    async def scenario() -> dict[str, Answer]:
        late = asyncio.Event()
        asked = Asked({"d": HANGS})

        async def ask_one(name: str) -> Answer:
            if name == "c":
                await late.wait()
            elif name == "b":
                late.set()
            return await asked(name)

        return await ask_as_planned(Plan([["a", "b", "c", "d"]], quorum=2, grace_s=0.2), ask_one)

    answers = asyncio.run(scenario())
    assert statuses(answers) == {"a": "ok", "b": "ok", "c": "ok", "d": "late"}
    assert answers["d"].milliseconds >= 190


def test_failures_do_not_make_a_quorum():
    asked = Asked({"a": None, "b": None})
    answers = run(Plan([["a", "b", "c", "d"]], quorum=3), asked)
    assert statuses(answers) == {"a": "failed", "b": "failed", "c": "ok", "d": "ok"}


def test_after_a_quorum_no_further_round_is_asked():
    asked = Asked()
    answers = run(Plan([["a", "b"], ["c"]], quorum=2), asked)
    assert statuses(answers) == {"a": "ok", "b": "ok", "c": "not asked"}
    assert answers["c"].reason == "2 others had answered"


def test_a_stand_in_takes_the_place_of_a_system_that_failed():
    asked = Asked({"b": None})
    plan = Plan([["a", "b"]], {"spare": ()})
    answers = run(plan, asked)
    assert statuses(answers) == {"a": "ok", "b": "failed", "spare": "ok"}
    assert asked.begun == ["a", "b", "spare"]


def test_a_stand_in_is_not_asked_where_all_answer():
    asked = Asked()
    answers = run(Plan([["a", "b"]], {"spare": ()}), asked)
    assert answers["spare"].status == "not asked"
    assert answers["spare"].reason == "it stands in for a system that fails, and was not needed"
    assert asked.begun == ["a", "b"]


def test_a_stand_in_for_some_systems_is_not_asked_for_others():
    asked = Asked({"b": None})
    answers = run(Plan([["a", "b"]], {"for-a": ["a"], "for-b": ["b"]}), asked)
    assert statuses(answers)["for-a"] == "not asked"
    assert statuses(answers)["for-b"] == "ok"


def test_where_a_stand_in_fails_too_the_next_one_takes_the_place():
    asked = Asked({"a": None, "first": None, "second": None})
    plan = Plan([["a", "b"]], {"first": ["a"], "for-b": ["b"], "second": ["a"], "third": ["a"]})
    answers = run(plan, asked)
    expected = ["failed", "failed", "failed", "ok", "not asked"]
    names = ["a", "first", "second", "third", "for-b"]
    assert [answers[name].status for name in names] == expected


def test_where_all_stand_ins_fail_the_answers_say_so():
    asked = Asked({"a": None, "spare": None})
    assert statuses(run(Plan([["a"]], {"spare": ()}), asked)) == {"a": "failed", "spare": "failed"}


def test_a_slot_names_the_systems_that_would_stand_in():
    asked = Asked({"c": HANGS})
    plan = Plan([["a", "b", "c"], ["d"]], {"any": (), "for-d": ["d"]}, settled=True)
    run(plan, asked, asked.settled_at(2))
    assert asked.slots[-1] == [("c", "any"), ("d", "any", "for-d")]


def test_no_stand_in_is_asked_where_the_outcome_is_settled_without_it():
    asked = Asked({"a": None})
    plan = Plan([["a", "b"]], {"spare": ()}, settled=True)
    answers = run(plan, asked, asked.settled_at(1))
    assert answers["spare"].status == "not asked"
    assert asked.begun == ["a", "b"]
    assert asked.slots[-1] == [("spare",)]


def test_a_stand_in_that_is_being_asked_is_a_slot_of_its_own():
    asked = Asked({"a": None, "spare": HANGS})
    plan = Plan([["a", "b", "c"]], {"spare": (), "more": ["a"]}, settled=True)

    async def ask_one(name: str) -> Answer:
        if name == "c":  # the last, when the stand-in is being asked
            await until(lambda: "spare" in asked.begun)
        return await asked(name)

    answers = asyncio.run(ask_as_planned(plan, ask_one, asked.settled_at(2)))
    assert asked.slots[-1] == [("spare", "more")]
    assert answers["spare"].status == "late"


def test_no_system_is_asked_after_the_patience_is_over():
    asked = Asked({"b": None})
    answers = run(Plan([["a", "b"], ["c"]], {"spare": ()}, patience_s=0.0), asked)
    assert statuses(answers) == {"a": "ok", "b": "failed", "c": "timeout", "spare": "not asked"}
    assert answers["c"].reason == "not asked: the systems before it took too long"


def test_one_that_goes_away_leaves_nothing_running():
    async def scenario() -> tuple[list[str], list[str]]:
        asked = Asked({"a": HANGS, "b": HANGS})
        asking = asyncio.create_task(ask_as_planned(Plan([["a", "b"], ["c"]]), asked))
        await until(lambda: len(asked.begun) == 2)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return asked.begun, asked.cancelled

    begun, cancelled = asyncio.run(scenario())
    assert (begun, sorted(cancelled)) == (["a", "b"], ["a", "b"])


def test_an_error_of_the_program_is_raised_and_the_others_are_cancelled():
    asked = Asked({"b": HANGS})

    async def ask_one(name: str) -> Answer:
        if name == "a":
            raise RuntimeError("a fault")
        return await asked(name)

    with pytest.raises(RuntimeError, match="a fault"):
        asyncio.run(ask_as_planned(Plan([["b", "a"]]), ask_one))
    assert asked.cancelled == ["b"]


NAMES = [f"s{i}" for i in range(32)]


@st.composite
def plans(draw) -> Plan:
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 32))]
    spare = names[: draw(st.integers(0, len(names) - 1))]
    regular = names[len(spare) :]
    rounds = [regular[i::3] for i in range(3) if regular[i::3]]
    target = st.just(()) | st.lists(st.sampled_from(regular), min_size=1, unique=True)
    stand_ins = {name: draw(target) for name in spare}
    quorum = draw(st.none() | st.integers(1, len(regular)))
    return Plan(rounds, stand_ins, draw(st.booleans()), quorum)


@given(plan=plans(), data=st.data())
def test_every_system_has_one_answer_and_none_is_asked_twice(plan, data):
    every = [*(name for names in plan.rounds for name in names), *plan.stand_ins]
    texts = {name: data.draw(st.sampled_from(["fine", "fine", None])) for name in every}
    asked = Asked(texts)
    answers = run(plan, asked, asked.settled_at(data.draw(st.integers(1, 33))))
    assert sorted(answers) == sorted(every)
    assert len(asked.begun) == len(set(asked.begun))
    not_asked = {name for name, answer in answers.items() if answer.status == "not asked"}
    assert not_asked == set(every) - set(asked.begun)
    failed = sum(answers[name].status == "failed" for name in asked.begun)
    assert sum(name in asked.begun for name in plan.stand_ins) <= failed
