"""Tasks on workers: the same results in the same order, the same exceptions."""

import subprocess
import sys
from operator import neg

import pytest

from evaluation.execution import workers
from evaluation.execution.engine import working
from evaluation.execution.workers import MANY_TASKS, SameProcess, current_workers, map_tasks
from tests.raising import raises_code

MANY = list(range(MANY_TASKS + 3))


@pytest.mark.parametrize("tasks", [MANY, MANY[:2], []])
def test_answers_come_in_the_order_of_the_tasks(tasks):
    with working("local"):
        assert list(map_tasks(neg, tasks)) == [-task for task in tasks]
    assert list(map_tasks(neg, tasks)) == [-task for task in tasks]


@pytest.mark.parametrize("tasks", [[*MANY, "no number"], ["no number"]])
def test_what_is_raised_is_raised_here(tasks):
    with pytest.raises(ValueError, match="invalid literal"), working("local"):
        list(map_tasks(int, tasks))


def test_a_cluster_without_ray_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"consort\[ray\]"), working("ray"):
        pass


def test_an_address_is_for_a_cluster():
    with raises_code("invalid-option"), working("local", "10.0.0.1:6379"):
        pass


def test_the_chosen_workers_do_the_tasks():
    class Backwards:
        def map(self, make, tasks):
            return map(make(), reversed(tasks))

    with workers.using_workers(Backwards()):
        assert list(map_tasks(neg, [1, 2])) == [-2, -1]
    assert isinstance(current_workers(), SameProcess)


SCRIPT = """
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric

sources = ["He go home ."] * 4384
gold = gold_from_references(sources, [["He goes home ."]] * 4384)
print(load_metric("edits").corpus_score(Texts(sources, sources, gold=gold)).rows[0].n)
"""


def test_a_script_without_a_main_guard_scores_thousands_of_texts(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("4384\n", "")


def test_library_calls_start_no_processes(monkeypatch):
    def started(*arguments):
        raise AssertionError("processes were started")

    monkeypatch.setattr(workers, "_pooled", started)
    assert list(map_tasks(neg, MANY)) == [-task for task in MANY]
