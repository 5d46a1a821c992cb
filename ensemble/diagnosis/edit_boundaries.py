"""One correction, cut by people and by our alignment: where "in the" is one edit and where two."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ensemble.candidates import Ballot
from ensemble.targets import Key, Targets, gold_keys, key_of
from evaluation.records import Annotated


def whichever_cut(
    ballots: Sequence[Ballot], targets: Targets, gold: Sequence[Annotated]
) -> Targets:
    """Return `targets` with every edit right that makes several gold edits that touch, at once.

    People and ERRANT cut by the kind of word, our alignment by place alone. Such an edit counts
    once where gold has several: precision no longer suffers from the cut, recall still does. One
    gold edit that was proposed in pieces stays unfound, for no piece alone is right.
    """
    values = []
    for ballot, own, sentence in zip(ballots, targets.values, gold, strict=True):
        right = {key for edits in gold_keys(ballot, sentence) for key in _runs(edits)}
        made = [key_of(candidate.edit) in right for candidate in ballot.candidates]
        values.append(np.maximum(own, np.array(made, dtype=np.float64)))
    return replace(targets, values=tuple(values))


def _runs(edits: Sequence[tuple[list[Key], str]]) -> Iterator[Key]:
    """Yield what each run of two edits or more that touch makes of the text from first to last."""
    keys = sorted(keys[0] for keys, _ in edits if keys)
    for i, (start, end, text) in enumerate(keys):
        for begin, finish, more in keys[i + 1 :]:
            if begin != end:
                break
            end, text = finish, f"{text} {more}".strip()
            yield start, end, text
