"""Fused texts: the word error rate of transcripts, chrF of translations, and free texts unharmed.

The design of `fuse` was chosen on the segments of Earnings-21 with an even index, from 0, and the
loss of its training on the translations with an even index. Trained, it is measured on the fold
that it did not see of five, by segment, as the sets do not name calls or documents.
`python -m benchmarks.fuse examples` also prints some changes of each set.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np

from benchmarks.fused import (
    FOLDS,
    TRAINED,
    Runs,
    made,
    reasoned,
    recognised,
    summarised,
    translated,
)
from benchmarks.labelled import RECOGNISERS
from benchmarks.study import SEEDS, figure, signed
from benchmarks.table import publish
from ensemble.candidates import Ballot
from ensemble.candidates.final_answer import final_answer
from ensemble.decoding.decode import Combination
from ensemble.targets.changes import best_chrf, word_errors
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

EXAMPLES = 5
ROVER = "fuse:window=1"  # each word by itself
UNFIT = "does not fit the words around it"
HELD_OUT = f"Trained: {FOLDS} folds by segment, seeds {SEEDS}."

Statistic = Callable[[Array], Array]


def main() -> None:
    """Print the three tables; about an hour."""
    shown = EXAMPLES if "examples" in sys.argv[1:] else 0
    _transcripts(shown)
    _translations(shown)
    _free_texts(shown)


def _transcripts(shown: int) -> None:
    """Print the word error rates of recognisers, of the best of them, and fused."""
    ballots, references = recognised()
    runs = made(recognised(), "wer", SEEDS)
    texts = {name: [[_text_of(ballot, name) for ballot in ballots]] for name in RECOGNISERS}
    texts |= {term: [_texts(combined) for combined in run] for term, run in runs.items()}
    errors = {
        name: _mean_of(_errors(lines, references) for lines in run) for name, run in texts.items()
    }
    singles = sorted(RECOGNISERS, key=lambda name: float(_rate(errors[name].sum(axis=0))))
    odd = np.arange(len(references)) % 2 == 1
    rows = [
        {
            "transcript": name,
            "word error rate": figure(errors[name], _rate),
            "even half": f"{float(_rate(errors[name][~odd].sum(axis=0))):.2f}",
            "odd half": figure(errors[name][odd], _rate),
            **{
                f"against {other}, odd half": _gain(errors[name][odd], errors[other][odd], _rate)
                for other in ("mbr", ROVER)
            },
            **_counted(runs.get(name, [[]])[0]),
        }
        for name in (*singles, *runs)
    ]
    note = f"{len(ballots)} segments, {len(RECOGNISERS)} recognisers, 95% bootstrap over segments."
    publish("python -m benchmarks.fuse", rows, f"{note} {HELD_OUT}")
    _show("transcripts", runs, shown)


def _translations(shown: int) -> None:
    """Print the chrF of translations against the reference."""
    ballots, references = translated()
    runs = made(translated(), "chrf", SEEDS)
    scores = {
        name: _mean_of(_scores(_texts(combined), references) for combined in run)
        for name, run in runs.items()
    }
    odd = np.arange(len(references)) % 2 == 1
    rows = [
        {
            "translation": name,
            "mean chrF": figure(scores[name], _mean),
            "odd half": figure(scores[name][odd], _mean),
            "against mbr": _gain(scores[name], scores["mbr"], _mean),
            "against mbr, odd half": _gain(scores[name][odd], scores["mbr"][odd], _mean),
            **_counted(run[0]),
        }
        for name, run in runs.items()
    ]
    note = f"{len(ballots)} segments, 8 systems, 95% bootstrap over segments."
    publish("python -m benchmarks.fuse", rows, f"{note} {HELD_OUT}")
    _show("translations", runs, shown)


def _free_texts(shown: int) -> None:
    """Print how many answers and summaries are changed, and how many final answers."""
    rows = []
    for label, texts in (
        ("answers (GSM8K)", reasoned()),
        ("summaries (SummEval)", summarised()),
    ):
        runs = made(texts, "chrf", SEEDS)
        before = [final_answer(text) for text in _texts(runs["mbr"][0])]
        scores = {
            name: _mean_of(_scores(_texts(combined), texts.references) for combined in run)
            for name, run in runs.items()
        }
        for name, run in runs.items():
            after = [final_answer(text) for text in _texts(run[0])]
            rows.append(
                {
                    "texts": label,
                    "combiner": name,
                    "segments": len(before),
                    **_counted(run[0]),
                    "other final answers": sum(a != b for a, b in zip(before, after, strict=True)),
                    "chrF against mbr": _gain(scores[name], scores["mbr"], _mean),
                }
            )
        _show(label, runs, shown)
    note = f"4 language models, 16 summarisers. {HELD_OUT} Counts are of the first seed."
    publish("python -m benchmarks.fuse", rows, note)


def _text_of(ballot: Ballot, name: str) -> str:
    texts = (c.replacement for c in ballot.candidates if name in c.voters)
    return next(texts, "")


def _texts(combined: Sequence[Combination]) -> list[str]:
    return [combination.text or "" for combination in combined]


def _errors(texts: Sequence[str], references: Sequence[Sequence[str]]) -> Array:
    """Return the wrong words and the words of the transcript, for each segment, (m, 2)."""
    pairs = zip(texts, references, strict=True)
    return np.concatenate([word_errors([text], known) for text, known in pairs])


def _scores(texts: Sequence[str], references: Sequence[Sequence[str]]) -> Array:
    """Return the best chrF, and 1, for each segment, (m, 2)."""
    pairs = zip(texts, references, strict=True)
    return np.array([(best_chrf([text], known)[0], 1.0) for text, known in pairs])


def _rate(sums: Array) -> Array:
    return np.asarray(100 * sums[..., 0] / np.maximum(sums[..., 1], 1))


def _mean(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1))


def _mean_of(runs: Iterable[Array]) -> Array:
    """Return what each segment adds in a run, on average."""
    return np.asarray(np.mean(list(runs), axis=0))


def _gain(scores: Array, others: Array, statistic: Statistic) -> str:
    """Return the difference with its interval; nothing for the same scores."""
    same = np.array_equal(scores, others)
    return "" if same else signed(paired_difference(scores, others, statistic))


def _counted(combined: Sequence[Combination]) -> dict[str, object]:
    """Return how many texts were aligned and changed, and how many changes were taken."""
    aligned = [c for c in combined if c.backbone is not None]
    decisions = [decision for c in aligned for decision in c.decisions]
    counts = {
        "aligned": len(aligned),
        "changed": sum(c.text != c.backbone for c in aligned),
        "changes proposed": len(decisions),
        "accepted": sum(decision.accepted for decision in decisions),
        "did not fit": sum(decision.reason == UNFIT for decision in decisions),
    }
    return {name: f"{count:,}" if combined else "" for name, count in counts.items()}


def _show(label: str, runs: Runs, shown: int) -> None:
    """Print some texts that were changed, untrained and trained, each change in brackets."""
    for name in ("fuse", TRAINED):
        changed = (c for c in runs[name][0] if c.backbone not in (None, c.text))
        for combination in islice(changed, shown):
            print(f"{label}, {name}: {_marked(combination)}\n")


def _marked(combination: Combination) -> str:
    text = combination.backbone or ""
    for candidate in (d.candidate for d in reversed(combination.decisions) if d.accepted):
        end = candidate.offset + candidate.length
        mark = f"[{candidate.original} -> {candidate.replacement}]"
        text = text[: candidate.offset] + mark + text[end:]
    return text


if __name__ == "__main__":
    main()
