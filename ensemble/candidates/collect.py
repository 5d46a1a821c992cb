"""Collect the changes proposed for a segment, with the voters of each candidate.

The three kinds of output differ only in what a candidate is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from rapidfuzz.distance import Prefix

from ensemble.candidates.answers import answers_of
from ensemble.candidates.ballot import Ballot, Candidate, Kind
from ensemble.candidates.labels import (
    Choice,
    LabelCase,
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
from evaluation.edits.tokens import tokenise
from evaluation.edits.types import Classifier
from evaluation.errors import InputError
from evaluation.records import Edit, Segment


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
