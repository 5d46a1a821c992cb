"""The targets that labels give each candidate: from gold edits, references, or human scores.

A target belongs to a candidate and not to a system, so one label teaches about all voters.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from fastchrf import pairwise_chrf

from ensemble.candidates import Ballot
from ensemble.candidates.labels import LabelCase, label_key
from ensemble.candidates.proposals import changes
from ensemble.types import Array, Integers
from evaluation.data.m2 import M2_TOKEN, corrects, m2_tokens
from evaluation.edits.align import align
from evaluation.edits.glyphs import key
from evaluation.edits.tokens import tokenise
from evaluation.records import Annotated, Edit, GoldEdit

Key = tuple[int, int, str]


@dataclass(frozen=True)
class Targets:
    """How good each candidate is, one array a ballot, and how many gold edits there are.

    Edits and labels: 1 for right, 0 for wrong. Texts: a score, higher is better. NaN where
    unlabelled. `gold` (m,) counts the edits that should be made, proposed or not; for texts and
    labels it is 1. `several` is whether more than one candidate of a segment can be right.
    """

    values: tuple[Array, ...]
    gold: Array
    several: bool = False

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, chosen: Integers) -> "Targets":
        """Return the targets of the `chosen` ballots."""
        return Targets(
            tuple(self.values[i] for i in chosen.tolist()), self.gold[chosen], self.several
        )

    @property
    def flat(self) -> Array:
        """The targets of all candidates, one after the other, shape (n,)."""
        return np.concatenate([*self.values, np.zeros(0)])


def from_gold(ballots: Sequence[Ballot], gold: Sequence[Annotated]) -> Targets:
    """Return whether each edit is one that any annotator made, ignoring edits that change nothing.

    Raises:
        ValueError: the number of segments, or a source, differs from the annotated one.
    """
    _check_length(ballots, len(gold), "gold sentences")
    annotated = []
    for number, (ballot, sentence) in enumerate(zip(ballots, gold, strict=True), start=1):
        try:
            annotators = gold_keys(ballot, sentence)
        except ValueError as error:
            raise ValueError(f"segment {number}: {error}") from None
        right = {key for edits in annotators for keys, _ in edits for key in keys}
        annotated.append((right, [len(edits) for edits in annotators]))
    return _edits(ballots, annotated)


def gold_keys(ballot: Ballot, sentence: Annotated) -> list[list[tuple[list[Key], str]]]:
    """Return each annotator's edits as (keys, type); proposing any of the keys counts as right.

    Raises:
        ValueError: the source of `sentence` is another.
    """
    if m2_tokens(ballot.source) != sentence.source:
        raise ValueError("the gold is for another source")
    words = _Words(ballot.tokens, sentence.source)
    return [
        [(words.keys(edit), edit.type) for edit in edits if corrects(sentence.source, edit)]
        for edits in sentence.annotations.values()
    ]


def from_references(
    ballots: Sequence[Ballot],
    references: Sequence[Sequence[str]],
    label_case: LabelCase = "keep",
) -> Targets:
    """Return how good each candidate is by its segment's references, any of which is right.

    An edit is right if aligning a reference gives it, a label if it equals one (`label_case` as for
    the ballots); the score of a text is its best chrF against them, from 0 to 100.

    Raises:
        ValueError: the number of segments differs.
    """
    _check_length(ballots, len(references), "references")
    kind = ballots[0].kind if ballots else "edits"
    if kind == "edits":
        made = list(map(_made, ballots, references))
        return _edits(
            ballots, [(set().union(*annotators), list(map(len, annotators))) for annotators in made]
        )
    judge = partial(_is_one_of, case=label_case) if kind == "labels" else _best_chrf
    values = tuple(
        judge([candidate.replacement for candidate in ballot.candidates], list(texts))
        for ballot, texts in zip(ballots, references, strict=True)
    )
    return Targets(values, np.ones(len(ballots)))


def from_scores(ballots: Sequence[Ballot], scores: Mapping[tuple[str, int], float]) -> Targets:
    """Return each text's mean score over its voters; `scores` is by system and segment, from 1.

    Raises:
        ValueError: a score is for a segment that does not exist.
    """
    last = max((number for _, number in scores), default=0)
    if last > len(ballots):
        raise ValueError(f"a score for segment {last}, but there are {len(ballots)}")
    values = []
    for number, ballot in enumerate(ballots, start=1):
        voters_scores = [
            [scores[name, number] for name in candidate.voters if (name, number) in scores]
            for candidate in ballot.candidates
        ]
        values.append(
            np.array([np.mean(ratings) if ratings else np.nan for ratings in voters_scores])
        )
    return Targets(tuple(values), np.ones(len(ballots)))


def subset(
    ballots: Sequence[Ballot], targets: Targets, chosen: Integers
) -> tuple[list[Ballot], Targets]:
    """Return the `chosen` ballots and their targets."""
    return [ballots[i] for i in chosen.tolist()], targets[chosen]


def folds_of(ballots: Sequence[Ballot], folds: int, seed: int) -> Integers:
    """Return the fold of each ballot, shape (m,), at random; those of one source share theirs.

    A ballot without a source is in a group of its own.

    Raises:
        ValueError: there are fewer different sources than folds.
    """
    sources = [ballot.source or f"\0{i}" for i, ballot in enumerate(ballots)]
    names, source_of = np.unique(sources, return_inverse=True)
    if len(names) < folds:
        raise ValueError(f"{len(names)} different sources are too few for {folds} folds")
    folds_by_source = np.arange(len(names)) % folds
    # Folds are of equal size in sources, not in ballots.
    return np.asarray(np.random.default_rng(seed).permutation(folds_by_source)[source_of])


def fingerprint(ballots: Sequence[Ballot], targets: Targets) -> str:
    """Return a digest of labelled ballots: 16 digits of a SHA-256."""
    digest = hashlib.sha256()  # fed piece by piece: corpora are large
    for ballot, values in zip(ballots, targets.values, strict=True):
        digest.update(repr((ballot, values.tolist())).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:16]


def _edits(ballots: Sequence[Ballot], annotated: Iterable[tuple[set[Key], list[int]]]) -> Targets:
    """Return targets, given each ballot's right edits and the number of edits of each annotator."""
    values, gold = [], []
    for ballot, (right, sizes) in zip(ballots, annotated, strict=True):
        values.append(np.array([float(key_of(c.edit) in right) for c in ballot.candidates]))
        gold.append(np.mean(sizes) if sizes else 0.0)
    return Targets(tuple(values), np.array(gold), several=True)


