"""Work on all cores: the same answers in the same order as here, and what is raised is raised."""

import sys
from operator import neg

import pytest

from evaluation.execution import workers
from evaluation.execution.engine import working
from evaluation.execution.workers import WORTH, on_all_cores
from tests.raising import raises_code

MANY = list(range(WORTH + 3))


@pytest.mark.parametrize("tasks", [MANY, MANY[:2], []])
def test_answers_come_in_the_order_of_the_tasks(tasks):
    assert list(on_all_cores(neg, tasks)) == [-task for task in tasks]


@pytest.mark.parametrize("tasks", [[*MANY, "no number"], ["no number"]])
def test_what_is_raised_is_raised_here(tasks):
    with pytest.raises(ValueError, match="invalid literal"):
        list(on_all_cores(int, tasks))


def test_a_cluster_without_ray_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"consort\[ray\]"), working("ray"):
        pass


def test_an_address_is_for_a_cluster():
    with raises_code("invalid-option"), working("local", "10.0.0.1:6379"):
        pass


def test_whoever_works_is_asked():
    class Backwards:
        def map(self, make, tasks):
            return map(make(), reversed(tasks))

    token = workers._workers.set(Backwards())
    assert list(on_all_cores(neg, [1, 2])) == [-2, -1]
    workers._workers.reset(token)
