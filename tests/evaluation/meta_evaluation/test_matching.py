"""Judgements and texts: what finds no partner is counted, shown and, if much, refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.data.judgements import Judgements
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.matching import match
from evaluation.meta_evaluation.unmatched import Matching, Unmatched, combined_notes
from tests.raising import raises_code


def texts(segments, systems=("a", "b"), absent=()):
    """Texts on `segments`; those of the `absent` pairs of system and segment are missing."""
    outputs = {
        system: [None if (system, name) in absent else "x" for name in segments]
        for system in systems
    }
    return Dataset(tuple(systems), tuple(segments), outputs)


def judged(segments, systems=("a", "b"), values=None):
    """Judgements by one rater: of all, or as `values` has them, shape (systems, segments)."""
    given = np.ones((len(systems), len(segments))) if values is None else np.asarray(values)
    return Judgements(("r",), tuple(systems), tuple(segments), given[None])


def ids(first, last):
    return [str(number) for number in range(first, last + 1)]


def test_the_smallest_ids_from_zero_are_refused_with_an_offset():
    with raises_code("invalid-data") as error:
        match(judged(ids(0, 1)), texts(ids(1, 2)))
    message = str(error.value)
    assert "2 of 4 judgements have no text: a on segment '0', b on segment '0'" in message
    assert "judgements are of segments '0', '1', texts of '1', '2'" in message
    assert "adding 1 to the ids of the judgements would match more" in message
    assert "unmatched_tolerance" in message


@pytest.mark.parametrize("n", [2, 10, 101, 650])
@pytest.mark.parametrize("offset", [-1, 1, 100])
def test_an_offset_is_refused_however_many_segments_there_are(n, offset):
    """One of 650 is below the tolerance, and yet every judgement is of the neighbour."""
    word = "adding" if offset < 0 else "subtracting"
    with raises_code("invalid-data") as error:
        match(judged(ids(1 + offset, n + offset)), texts(ids(1, n)))
    assert f"{word} {abs(offset)}" in str(error.value)


def test_a_few_judgements_without_a_text_are_counted_and_shown():
    names = [*ids(1, 200), "x"]
    values, found = match(judged(names), texts(ids(1, 200)))
    assert np.isfinite(values).sum() == 400
    assert found.judgements == Unmatched(2, 402, ("a on segment 'x'", "b on segment 'x'"))
    (note,) = found.notes()
    assert note == (
        "2 of 402 judgements are of segments in no text: a on segment 'x', b on segment 'x'"
    )


def test_a_judged_output_that_is_absent_is_counted():
    dataset = texts(ids(1, 100), absent={("a", "7")})
    _, found = match(judged(ids(1, 100)), dataset)
    assert found.absent == Unmatched(1, 200, ("a on segment '7'",))
    with raises_code("invalid-data") as error:
        match(judged(ids(1, 100)), dataset, tolerance=0)
    assert "1 of 200 judgements have no text: a on segment '7'" in str(error.value)


def test_an_output_without_a_judgement_is_counted():
    values = np.ones((2, 5))
    values[1, 2:] = np.nan
    _, found = match(judged(ids(1, 5), values=values), texts(ids(1, 6)))
    assert found.outputs.count == 5
    assert found.outputs.examples == ("b on segment '3'", "b on segment '4'", "b on segment '5'")
    assert found.notes()[0].endswith(", ...")


def test_a_system_whose_judgements_all_lack_a_text_is_refused():
    names = [*ids(1, 500), "x"]
    values = np.full((2, 501), np.nan)
    values[0, :500] = 1
    values[1, 500] = 1
    with raises_code("invalid-data") as error:
        match(judged(names, values=values), texts(ids(1, 500)))
    assert "none of those of b has one" in str(error.value)
    match(judged(names, values=values), texts(ids(1, 500)), tolerance=1)


def test_a_tolerance_allows_all_but_no_match():
    values, found = match(judged(ids(0, 1)), texts(ids(1, 2)), tolerance=1)
    assert np.isfinite(values).sum() == 2
    assert found.judgements.count == 2
    with raises_code("invalid-data") as error:
        match(judged(["x"]), texts(["1"]), tolerance=1)
    assert "of other segments than the texts: 'x' and not '1'" in str(error.value)


@pytest.mark.parametrize("form", ["{}.0", "0{}", " {}"])
def test_ids_in_another_form_are_read_and_noted(form):
    names = [form.format(number) for number in range(1, 9)]
    values, found = match(judged(names), texts(ids(1, 8)))
    assert np.isfinite(values).all()
    assert len(found.renamed) == 8
    assert "8 segment ids are read as those of texts" in found.notes()[0]


def test_two_forms_in_one_file_are_one_id_unless_a_rater_judged_both():
    names = [*ids(1, 3), "1.0", "2.0", "3.0"]
    apart = [[1, 2, 3, np.nan, np.nan, np.nan], [np.nan, np.nan, np.nan, 4, 5, 6]]
    values, found = match(judged(names, values=apart), texts(ids(1, 3)))
    assert values[0].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert len(found.renamed) == 3
    with raises_code("invalid-data") as error:
        match(judged(names), texts(ids(1, 3)))
    assert "6 of 12 judgements have no text: a on segment '1.0'" in str(error.value)


@settings(deadline=None)
@given(st.sets(st.integers(0, 12), min_size=1), st.sets(st.integers(0, 12), min_size=1), st.data())
def test_every_judgement_and_every_output_is_matched_or_counted(first, second, data):
    segments, others = [str(n) for n in sorted(first)], [str(n) for n in sorted(second)]
    absent = data.draw(st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from(others))))
    given_values = np.ones((2, len(segments)))
    dataset = texts(others, absent=absent)
    try:
        values, found = match(judged(segments, values=given_values), dataset, tolerance=1)
    except ValueError:
        present = [name for name in segments if name in others]
        assert all((system, name) in absent for system in "ab" for name in present)
        return
    outputs = np.array([[text is not None for text in dataset.outputs[name]] for name in "ab"])
    known = ~np.isnan(values[0])
    lost = found.judgements.count + found.absent.count
    assert (known & outputs).sum() + lost == found.judgements.of == 2 * len(segments)
    assert (known & outputs).sum() + found.outputs.count == outputs.sum()
    assert bool(found.judgements.examples) == bool(found.judgements.count)


def test_notes_of_all_dimensions_are_one():
    common, rare = Unmatched(1, 9, ("a on segment '1'",)), Unmatched(2, 9, ("b on segment '1'",))
    notes = combined_notes({"x": Matching(common), "y": Matching(common, rare)})
    assert notes == [
        "1 of 9 judgements are of segments in no text: a on segment '1'",
        "y: 2 of 9 judgements are of outputs that are absent: b on segment '1', ...",
    ]
