"""Counts in the database are those of the verdicts that stand, whatever was sent and retracted."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from service.core import limits
from service.core.limits import Refused
from service.core.problems import Problem
from service.feedback import counts, records, windows
from service.feedback.competence import MOST_SYSTEMS
from service.feedback.counts import Votes
from service.feedback.drift import WINDOW, Block
from service.feedback.records import FORGOTTEN_AT_ONCE, Judged
from service.feedback.windows import MOST_WINDOWS
from service.store import tables
from service.store.database import Database

DAY = 20_000
DAY_S = 86_400.0


class Step(NamedTuple):
    """Feedback that is sent, or of those sent before, one that is retracted."""

    owner: str
    day: int
    edits: list[Judged]
    retract: int | None


edits = st.lists(
    st.builds(
        Judged,
        type=st.sampled_from(["M:PUNCT", "R:SPELL"]),
        voters=st.lists(st.sampled_from("abc"), min_size=1, unique=True),
        accepted=st.booleans(),
    ),
    min_size=1,
    max_size=40,
)
steps = st.lists(
    st.builds(
        Step,
        owner=st.sampled_from(["", "k"]),
        day=st.integers(DAY - 2, DAY),
        edits=edits,
        retract=st.none() | st.integers(0, 20),
    ),
    max_size=12,
)


class Defined:
    """Verdicts counted by the definition: each is kept, and all are counted at the end."""

    def __init__(self) -> None:
        self.sent: list[Step] = []
        self.standing: set[int] = set()
        self.windows: dict[str, list[list[tuple[int, bool]]]] = {}

    def add(self, step: Step) -> None:
        """Send it."""
        self.standing.add(number := len(self.sent))
        self.sent.append(step)
        for edit in step.edits:
            for system in edit.voters:
                own = self.windows.setdefault(system, [[]])
                if len(own[-1]) == WINDOW:
                    own.append([])
                own[-1].append((number, edit.accepted))

    def retract(self, number: int) -> None:
        """Take it back: out of the windows in which its verdicts are."""
        self.standing.discard(number)
        for own in self.windows.values():
            own[:] = [[one for one in window if one[0] != number] for window in own]

    def counts(self) -> dict[tuple[int, str], dict[tuple[str, str], Votes]]:
        """The verdicts that stand, by day and owner, then system and type."""
        found: dict[tuple[int, str], Counter[tuple[str, str, bool]]] = {}
        for step in self.sent:
            found[step.day, step.owner] = Counter()
        for number in self.standing:
            step = self.sent[number]
            found[step.day, step.owner].update(
                (system, edit.type, edit.accepted) for edit in step.edits for system in edit.voters
            )
        return {
            key: {cell[:2]: Votes(n[*cell[:2], True], n[*cell[:2], False]) for cell in n}
            for key, n in found.items()
        }

    def blocks(self) -> dict[str, list[Block]]:
        """The windows of each system."""
        return {
            system: [Block(len(one), sum(accepted for _, accepted in one)) for one in own]
            for system, own in self.windows.items()
        }


def all_counts(database: Database) -> dict[tuple[int, str], dict[tuple[str, str], Votes]]:
    """Everything counted, read as a poll does."""
    found, revision = {}, 0
    with database.read() as connection:
        while changes := counts.changes(connection, revision, 0):
            found |= {(change.day, change.owner): dict(change.cells) for change in changes}
            revision = changes[-1].revision
        assert revision <= records.revision(connection)
    return found


def all_blocks(database: Database) -> dict[str, list[Block]]:
    with database.read() as connection:
        return windows.blocks(connection)


def size(database: Database, table: tables.Table) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def send(database: Database, step: Step, **limit: int) -> str:
    with database.write() as connection:
        return records.add(connection, step.owner, step.edits, step.day * DAY_S, **limit)


def retract(database: Database, id_: str, owner: str) -> None:
    with database.write() as connection:
        records.retract(connection, id_, owner)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database for many examples, each of which begins by emptying it."""
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('shared') / 'consort.db'}")
    opened.migrate()
    yield opened
    opened.close()


def empty(database: Database) -> None:
    with database.write() as connection:
        for name in ("feedback_edits", "feedback", "feedback_counts", "feedback_days",
                     "feedback_windows"):  # fmt: skip
            connection.execute(tables.metadata.tables[name].delete())
        connection.execute(tables.feedback_state.update().values(revision=0, windows=0))


def follow(database: Database, taken: list[Step]) -> Defined:
    """Take the steps in the database, and by the definition."""
    defined, ids = Defined(), list[str]()
    for step in taken:
        if step.retract is None or not ids:
            ids.append(send(database, step))
            defined.add(step)
        else:
            number = step.retract % len(ids)
            for _ in range(2):  # twice: no more than once
                retract(database, ids[number], defined.sent[number].owner)
            defined.retract(number)
    return defined


@settings(max_examples=60)
@given(taken=steps)
def test_counts_are_those_of_the_verdicts_that_stand(shared: Database, taken: list[Step]) -> None:
    empty(shared)
    defined = follow(shared, taken)
    assert all_counts(shared) == defined.counts()
    assert all_blocks(shared) == defined.blocks()


