"""Progress as lines of text: on a clock that the steps themselves advance."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evaluation.execution.progress import Step
from service.cli.log_lines import GAP_S, LONG_GAP_S, LogLines, duration


class Clock:
    """Seconds that pass only while there is work, and the lines with the time of each."""

    def __init__(self):
        self.now = 0.0
        self.lines = []
        self.progress = LogLines(lambda line: self.lines.append((self.now, line)), lambda: self.now)

    def work(self, seconds, what="Working", progress=None, total=None, of=list):
        steps = of(map(Step, seconds))
        for step in (progress or self.progress)(steps, what, total):
            self.now += step.item
            step.name = f"of {step.item:g} s"
            step.figures["score"] = self.now


def test_slow_steps_have_a_line_each_with_figures_and_the_time_left():
    clock = Clock()
    clock.work([20, 20, 20])
    assert [line for _, line in clock.lines] == [
        "Working: 1 of 3 (of 20 s): score 20.00; 20 s, about 40 s left",
        "Working: 2 of 3 (of 20 s): score 40.00; 40 s, about 20 s left",
        "Working: 3 of 3 (of 20 s): score 60.00; 1 min 0 s",
    ]


def test_quick_work_is_silent():
    clock = Clock()
    for _ in range(10):
        clock.work([0.01] * 40)
    assert clock.lines == []


def test_one_step_is_announced_and_so_is_a_stage_after_a_silence():
    clock = Clock()
    clock.work([40], "Training")
    clock.now += GAP_S
    clock.work([1, 1], "Drawing")
    lines = [line for _, line in clock.lines]
    assert lines == ["Training", "Training: 1 of 1 (of 40 s): score 40.00; 40 s", "Drawing: 0 of 2"]


def test_of_work_of_unknown_length_the_end_is_told():
    clock = Clock()
    clock.work([4, 4], of=iter)
    assert [line for _, line in clock.lines] == [
        "Working: 2 (of 4 s): score 8.00; 8 s",
        "Working: all 2 done; 8 s",
    ]


def test_a_total_is_believed_where_the_items_have_no_length():
    clock = Clock()
    clock.work([6, 6], of=iter, total=2)
    assert [line.partition(" (")[0] for _, line in clock.lines] == [
        "Working: 1 of 2",
        "Working: 2 of 2",
    ]


@given(st.lists(st.floats(0, 25), min_size=1, max_size=200), st.booleans())
def test_lines_are_neither_many_nor_far_apart(seconds, with_parts):
    clock = Clock()
    if with_parts:
        for step in clock.progress([Step(0)], "Whole"):
            clock.work(seconds, "Parts", clock.progress.of_parts)
            step.figures["done"] = 1.0
    else:
        clock.work(seconds)
    times = [0.0, *(at for at, _ in clock.lines), clock.now]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    # A step is as long as 25 seconds, and no line can come before it ends.
    assert max(gaps) < LONG_GAP_S + 25 + 1e-6
    assert len(clock.lines) <= 2 + clock.now / GAP_S


def test_steps_have_lines_though_their_parts_have():
    clock = Clock()
    for step in clock.progress([Step(n, f"fold {n}") for n in (1, 2)], "Folds"):
        clock.work([10] * 4, "Parts", clock.progress.of_parts)
        step.figures["score"] = 63.4
    stages = [line for _, line in clock.lines if not line.startswith(" ")]
    assert stages == [
        "Folds: 1 of 2 (fold 1): score 63.40; 40 s, about 40 s left",
        "Folds: 2 of 2 (fold 2): score 63.40; 1 min 20 s",
    ]
    assert any(line.startswith("  Parts: 2 of 4") for _, line in clock.lines)


def test_durations():
    assert [duration(s) for s in (0.2, 59.6, 61, 3599, 3600, 9000)] == [
        "0 s", "1 min 0 s", "1 min 1 s", "59 min 59 s", "1 h 0 min", "2 h 30 min",
    ]  # fmt: skip
