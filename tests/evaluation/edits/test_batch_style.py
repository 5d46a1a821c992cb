"""The style of a batch, which those of its sources have that do not tell theirs."""

from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits import batch_style
from evaluation.edits.batch_style import StyleTally, in_batch_style
from evaluation.edits.spacing import Convention
from evaluation.records import Segment

TOKENISED, RUNNING = "I like it , too .", "I like it, too."
SILENT = "no marks at all"
SOURCES = st.lists(st.sampled_from([TOKENISED, RUNNING, SILENT]))


def style(*sources: str) -> str | None:
    tally = StyleTally()
    for source in sources:
        tally.add(source)
    return tally.style


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], None),
        ([SILENT], None),
        ([TOKENISED, SILENT, SILENT], "tokenised"),
        ([RUNNING, RUNNING, TOKENISED], "running"),
        ([RUNNING, TOKENISED], None),
    ],
)
def test_most_sources_that_tell_decide(sources, expected):
    assert style(*sources) == expected


@given(SOURCES, st.randoms(use_true_random=False))
def test_every_segment_has_the_style_of_all_whatever_their_order(sources, random):
    shuffled = random.sample(sources, len(sources))
    segments = list(in_batch_style(map(Segment, shuffled)))
    assert [segment.source for segment in segments] == shuffled
    assert {segment.style for segment in segments} <= {style(*sources)}


def test_segments_beyond_those_read_ahead_have_the_style_of_the_first(monkeypatch):
    monkeypatch.setattr(batch_style, "READ_AHEAD", 2)
    segments = in_batch_style(map(Segment, [SILENT, TOKENISED, RUNNING, RUNNING]))
    assert [segment.style for segment in segments] == ["tokenised"] * 4


def test_no_more_segments_are_read_than_needed(monkeypatch):
    monkeypatch.setattr(batch_style, "READ_AHEAD", 5)
    assert next(in_batch_style(repeat(Segment(RUNNING)))).style == "running"


@pytest.mark.parametrize("usual", ["running", "tokenised"])
def test_only_a_source_that_does_not_tell_its_style_has_the_usual_one(usual):
    texts = [TOKENISED, RUNNING]
    assert Convention.of(TOKENISED, texts, usual).style == "tokenised"
    assert Convention.of(RUNNING, texts, usual).style == "running"
    assert Convention.of(SILENT, texts, usual).style == usual
