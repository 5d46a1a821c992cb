"""How good the outputs are: by final answers, likeness to references, edits, scores or judges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from ensemble.candidates import Ballot
from ensemble.candidates.answer_key import answer_key
from ensemble.candidates.final_answer import final_answer
from ensemble.decoding.decode import Combination
from ensemble.diagnosis.outputs import accept_merged_edits
from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.config import Measured
from ensemble.targets import from_gold, from_references
from ensemble.training.cross_validation import YARDSTICKS, counts
from ensemble.types import Array
from evaluation.errors import InputError
from evaluation.records import Annotated as GoldSentence
from evaluation.statistics.significance import Statistic

_SHORT = 8  # words of a reference that is an answer as it stands
_MOSTLY = 0.5  # of the outputs state a final answer where answers are compared

Count = Callable[[Sequence[Ballot], Sequence[Combination]], Array]
"""Returns what each of m outputs adds to a statistic, shape (m, k)."""


@dataclass(frozen=True, eq=False)
class Measure:
    """A score: its name, what each output adds to it, and the statistic of the sums.

    `any_text` is whether a text that no system gave can be scored.
    """

    name: str
    statistic: Statistic
    count: Count
    any_text: bool = True


def labelled_measure(answers: Answers, wanted: Measured | None) -> tuple[Measure | None, list[str]]:
    """Return the score of outputs by the labels of `answers`, and notes; `None` without labels.

    Raises:
        InputError: `wanted` cannot be had by these labels.
    """
    texts_by_reference = answers.kind == "texts" and answers.references is not None
    if wanted and not texts_by_reference:
        message = f"plan.measure: {wanted} is for texts that have references"
        raise InputError("invalid-option", message)
    if answers.scores is not None:
        return _by_scores(answers.scores), []
    if answers.gold is not None:
        return _by_gold(answers.gold), []
    if answers.references is None:
        return None, []
    if texts_by_reference and wanted != "chrf":
        keys = [set(filter(None, map(_reference_key, texts))) for texts in answers.references]
        silent = _silent(answers)
        if wanted or (_state(keys) and np.mean(list(silent.values())) <= 1 - _MOSTLY):
            return _by_answers(keys), _about_answers(keys, silent)
    return _by_references(answers), []


def _about_answers(keys: Sequence[set[str]], silent: Mapping[str, float]) -> list[str]:
    notes = []
    if any(silent.values()):
        listed = ", ".join(f"{share:.1%} of {name}" for name, share in silent.items() if share)
        notes.append(f"outputs that state no final answer count as wrong: {listed}")
    if missing := sum(not keys_of_one for keys_of_one in keys):
        notes.append(f"{missing} prompts whose references state no answer are left out")
    return notes


def _state(keys: Sequence[set[str]]) -> bool:
    """Return whether nearly all references state an answer."""
    return float(np.mean([bool(keys_of_one) for keys_of_one in keys])) >= 0.9


def _silent(answers: Answers) -> dict[str, float]:
    """Return the share of each output's texts that state no final answer."""
    return {
        name: float(np.mean([_stated(s.hypotheses[name]) is None for s in answers.segments]))
        for name in answers.segments[0].hypotheses
    }


@lru_cache(maxsize=1 << 14)
def _stated(text: str | None) -> str | None:
    return None if text is None else final_answer(text)


def _reference_key(text: str) -> str | None:
    """Return the answer of a reference: what it states, or a short one as it stands."""
    stated = final_answer(text)
    if stated is None and len(text.split()) <= _SHORT:
        return answer_key(text)
    return stated


def _by_answers(keys: Sequence[set[str]]) -> Measure:
    """Return the accuracy of final answers; prompts without a key count for nothing."""

    def count(_: Sequence[Ballot], outputs: Sequence[Combination]) -> Array:
        rows = []
        for right, output in zip(keys, outputs, strict=True):
            is_right = _is_answer(output) and _stated(output.text) in right
            rows.append((float(is_right), float(bool(right))))
        return np.array(rows)

    return Measure("accuracy of final answers", YARDSTICKS["labels"].statistic, count)


def _by_references(answers: Answers) -> Measure:
    """Return chrF, the accuracy of labels or F0.5 of edits."""
    references = answers.references or ()

    def count(ballots: Sequence[Ballot], outputs: Sequence[Combination]) -> Array:
        rows = counts(outputs, from_references(ballots, references))
        if answers.kind != "edits":
            failed = [not _is_answer(output) for output in outputs]
            rows[failed] = (0.0, 1.0)
        return rows

    yardstick = YARDSTICKS[answers.kind]
    name = "chrF" if answers.kind == "texts" else yardstick.name
    return Measure(name, yardstick.statistic, count)


def _by_gold(gold: Sequence[GoldSentence]) -> Measure:
    def count(ballots: Sequence[Ballot], outputs: Sequence[Combination]) -> Array:
        targets = accept_merged_edits(ballots, from_gold(ballots, gold), gold)
        return counts(outputs, targets)

    return Measure(YARDSTICKS["edits"].name, YARDSTICKS["edits"].statistic, count)


def _by_scores(scores: Mapping[tuple[str, int], float]) -> Measure:
    """Return the mean of people's scores, in percent where all are 0 or 1."""
    is_right = set(scores.values()) <= {0.0, 1.0}
    name, scale = ("accuracy", 100.0) if is_right else ("mean score", 1.0)

    def score(output: str, number: int) -> float | None:
        given = scores.get((output, number))
        return None if given is None else scale * given

    count = partial(_chosen, score, scale * min(scores.values()))
    return Measure(name, YARDSTICKS["texts"].statistic, count, any_text=False)


def judge_measure(answers: Answers, judge: str) -> Measure:
    """Return the mean score by a judge, from 0, its lowest score of any output, to 100."""
    given = [segment.scores.get(judge, {}) for segment in answers.segments]
    every = [score for scores in given for score in scores.values()]
    low, high = min(every), max(every)

    def score(output: str, number: int) -> float | None:
        found = given[number - 1].get(output)
        return None if found is None else 100 * (found - low) / max(high - low, 1e-12)

    count = partial(_chosen, score, 0.0)
    return Measure("mean judge score", YARDSTICKS["texts"].statistic, count, any_text=False)


def _chosen(
    score: Callable[[str, int], float | None],
    worst: float,
    _: Sequence[Ballot],
    outputs: Sequence[Combination],
) -> Array:
    """Return the mean score of the outputs that are the chosen one, and 1, shape (m, 2).

    Both are 0 where it was not scored; a failure to answer has the `worst` score.
    """
    rows = []
    for number, output in enumerate(outputs, start=1):
        voters = [v for d in output.decisions if d.accepted for v in d.candidate.voters]
        known = [value for v in voters if (value := score(v, number)) is not None]
        score_of_chosen = float(np.mean(known)) if known else 0.0 if voters else worst
        rows.append((score_of_chosen, float(bool(known) or not voters)))
    return np.array(rows)


def _is_answer(output: Combination) -> bool:
    """Return whether any system answered: without any, the text is the source."""
    return output.backbone is not None or any(decision.accepted for decision in output.decisions)
