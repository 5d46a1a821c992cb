"""Checks that every metric must pass; for the registered ones and for those you write yourself.

`check_metric(MyMetric)` raises an AssertionError that names the fault. To see each check by
itself, parametrise a test over `METRIC_CHECKS`.
"""

import pickle
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from evaluation.metrics.base import Metric, Texts, in_blocks, score_corpus, score_segments
from evaluation.metrics.correction import gold_from_references
from evaluation.types import Array

Make = Callable[[], Metric]
"""Returns the metric, anew each time."""

SOURCES = ("This are a cat .", "He go home", "Fine .")
REFERENCES = (("This is a cat .",), ("He goes home", "He went home"), ("Fine .",))
HYPOTHESES = ("This is an cat .", "He goes home", "Fine .")

UNICODE = (
    "e\u0301 \u00e9",  # the same letter, composed and not
    "\u202eabc\u202c \u200b",  # marks of direction, and a space without width
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600",  # a family, joined
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u4f60\u597d \u0645\u0631\u062d\u0628\u0627",
    "\u00df \u0130 \ufb01 \u2028 x",  # letters whose case is special, and a separator of lines
)

BLANK = ("", " ", "\t\u00a0\u3000", "\u200b\u200d\ufeff\u2060", "\u00ad\ufe0f", "\u2800\u3164")
"""Texts that show nothing."""

_TOLERANCE = 1e-4  # encoders pad a batch, and so round differently in another


def texts_for_checks(hypotheses: Sequence[str] = HYPOTHESES) -> Texts:
    """Return three segments with sources, references and gold edits."""
    gold = gold_from_references(SOURCES, REFERENCES)
    return Texts(list(hypotheses), list(SOURCES), [list(row) for row in REFERENCES], gold)


def check_metric(make: Make) -> None:
    """Run all `METRIC_CHECKS` on the metric that `make` returns; a class can stand for it.

    Raises:
        AssertionError: the metric fails one; the message names the check and the fault.
    """
    for check in METRIC_CHECKS:
        try:
            check(make)
        except AssertionError as error:
            raise AssertionError(f"{check.__name__}: {error}") from error
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            raise AssertionError(f"{check.__name__}: it raised {fault}") from error


def check_segment_scores(make: Make) -> None:
    """There is one finite number a segment."""
    scores = np.asarray(make().segment_scores(texts_for_checks()))
    _require(scores.shape == (3,), f"the scores of 3 segments have the shape {scores.shape}")
    _require(bool(np.isfinite(scores).all()), f"a score is not finite: {scores}")


def check_corpus_score(make: Make) -> None:
    """Each row is named as the metric, rests on all segments, and lies in its interval."""
    metric = make()
    for row in metric.corpus_score(texts_for_checks()).rows:
        _require(row.name == metric.name, f"a row is called {row.name}, not {metric.name}")
        _require(row.n == 3, f"a row of 3 segments has n = {row.n}")
        if row.low is not None and row.high is not None:
            inside = row.low <= row.value <= row.high
            _require(inside, f"{row.value} is outside of {row.low} to {row.high}")


def check_signature(make: Make) -> None:
    """The signature begins with the full name, and says how many segments there were."""
    metric = make()
    signature = metric.corpus_score(texts_for_checks()).signature
    _require(signature.startswith(f"{metric.name}|"), f"{signature} does not begin with the name")
    _require("|n:3|" in signature, f"{signature} does not say how many segments there were")
    _require("|consort:" in signature, f"{signature} does not name the version")


def check_deterministic(make: Make) -> None:
    """The same texts get the same scores and signature, from another instance too."""
    texts = texts_for_checks()
    first, second = make(), make()
    _require(_same(first.segment_scores(texts), second.segment_scores(texts)), "scores differ")
    _require(first.corpus_score(texts) == second.corpus_score(texts), "corpus scores differ")


def check_pickles(make: Make) -> None:
    """A copy in another process scores the same."""
    texts, metric = texts_for_checks(), make()
    copy: Metric = pickle.loads(pickle.dumps(metric))  # noqa: S301 - our own bytes
    _require(copy.name == metric.name, f"a copy of {metric.name} is called {copy.name}")
    _require(_same(copy.segment_scores(texts), metric.segment_scores(texts)), "scores differ")


def check_needs(make: Make) -> None:
    """It uses no field beyond its needs."""
    texts, metric = texts_for_checks(), make()
    needed = Texts(texts.hypotheses, **{need: getattr(texts, need) for need in metric.needs})
    both = metric.segment_scores(needed), metric.segment_scores(texts)
    _require(_same(*both), f"scores change with fields other than {sorted(metric.needs)}")


def check_missing_needs(make: Make) -> None:
    """Each missing field, and all of them, is a ValueError that names one of those needed."""
    texts, metric = texts_for_checks(), make()
    for missing in [{need} for need in sorted(metric.needs)] + [set(metric.needs)]:
        given = {need: getattr(texts, need) for need in metric.needs - missing}
        for score in (metric.segment_scores, metric.corpus_score) if missing else ():
            _require_refusal(score, Texts(texts.hypotheses, **given), missing, metric.needs)


