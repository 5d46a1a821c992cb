"""Collect the changes proposed for a segment, with the voters of each candidate.

The three kinds of output differ only in what a candidate is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, NamedTuple

from rapidfuzz.distance import Prefix

from ensemble.candidates.answers import answers_of
from ensemble.candidates.labels import (
    Choice,
    LabelCase,
    Probabilities,
    choices,
    soft_choices,
    text_key,
)
from ensemble.candidates.proposals import propose
from ensemble.candidates.protection import Trusted
from evaluation.data.judge_scores import chosen_scores
from evaluation.edits.align import Aligner
from evaluation.edits.align_words import Aligns
from evaluation.edits.batch_style import in_batch_style
from evaluation.edits.classify import classify
from evaluation.edits.glyphs import is_form_only
from evaluation.edits.tokens import tokenise
from evaluation.edits.types import Classifier
from evaluation.errors import InputError
from evaluation.records import Edit, Scores, Segment, Style

Kind = Literal["edits", "texts", "labels"]
"""The systems' outputs: corrections of a source, whole texts, or labels."""


class Candidate(NamedTuple):
    """One possible part of the output: an edit, a text or a label, with its voters.

    `edit` is the change in source tokens. In characters: the `length` characters `original` at
    `offset` are replaced by `replacement`, with the white space that comes or goes with a word. A
    text or a label replaces the whole source; its `edit` holds the form that all its voters share,
    and `replacement` the form that most of them used. `probabilities` has the probability of a
    label by each system that gave class probabilities and votes for its most probable one; a label
    that is the most probable of no system has no voters.
    """

    edit: Edit
    offset: int
    length: int
    original: str
    replacement: str
    type: str
    voters: tuple[str, ...]
    probabilities: Probabilities = ()

    def __repr__(self) -> str:
        """Return all but the probabilities.

        Fingerprints of training data are made of it, and training counts votes alone.
        """
        shown = (f"{name}={getattr(self, name)!r}" for name in self._fields[:-1])
        return f"Candidate({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Ballot:
    """Everything proposed for one segment.

    `systems` are those that answered, sorted; a system that proposed nothing is among them, as it
    voted to keep the source. Edits are in reading order, independent of the order of systems; texts
    and labels are in the order of the systems that gave them, which settles the last ties. `style`
    is that of the segment. `scores` has those that judges gave these systems' outputs.
    """

    kind: Kind
    source: str
    tokens: tuple[str, ...]
    systems: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    style: Style | None = None
    # Not in `repr`: see `ensemble.targets.fingerprint`.
    scores: Scores = field(default_factory=dict, repr=False)

    @property
    def changes(self) -> Iterator[Candidate]:
        """The candidates that change more than the white space or glyphs of one token.

        A system that writes all its quotes in another way proposes nothing else by that.
        """
        for candidate in self.candidates:
            if self.kind != "edits" or not is_form_only(candidate.edit, self.tokens):
                yield candidate


