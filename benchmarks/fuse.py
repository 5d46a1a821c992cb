"""Fused texts: the word error rate of transcripts, chrF of translations, and free texts unharmed.

The design of `fuse` was chosen on the segments of Earnings-21 with an even index, from 0.
`python -m benchmarks.fuse examples` also prints some changes of each set.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import numpy as np
from fastchrf import pairwise_chrf
from rapidfuzz.distance import Levenshtein

from benchmarks.labelled import RECOGNISERS, transcripts
from benchmarks.study import figure, signed
from benchmarks.table import data, publish
from benchmarks.texts import answered, rated
from ensemble.candidates import Ballot, collect_all
from ensemble.candidates.final_answer import final_answer
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create
from ensemble.decoding.decode import Combination
from evaluation.data.readers import read_lines
from evaluation.records import Segment
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

TERMS = ("fuse", "fuse:window=2", "fuse:window=1")
EXAMPLES = 5
UNFIT = "does not fit the words around it"

Statistic = Callable[[Array], Array]


def main() -> None:
    """Print the three tables; about three minutes."""
    shown = EXAMPLES if "examples" in sys.argv[1:] else 0
    _transcripts(shown)
    _translations(shown)
    _free_texts(shown)


def _transcripts(shown: int) -> None:
    """Print the word error rates of recognisers, of the best of them, and fused."""
    ballots, _ = transcripts()
    truth = [line.split() for line in read_lines(data("asr", "earnings21", "target.txt"))]
    made = _made(ballots)
    texts = {name: [_text_of(ballot, name) for ballot in ballots] for name in RECOGNISERS}
    texts |= {term: [c.text or "" for c in combined] for term, combined in made.items()}
    errors = {name: _errors(lines, truth) for name, lines in texts.items()}
    singles = sorted(RECOGNISERS, key=lambda name: float(_rate(errors[name].sum(axis=0))))
    even = np.arange(len(truth)) % 2 == 0
    rows = [
        {
            "transcript": name,
            "word error rate": figure(errors[name], _rate),
            "even half": f"{float(_rate(errors[name][even].sum(axis=0))):.2f}",
            "odd half": figure(errors[name][~even], _rate),
            "against mbr, odd half": _gain(errors[name][~even], errors["mbr"][~even], _rate),
            **_counted(made.get(name, [])),
        }
        for name in (*singles, *made)
    ]
    note = f"{len(truth)} segments, {len(RECOGNISERS)} recognisers, 95% bootstrap over segments."
    publish("python -m benchmarks.fuse", rows, note)
    _show("transcripts", made["fuse"], shown)


def _translations(shown: int) -> None:
    """Print the chrF of translations against the reference."""
    segments, _ = rated()
    sources = read_lines(data("mt", "wmt21_zhen", "src.zh"))
    lines = read_lines(data("mt", "wmt21_zhen", "ref.A.en"))
    references = dict(zip(sources, lines, strict=True))
    truth = [references[segment.source] for segment in segments]
    made = _made(list(collect_all(segments, "texts")))
    scores = {
        name: np.array(
            [(_chrf(c.text or "", r), 1.0) for c, r in zip(combined, truth, strict=True)]
        )
        for name, combined in made.items()
    }
    rows = [
        {
            "translation": name,
            "mean chrF": figure(scores[name], _mean),
            "against mbr": _gain(scores[name], scores["mbr"], _mean),
            **_counted(combined),
        }
        for name, combined in made.items()
    ]
    note = f"{len(truth)} segments, 8 systems, 95% bootstrap over segments."
    publish("python -m benchmarks.fuse", rows, note)
    _show("translations", made["fuse"], shown)


def _free_texts(shown: int) -> None:
    """Print how many answers and summaries are changed, and how many final answers."""
    rows = []
    for label, segments in (
        ("answers (GSM8K)", answered()[0]),
        ("summaries (SummEval)", _summaries()),
    ):
        made = _made(list(collect_all(segments, "texts")))
        before = [final_answer(c.text or "") for c in made["mbr"]]
        for name in TERMS:
            after = [final_answer(c.text or "") for c in made[name]]
            changed = sum(a != b for a, b in zip(before, after, strict=True))
            rows.append(
                {
                    "texts": label,
                    "combiner": name,
                    "segments": len(segments),
                    **_counted(made[name]),
                    "other final answers": changed,
                }
            )
        _show(label, made["fuse"], shown)
    publish("python -m benchmarks.fuse", rows, "4 language models, 16 summarisers.")


def _summaries() -> list[Segment]:
    """Return the outputs of the systems of SummEval for each document."""
    documents = json.loads(data("summarization", "summeval.json").read_text(encoding="utf-8"))
    return [
        Segment("", {n: s["sys_summ"] for n, s in d["sys_summs"].items()}, has_source=False)
        for d in documents.values()
    ]


def _made(ballots: Sequence[Ballot]) -> Mapping[str, list[Combination]]:
    """Return what `mbr` and each kind of `fuse` make of all segments."""
    return {t: combine_all(ballots, create(t).fit(ballots)) for t in ("mbr", *TERMS)}


def _text_of(ballot: Ballot, name: str) -> str:
    texts = (c.replacement for c in ballot.candidates if name in c.voters)
    return next(texts, "")


def _errors(texts: Sequence[str], truth: Sequence[Sequence[str]]) -> Array:
    """Return the wrong words and the words of the transcript, for each segment, (m, 2)."""
    pairs = zip(texts, truth, strict=True)
    return np.array(
        [(Levenshtein.distance(t.split(), words), len(words)) for t, words in pairs], float
    )


def _rate(sums: Array) -> Array:
    return np.asarray(100 * sums[..., 0] / np.maximum(sums[..., 1], 1))


def _mean(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1))


def _chrf(text: str, reference: str) -> float:
    return float(pairwise_chrf([[text]], [[reference]])[0][0][0])


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


def _show(label: str, combined: Sequence[Combination], shown: int) -> None:
    """Print some texts that were changed, each change in brackets."""
    changed = (c for c in combined if c.backbone not in (None, c.text))
    for combination in islice(changed, shown):
        text = combination.backbone or ""
        for candidate in (d.candidate for d in reversed(combination.decisions) if d.accepted):
            end = candidate.offset + candidate.length
            mark = f"[{candidate.original} -> {candidate.replacement}]"
            text = text[: candidate.offset] + mark + text[end:]
        print(f"{label}: {text}\n")


if __name__ == "__main__":
    main()
