"""Targets from references: corrected texts, whole texts or labels."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ensemble.candidates import Ballot
from ensemble.candidates.labels import LabelCase, label_key
from ensemble.candidates.proposals import changes
from ensemble.targets.changes import Loss, best_chrf
from ensemble.targets.edits import Correction, corrected, key_of
from ensemble.targets.targets import Targets, check_length
from ensemble.types import Array


def from_references(
    ballots: Sequence[Ballot],
    references: Sequence[Sequence[str]],
    label_case: LabelCase = "keep",
) -> Targets:
    """Return how good each candidate is by its segment's references, any of which is right.

    An edit is right if aligning a reference gives it, a label if it equals one (`label_case` as for
    the ballots); the score of a text is its best chrF against them, from 0 to 100. The targets of
    texts have the references too, and as their loss the word error rate where there are no sources,
    as of transcripts, elsewhere chrF: fewer wrong words are then too few words.

    Raises:
        ValueError: the number of segments differs.
    """
    check_length(ballots, len(references), "references")
    kind = ballots[0].kind if ballots else "edits"
    if kind == "edits":
        return corrected(ballots, map(_corrections, ballots, references))
    judge = partial(_is_one_of, case=label_case) if kind == "labels" else best_chrf
    values = tuple(
        judge([candidate.replacement for candidate in ballot.candidates], list(texts))
        for ballot, texts in zip(ballots, references, strict=True)
    )
    targets = Targets(values, np.ones(len(ballots)))
    if kind == "labels":
        return targets
    loss: Loss = "chrf" if any(ballot.source for ballot in ballots) else "wer"
    return replace(targets, references=tuple(map(tuple, references)), loss=loss)


def _corrections(ballot: Ballot, texts: Sequence[str]) -> list[Correction]:
    """Return the edits of each text, read in the style in which the outputs were."""
    made = changes(ballot.source, ballot.tokens, texts, ballot.style)
    return [Correction(set(map(key_of, edits)), len(edits)) for edits in made]


def _is_one_of(candidates: Sequence[str], references: Sequence[str], case: LabelCase) -> Array:
    right = {label_key(label, case) for label in references}
    return np.array([float(label_key(label, case) in right) for label in candidates])
