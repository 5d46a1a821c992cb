"""Decisions in words: each reason, ties, notes, and how support is counted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

import pytest

from ensemble.candidates import Kind, collect
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import create
from ensemble.decoding.decode import Decision, Reason
from evaluation.records import Segment
from service.core.query import Outcome, SystemResult
from service.mcp import words

SOURCE = "He go to school evry day ."
OUTPUTS = {
    "a": "He goes to school every day .",
    "b": "He went to school every day .",
    "c": "He goes to the school .",
}


def outcome(
    outputs: Mapping[str, str | None] = OUTPUTS,
    kind: Kind = "edits",
    combiner: str | Majority = "vote",
) -> Outcome:
    chosen = create(combiner) if isinstance(combiner, str) else combiner
    combination = combine(collect(Segment(SOURCE, dict(outputs)), kind), chosen)
    results = {
        name: SystemResult("missing" if text is None else "ok", 1.0, reason=None)
        for name, text in outputs.items()
    }
    return Outcome(combination, results, chosen, kind)


def decisions(made: Outcome, **changes: object) -> dict[str, Decision]:
    """The decisions by replacement, changed."""
    return {
        decision.candidate.replacement.strip(): decision._replace(**changes)  # type: ignore[arg-type]
        for decision in made.combination.decisions
    }


def test_changes_are_described_by_the_words_they_change() -> None:
    made = outcome()
    found = decisions(made)
    assert words.change(made, found["goes"]) == '"go" changed to "goes"'
    assert words.change(made, found["the"]) == '"the" inserted'
    removed = [words.change(made, decision) for decision in made.combination.decisions]
    assert '"evry day" removed' in removed


@pytest.mark.parametrize(
    ("kind", "described"),
    [("texts", f'the text "{"x" * 80}…"'), ("labels", f'the label "{"x" * 80}…"')],
)
def test_texts_and_labels_are_quoted_up_to_a_length(kind: Kind, described: str) -> None:
    made = outcome({"a": "x" * 200, "b": "x" * 200}, kind, "vote")
    assert words.change(made, made.combination.decisions[0]) == described
    proposed = "proposed by all 2 systems (a, b), support 100%"
    assert words.support(made, made.combination.decisions[0]) == proposed


def test_a_calibrated_combiner_has_a_probability() -> None:
    made = outcome()
    made = replace(made, combination=replace(made.combination, calibrated=True))
    told = words.support(made, decisions(made)["goes"])
    assert told == "proposed by 2 of 3 systems (a, c), probability of being right 67%"
    assert words.about_support(made) == ""


STARTS = {
    "accepted": "Taken: proposed by 2 of 3 systems (a, c), support 67%.",
    "best of those that change this": "Taken, although no change of these words has enough",
    "outvoted": "Not taken: proposed by 2 of 3 systems (a, c), support 67%; the others leave",
    "overlaps a stronger one": "Not taken: it overlaps a stronger change",
    "disagrees with a stronger one": "Not taken: it touches a stronger change",
    "does not fit the words around it": "Not taken: no output has it beside the words around it",
}


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_is_a_sentence(reason: Reason) -> None:
    made = outcome()
    told = words.reason(made, decisions(made, reason=reason)["goes"])
    assert told.startswith(STARTS[reason])
    assert told.endswith(".")
    assert "2 of 3 systems (a, c)" in told


def test_the_change_that_is_stronger_is_named() -> None:
    made = outcome()
    told = words.reason(made, decisions(made, reason="overlaps a stronger one")["went"])
    assert 'it overlaps a stronger change, "go" changed to "goes";' in told


def test_ties_and_notes_are_told() -> None:
    made = outcome()
    taken = words.reason(made, decisions(made, reason="accepted", tied=True)["goes"])
    assert "Another candidate is as probable" in taken
    left = words.reason(made, decisions(made, reason="outvoted", tied=True)["goes"])
    assert left.endswith("which won the tie.")
    assert "3 of 3 change this" in words.reason(made, decisions(made)["goes"])


@pytest.mark.parametrize(
    ("made", "part"),
    [
        (outcome(), ""),
        (outcome(combiner=Majority(weights={"a": 3.0})), "the share of the votes: they are"),
        (outcome(kind="texts", combiner="mbr"), "how much all outputs agree with a text"),
        (outcome(kind="labels", combiner=Majority(weights={"a": 3.0})), "votes, which are"),
    ],
)
def test_support_is_explained_where_it_counts_more_than_systems(made: Outcome, part: str) -> None:
    told = words.about_support(made)
    assert bool(told) == bool(part)
    assert part in told


def test_systems_without_an_output_are_listed() -> None:
    lines: Sequence[str] = words.missing(outcome({**OUTPUTS, "d": None}))
    assert lines == ["d has no output (missing): no reason is known"]