def _made(ballot: Ballot, texts: Sequence[str]) -> list[set[Key]]:
    """Return the keys of the edits of each text, read in the style in which the outputs were."""
    made = changes(ballot.source, ballot.tokens, texts, ballot.style)
    return [set(map(key_of, edits)) for edits in made]


def key_of(edit: Edit) -> Key:
    """Return what identifies an edit, whatever its white space and glyphs."""
    return edit.start, edit.end, " ".join(map(key, edit.replacement))


class _Words:
    """Maps words of M2 to our tokens: an M2 word with white space is several tokens."""

    def __init__(self, tokens: Sequence[str], words: Sequence[str]) -> None:
        self._tokens, self._words = tokens, words
        ends = np.cumsum([len(token) for token in tokens]).tolist()
        # A word starts at its first visible character, wherever its white space belongs.
        visible = [end - len(t.lstrip()) for end, t in zip(ends, tokens, strict=True)]
        spans = [match.span() for match in M2_TOKEN.finditer("".join(tokens))]
        self._starts = [bisect_left(visible, start) for start, _ in spans] + [len(tokens)]
        self._ends = [bisect_left(visible, end) for _, end in spans]

    def keys(self, edit: GoldEdit) -> list[Key]:
        """Return the keys, any of which is right, of an edit of words as edits of tokens."""
        start = self._starts[edit.start]
        end = self._ends[edit.end - 1] if edit.end > edit.start else start
        old = self._words[edit.start : edit.end]
        keys = []
        for new in edit.replacements:
            keys.append(key_of(Edit(start, end, tuple(tokenise(" ".join(new))))))
            if any(len(word.split()) > 1 for word in (*old, *new)):
                # A system may change only some of the tokens of such a word.
                keys += self._parts(start, end, " ".join(new))
        return keys

    def _parts(self, start: int, end: int, text: str) -> list[Key]:
        """Return the keys of the smaller edits that together put `text` at `[start, end)`."""
        edits = align(self._tokens[start:end], tokenise(text))
        return [key_of(Edit(start + e.start, start + e.end, e.replacement)) for e in edits]


def _is_one_of(candidates: Sequence[str], references: Sequence[str], case: LabelCase) -> Array:
    right = {label_key(label, case) for label in references}
    return np.array([float(label_key(label, case) in right) for label in candidates])


def _best_chrf(candidates: Sequence[str], references: Sequence[str]) -> Array:
    if not candidates or not references:
        return np.full(len(candidates), np.nan)
    table: Array = np.array(pairwise_chrf([list(candidates)], [list(references)])[0])
    return np.asarray(table.max(axis=1))


def _check_length(ballots: Sequence[Ballot], count: int, what: str) -> None:
    if len(ballots) != count:
        raise ValueError(f"{count} {what} for {len(ballots)} segments")
