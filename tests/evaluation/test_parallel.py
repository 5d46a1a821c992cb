"""Work on all cores: the same answers in the same order as here, and what is raised is raised."""

from operator import neg

import pytest

from evaluation.parallel import WORTH, on_all_cores

MANY = list(range(WORTH + 3))


@pytest.mark.parametrize("tasks", [MANY, MANY[:2], []])
def test_answers_come_in_the_order_of_the_tasks(tasks):
    assert list(on_all_cores(neg, tasks)) == [-task for task in tasks]


@pytest.mark.parametrize("tasks", [[*MANY, "no number"], ["no number"]])
def test_what_is_raised_is_raised_here(tasks):
    with pytest.raises(ValueError, match="invalid literal"):
        list(on_all_cores(int, tasks))
