"""A registered combiner is the uploaded one under another name."""

import pickle
from functools import partial

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.neural.combiner import Neural
from evaluation.records import Segment
from service.core.registered import Registered
from service.core.worker_process import WorkerProcess
from tests import trained


def test_ties_are_settled_as_by_the_combiner_itself() -> None:
    # `b` and `c` agree more often than `a` with either, so a tie goes to `b`.
    answers = [{"a": "x", "b": "y", "c": "y"}] * 5 + [{"a": "x", "b": "y"}]
    ballots = list(collect_all([Segment("?", outputs) for outputs in answers], "labels"))
    combiner = Neural().fit(ballots)
    registered = Registered("mine", combiner, 1)
    assert registered.tie_weights == combiner.tie_weights
    assert registered.votes == combiner.votes
    assert registered.tie_weights["b"] > registered.tie_weights["a"]
    texts = [[c.text for c in combine_all(ballots, one)] for one in (combiner, registered)]
    assert texts[0] == texts[1]


def test_it_is_calibrated_where_the_combiner_is() -> None:
    assert not Registered("mine", Neural(), 1).is_calibrated
    assert Registered("mine", trained.combiner("able"), 1).is_calibrated


def test_any_number_of_processes_combine_by_it() -> None:
    combiner = Registered("mine", trained.combiner("able"), 1)
    segments = [Segment(str(i), trained.outputs(i)) for i in range(9)]
    ballots = list(collect_all(segments, "labels"))
    for _ in range(2):
        process = WorkerProcess()
        for _ in range(2):
            answer = process.call(partial(combine_all, ballots, combiner))
            assert answer == combine_all(ballots, combiner)
        process.close()


def test_a_process_makes_the_trained_combiner_of_many_requests_once() -> None:
    combiner = Registered("mine", trained.combiner("able"), 1)
    first, second = (pickle.loads(pickle.dumps(combiner)) for _ in range(2))
    assert first.combiner is second.combiner
    assert first.combiner is not combiner.combiner
    assert (first.name, first.version, first.uses_scores) == ("mine", 1, combiner.uses_scores)
    assert first.signature == combiner.signature
    other = pickle.loads(pickle.dumps(Registered("mine", trained.combiner("poor"), 2)))
    assert other.combiner is not first.combiner
    segments = [Segment(str(i), trained.outputs(i)) for i in range(9)]
    ballots = list(collect_all(segments, "labels"))
    assert combine_all(ballots, first) == combine_all(ballots, combiner)
    assert combine_all(ballots, other) != combine_all(ballots, combiner)