def test_counts_are_so_in_each_kind_of_database(database: Database) -> None:
    voters = [["a"], ["a", "b"], ["c"]]
    taken = [
        Step("k" * (i % 2), DAY - i % 3, [Judged("R:SPELL", voters[i % 3], i % 4 > 0)] * 9, None)
        for i in range(20)
    ]
    taken += [Step("", DAY, [], number) for number in (0, 3, 19, 3)] + taken
    defined = follow(database, taken)
    assert all_counts(database) == defined.counts()
    assert all_blocks(database) == defined.blocks()


def test_each_change_has_a_revision_also_where_a_clock_is_behind(database: Database) -> None:
    edit = Judged("R:SPELL", ["a"], True)
    seen = []
    with database.write() as connection:
        ids = [records.add(connection, "", [edit], now) for now in (2 * DAY_S, DAY_S)]
        seen += [change.revision for change in counts.changes(connection, 0, 0)]
        for id_ in ids:
            records.retract(connection, id_, "")
        seen += [change.revision for change in counts.changes(connection, 0, 0)]
        assert counts.changes(connection, seen[-1], 0) == []
        assert counts.changes(connection, 0, 3) == []
    assert seen == [1, 2, 3, 4]


def test_only_its_owner_retracts_feedback(database: Database) -> None:
    id_ = send(database, step := Step("k", DAY, [Judged("R:SPELL", ["a"], True)], None))
    for wrong in ((id_, ""), ("0" * 32, "k")):
        with pytest.raises(Problem, match="no such feedback"):
            retract(database, *wrong)
    assert all_counts(database)[DAY, "k"] == {("a", "R:SPELL"): (1, 0)}
    assert step.owner == "k"


def test_a_retracted_verdict_leaves_its_window_open_only_if_that_is_the_newest(
    database: Database,
) -> None:
    ids = [
        send(database, Step("", DAY, [Judged("text", ["a"], True)] * 25, None)) for _ in range(5)
    ]
    assert all_blocks(database) == {"a": [(50, 50), (50, 50), (25, 25)]}
    retract(database, ids[0], "")
    retract(database, ids[4], "")
    assert all_blocks(database) == {"a": [(25, 25), (50, 50), (0, 0)]}
    send(database, Step("", DAY, [Judged("text", ["a"], False)] * 60, None))
    assert all_blocks(database) == {"a": [(25, 25), (50, 50), (50, 0), (10, 0)]}


def test_verdicts_of_an_owner_and_day_are_limited(database: Database) -> None:
    step = Step("k", DAY, [Judged("text", ["a", "b"], True)] * 10, None)
    with pytest.raises(Refused, match=r"has 20 verdicts \(edits times voters\); the limit is 19"):
        send(database, step, most=19)
    id_ = send(database, step, most=59)
    retract(database, id_, "k")  # does not make room: its row stays
    send(database, step, most=59)
    with pytest.raises(Problem, match=r"would make 60 verdicts .*; the limit is 59") as refused:
        send(database, step, most=59)
    assert refused.value.code == "feedback-limited"
    assert refused.value.headers == {"Retry-After": "86401"}
    for other in (step._replace(owner="l"), step._replace(day=DAY + 1)):
        send(database, other, most=59)
    assert size(database, tables.feedback_edits) == 60


def test_systems_of_an_owner_and_day_are_limited(database: Database) -> None:
    def named(first: int, last: int) -> Step:
        names = [f"s{i}" for i in range(first, last)]
        return Step("k", DAY, [Judged("text", names, True)], None)

    most = limits.FEEDBACK_CELLS
    with pytest.raises(Refused, match=f"has {most + 1} pairs of system and type"):
        send(database, named(0, most + 1))
    id_ = send(database, named(0, most))
    send(database, named(0, 10))
    with pytest.raises(Problem, match=f"would make {most + 1} pairs of system and type"):
        send(database, named(most, most + 1))
    assert size(database, tables.feedback_counts) == most
    assert id_


def test_windows_are_limited(database: Database) -> None:
    used = Step("", DAY, [Judged("text", ["used"], True)] * WINDOW, None)
    first = send(database, used)
    for _ in range(MOST_WINDOWS + 2):
        send(database, used)
    retract(database, first, "")  # its window is gone
    assert all_blocks(database) == {"used": [(WINDOW, WINDOW)] * MOST_WINDOWS}
    names = [f"s{i:03}" for i in range(MOST_SYSTEMS + 5)]
    send(database, Step("", DAY, [Judged("text", names, True)], None))
    assert sorted(all_blocks(database)) == [*names[: MOST_SYSTEMS - 1], "used"]


def test_old_verdicts_are_removed_a_few_at_a_time(database: Database) -> None:
    n = FORGOTTEN_AT_ONCE + 5
    edits = [Judged("text", ["a"], True)]
    for i in range(n):
        send(database, Step("", DAY - n + i, edits, None))
    recent = send(database, Step("", DAY, [Judged("text", ["b"], True)], None))
    rounds = 0
    while outdated(database):
        with database.write() as connection:
            records.forget(connection, DAY)
        rounds += 1
    assert rounds == 4
    assert all_counts(database) == {(DAY, ""): {("b", "text"): (1, 0)}}
    assert all_blocks(database) == {"b": [(1, 1)]}
    for table in (tables.feedback, tables.feedback_edits, tables.feedback_days):
        assert size(database, table) == 1
    retract(database, recent, "")


def outdated(database: Database) -> bool:
    with database.read() as connection:
        return records.outdated(connection, DAY)