def check_perfect(make: Make) -> None:
    """A hypothesis that equals the reference (or the source, if only that is used) is not worse."""
    metric = make()
    if not metric.needs:
        return
    perfect = SOURCES if metric.needs == {"sources"} else [row[0] for row in REFERENCES]
    best = metric.corpus_score(texts_for_checks(perfect)).value
    other = metric.corpus_score(texts_for_checks()).value
    _require(best >= other, f"perfect hypotheses score {best}, below {other} of others")


def check_order(make: Make) -> None:
    """A segment's score does not depend on its place."""
    texts, metric = texts_for_checks(), make()
    order = [2, 0, 1]
    moved = Texts(
        [texts.hypotheses[k] for k in order],
        [SOURCES[k] for k in order],
        [list(REFERENCES[k]) for k in order],
        gold_from_references([SOURCES[k] for k in order], [REFERENCES[k] for k in order]),
    )
    scores = np.asarray(metric.segment_scores(texts))[order]
    _require(_same(metric.segment_scores(moved), scores), "scores change with the order")


def check_blocks(make: Make) -> None:
    """Segments scored one by one get the scores that they get together."""
    texts, metric = texts_for_checks(), make()
    parts = [metric.segment_scores(block) for block in in_blocks(texts, 1)]
    same = _same(np.concatenate(parts), metric.segment_scores(texts))
    _require(same, "segments by themselves have other scores")


def check_empty_hypothesis(make: Make) -> None:
    """An empty text gets a finite score, or a ValueError."""
    _scores_or_refuses(make(), texts_for_checks(["", *HYPOTHESES[1:]]))


def check_blank_references(make: Make) -> None:
    """A blank text beside the references of a segment changes no score."""
    texts, metric = texts_for_checks(), make()
    scores, whole = metric.segment_scores(texts), metric.corpus_score(texts)
    for blank in BLANK:
        for k in range(len(REFERENCES)):
            for rows in ([blank, *REFERENCES[k]], [*REFERENCES[k], blank]):
                references = [list(row) for row in REFERENCES]
                references[k] = rows
                gold = gold_from_references(SOURCES, references)
                other = Texts(texts.hypotheses, texts.sources, references, gold)
                same = _same(metric.segment_scores(other), scores)
                _require(same, f"the blank reference {blank!r} changes scores")
                _require(metric.corpus_score(other) == whole, f"{blank!r} changes the corpus score")


def check_lacking_references(make: Make) -> None:
    """A segment of which all references are blank has no score, and changes no other's."""
    texts, metric = texts_for_checks(), make()
    scores = np.array(metric.segment_scores(texts))
    if not {"references", "gold"} & metric.needs:
        return
    for k in range(len(REFERENCES)):
        references = [list(row) for row in REFERENCES]
        references[k] = list(BLANK)
        gold = gold_from_references(SOURCES, references)
        other = Texts(texts.hypotheses, texts.sources, references, gold)
        kept = [i for i in range(len(REFERENCES)) if i != k]
        found = score_segments(metric, other)
        _require(bool(np.isnan(found[k])), f"a segment without a reference scores {found[k]}")
        _require(_same(found[kept], scores[kept]), "it changes scores of other segments")
        same = score_corpus(metric, other) == score_corpus(metric, texts.at(kept))
        _require(same, "it changes the corpus score")


def check_unicode(make: Make) -> None:
    """Text of any script gets a finite score, or a ValueError."""
    metric = make()
    for text in UNICODE:
        references = [[text, "x"]]
        gold = gold_from_references(["a b"], references)
        _scores_or_refuses(metric, Texts([text], ["a b"], references, gold))
        _scores_or_refuses(
            metric, Texts(["a b"], [text], [["a b"]], gold_from_references([text], [["a b"]]))
        )


METRIC_CHECKS: tuple[Callable[[Make], None], ...] = (
    check_segment_scores,
    check_corpus_score,
    check_signature,
    check_deterministic,
    check_pickles,
    check_needs,
    check_missing_needs,
    check_perfect,
    check_order,
    check_blocks,
    check_empty_hypothesis,
    check_blank_references,
    check_lacking_references,
    check_unicode,
)
"""All checks of a metric, each a function of `Make`."""


def _scores_or_refuses(metric: Metric, texts: Texts) -> None:
    try:
        scores = np.asarray(metric.segment_scores(texts))
    except ValueError:
        return
    finite = scores.shape == (len(texts.hypotheses),) and bool(np.isfinite(scores).all())
    _require(finite, f"{texts.hypotheses} gets {scores}")


def _same(scores: Array, others: Array) -> bool:
    return bool(np.allclose(scores, others, rtol=_TOLERANCE, atol=_TOLERANCE))


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise AssertionError(fault)


def _require_refusal(
    score: Callable[[Texts], object],
    texts: Texts,
    missing: AbstractSet[str],
    needs: AbstractSet[str],
) -> None:
    try:
        score(texts)
    except ValueError as error:
        named = any(need in str(error) for need in needs)
        _require(named, f"without {sorted(missing)} the error does not name any: {error}")
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
        message = f"without {sorted(missing)} it raised {fault}; a ValueError names the field"
        raise AssertionError(message) from error
    else:
        _require(False, f"it scores without {sorted(missing)}")