def collect_all(
    segments: Iterable[Segment],
    kind: Kind,
    classifier: Classifier = classify,
    first: int = 1,
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> Iterator[Ballot]:
    """Yield the ballot of each segment of a file or batch; errors name it, counting from `first`.

    A source of edits that does not tell its spacing has that of most of them (`batch_style`).
    """
    batch = in_batch_style(segments) if kind == "edits" else segments
    yield from collect_each(batch, kind, classifier, first, label_case, may_change_protected)


def collect_each(
    segments: Iterable[Segment],
    kind: Kind,
    classifier: Classifier = classify,
    first: int = 1,
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
) -> Iterator[Ballot]:
    """Yield the ballot of each segment, in the style that it has; errors as in `collect_all`."""
    for number, segment in enumerate(segments, start=first):
        try:
            yield collect(segment, kind, classifier, label_case, may_change_protected)
        except InputError as error:
            raise InputError(error.code, f"segment {number}: {error}") from error
        except ValueError as error:
            raise ValueError(f"segment {number}: {error}") from error


def collect(
    segment: Segment,
    kind: Kind,
    classifier: Classifier = classify,
    label_case: LabelCase = "keep",
    may_change_protected: Trusted = (),
    align: Callable[[Sequence[str]], Aligns] = Aligner,
) -> Ballot:
    """Return the ballot of `segment`; for edits, `align` makes what aligns texts with the source.

    A hypothesis that is `None`, or empty over a non-empty source, is from a system that failed.
    Addresses, code and other protected text (`evaluation.edits.protected`) are changed only by the
    systems in `may_change_protected`, and where all systems gave the same text.

    Raises:
        InputError: there are class probabilities, and the kind is not labels.
        ValueError: a text is longer than `evaluation.edits.align.MAX_TOKENS`.
    """
    if segment.distributions and kind != "labels":
        raise InputError("invalid-option", not_labels(next(iter(segment.distributions)), kind))
    answers = answers_of(segment)
    tokens = tuple(tokenise(segment.source))
    if kind == "edits":
        candidates = _edits(answers, segment, tokens, classifier, may_change_protected, align)
    else:
        is_label = kind == "labels"
        given = _labels(answers, segment, label_case) if is_label else choices(answers, text_key)
        candidates = _whole(given, kind, segment.source, len(tokens))
    systems = tuple(sorted(answers))
    scores = chosen_scores(segment.scores, answers) if segment.scores else {}
    return Ballot(kind, segment.source, tokens, systems, tuple(candidates), segment.style, scores)


def not_labels(name: str, kind: Kind) -> str:
    """Return the message for a system called `name` that gave labels where `kind` is another."""
    return f"{name} gives an integer or class probabilities, which apply to labels, not to {kind}"


def _labels(answers: Mapping[str, str], segment: Segment, case: LabelCase) -> list[Choice]:
    """Return the labels that were given, without white space around them."""
    stripped = {name: text.strip() for name, text in answers.items()}
    return soft_choices(stripped, segment.distributions, case)


def _whole(given: Iterable[Choice], kind: Kind, source: str, tokens: int) -> Iterator[Candidate]:
    """Yield the texts or labels that were given as candidates."""
    for choice in given:
        edit = Edit(0, tokens, (choice.key,))
        shown = (0, len(source), source, choice.form, kind.removesuffix("s"))
        yield Candidate(edit, *shown, choice.voters, choice.probabilities)


def _edits(
    answers: Mapping[str, str],
    segment: Segment,
    tokens: tuple[str, ...],
    classifier: Classifier,
    may_change_protected: Trusted,
    align: Callable[[Sequence[str]], Aligns],
) -> Iterator[Candidate]:
    sharing = systems_by_text(answers)
    source = segment.source
    voters = propose(source, tokens, sharing, may_change_protected, segment.style, align)
    yield from edit_candidates(source, tokens, voters, classifier)


def systems_by_text(answers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the systems that gave each text, in alphabetical order."""
    sharing: dict[str, list[str]] = {}
    for name in sorted(answers):
        sharing.setdefault(answers[name], []).append(name)
    return sharing


def edit_candidates(
    source: str,
    tokens: tuple[str, ...],
    voters: Mapping[Edit, Sequence[str]],
    classifier: Classifier = classify,
) -> Iterator[Candidate]:
    """Yield the candidate of each edit with its voters, in reading order."""
    # The first token begins with a space that the source does not have.
    places = list(accumulate(map(len, tokens), initial=-1))
    places[0] = 0
    for edit in sorted(voters):
        start, end, words = edit
        begin, original, replacement = _splice(source, places[start], places[end], "".join(words))
        shown = (begin, len(original), original, replacement, classifier(tokens, edit))
        yield Candidate(edit, *shown, tuple(sorted(voters[edit])))


def _splice(source: str, begin: int, end: int, replacement: str) -> tuple[int, str, str]:
    """Return where to replace what in `source`, and the replacement, as short as possible.

    White space belongs to the word after it. Only at the start of the source, where a word has no
    white space before it, the white space after it comes and goes.
    """
    if begin == 0 and end == 0:
        return 0, "", replacement.removeprefix(" ") + (" " if source else "")
    if begin == 0:
        end += not replacement and source[end : end + 1] == " "
        return 0, source[:end], replacement.removeprefix(" ")
    original = source[begin:end]
    if original[:1] == replacement[:1] == " " and original[1:2].isalnum():
        return begin + 1, original[1:], replacement[1:]  # as mostly
    shared = Prefix.similarity(original, replacement)
    space = min(shared, len(original) - len(original.lstrip()))
    return begin + space, original[space:], replacement[space:]
