"""Joint choices: every combination of options is a row, found by adding what options add."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ensemble.diversity.policy.joint import MOST, Joint

SIZES = st.lists(st.lists(st.integers(2, 4), max_size=4), min_size=1, max_size=4)


def joint_of(sizes: list[list[int]]) -> tuple[Joint, np.ndarray]:
    flat = [size for segment in sizes for size in segment]
    first = np.cumsum([0, *flat])
    segment = np.repeat(np.arange(len(sizes)), list(map(len, sizes)))
    return Joint.of(first, segment, len(sizes)), first


@given(SIZES)
def test_each_combination_of_options_is_one_row(sizes: list[list[int]]) -> None:
    joint, first = joint_of(sizes)
    assert joint.listed.all()
    rows, decision = joint.options(), 0
    for number, segment in enumerate(sizes):
        here = [range(first[decision + i], first[decision + i + 1]) for i in range(len(segment))]
        combinations = {tuple(options) for options in product(*here)}
        begin, end = joint.first[number : number + 2]
        assert [tuple(row.tolist()) for row in rows[begin:end]] == [
            tuple(rows[begin + sum(joint.stride[list(options)])].tolist())
            for options in sorted(combinations, key=lambda o: sum(joint.stride[list(o)]))
        ]
        assert {tuple(row.tolist()) for row in rows[begin:end]} == combinations
        decision += len(segment)
    assert joint.segment.tolist() == np.repeat(np.arange(len(sizes)), np.diff(joint.first)).tolist()


@given(SIZES, st.integers(0, 2**32 - 1))
def test_sums_are_those_over_the_options_of_a_row(sizes: list[list[int]], seed: int) -> None:
    joint, first = joint_of(sizes)
    values = np.random.default_rng(seed).normal(size=(first[-1], 2))
    expected = [values[row].sum(axis=0) for row in joint.options()]
    assert np.allclose(joint.sums(values), np.array(expected))


def test_a_segment_with_too_many_choices_has_the_one_row_that_keeps_the_source() -> None:
    many = [2] * 200  # the product of their sizes has no integer of 64 bits
    joint, _ = joint_of([[2, 2], many, [2] * 10, [], [2] * 11])
    assert joint.listed.tolist() == [True, False, True, True, False]
    assert np.diff(joint.first).tolist() == [4, 1, MOST, 1, 1]
    assert not joint.stride[4:204].any()
    assert not joint.stride[-22:].any()
