"""The Metric protocol: the texts a metric is given, its scores, and the base of registered ones."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.data.blank import is_blank
from evaluation.data.m2 import m2_tokens
from evaluation.errors import InputError
from evaluation.records import Annotated
from evaluation.reporting.table import Row, sign
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap
from evaluation.types import Array

Need = Literal["sources", "references", "gold"]
"""An input that a metric may need beside the hypotheses: a field of `Texts`."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One system's hypotheses with the sources, references and gold edits of each segment.

    A blank text (`is_blank`) is not a reference: it is left out of the references of its segment,
    which may then have none.

    Raises:
        ValueError: there are no hypotheses, the fields differ in length, or the gold edits of a
            segment belong to another source.
    """

    hypotheses: Sequence[str]
    sources: Sequence[str] | None = None
    references: Sequence[Sequence[str]] | None = None
    gold: Sequence[Annotated] | None = None

    def __post_init__(self) -> None:
        if not self.hypotheses:
            raise ValueError("no segments to score")
        for name in ("sources", "references", "gold"):
            given = getattr(self, name)
            if given is not None and len(given) != len(self.hypotheses):
                raise ValueError(f"{len(given)} {name} for {len(self.hypotheses)} hypotheses")
        if self.references and any(map(is_blank, chain.from_iterable(self.references))):
            rows = [[text for text in row if not is_blank(text)] for row in self.references]
            object.__setattr__(self, "references", rows)
        pairs = zip(self.sources or (), self.gold or (), strict=False)
        for number, (source, gold) in enumerate(pairs, start=1):
            if m2_tokens(source) != gold.source:
                raise ValueError(f"segment {number}: its gold edits are of another source")

    def at(self, segments: Sequence[int]) -> "Texts":
        """Return the texts of the segments at the given indices.

        Raises:
            ValueError: there are none.
        """
        return Texts(
            [self.hypotheses[i] for i in segments],
            None if self.sources is None else [self.sources[i] for i in segments],
            None if self.references is None else [self.references[i] for i in segments],
            None if self.gold is None else [self.gold[i] for i in segments],
        )


def scorable(texts: Texts, needs: Collection[str]) -> list[int]:
    """Return the indices of the segments that have a reference and gold edits, where needed."""
    n = len(texts.hypotheses)
    references = texts.references if "references" in needs else None
    gold = texts.gold if "gold" in needs else None
    return [
        i
        for i in range(n)
        if (references is None or references[i]) and (gold is None or gold[i].annotations)
    ]


def in_blocks(texts: Texts, size: int) -> Iterator[Texts]:
    """Yield `texts` cut into blocks of `size` segments; the last may be shorter."""
    for start in range(0, len(texts.hypotheses), size):
        block = slice(start, start + size)
        yield Texts(
            texts.hypotheses[block],
            texts.sources and texts.sources[block],
            texts.references and texts.references[block],
            texts.gold and texts.gold[block],
        )


def require(texts: Texts, needs: Collection[str], name: str) -> None:
    """Check that `texts` has all fields that the metric called `name` needs.

    Raises:
        InputError: a field is missing; the message names all that are.
    """
    if missing := [need for need in sorted(needs) if getattr(texts, need) is None]:
        raise InputError("missing-input", f"{name} needs {' and '.join(missing)}")


def compared_with(
    texts: Texts, against: Literal["sources", "references"], name: str
) -> Sequence[Sequence[str]]:
    """Return the texts that the metric called `name` compares each hypothesis with.

    Raises:
        ValueError: they are missing, or a segment has none.
    """
    if against == "sources" and texts.sources is not None:
        return [[source] for source in texts.sources]
    others = texts.references if against == "references" else None
    if others is None:
        raise InputError("missing-input", f"{name} needs {against}")
    if not all(others):
        raise ValueError(f"segment {list(map(bool, others)).index(False) + 1} has no reference")
    return others


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's figures for one corpus, the main one first, and the signature to repeat them."""

    rows: tuple[Row, ...]
    signature: str

    @property
    def value(self) -> float:
        """The main figure."""
        return self.rows[0].value

    @property
    def low(self) -> float | None:
        """The lower end of its 95% interval; `None` where it has none, as for one segment."""
        return self.rows[0].low

    @property
    def high(self) -> float | None:
        """The upper end of its 95% interval, or `None`."""
        return self.rows[0].high

    def __str__(self) -> str:
        """Return the main figure with its interval, for people."""
        row = self.rows[0]
        interval = "" if row.low is None else f" ({row.low:.2f} to {row.high:.2f})"
        return f"{row.name} {row.value:.2f}{interval}"


class Metric(Protocol):
    """A measure of how good hypotheses are; higher is better."""

    @property
    def name(self) -> str:
        """Its name, with the options that differ from their defaults."""

    @property
    def needs(self) -> frozenset[Need]:
        """The fields of `Texts` that must be given."""

    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,).

        Raises:
            ValueError: `texts` lacks what the metric needs, or exceeds a limit it states.
        """

    def corpus_score(self, texts: Texts) -> Score:
        """Return the score of all segments together, with its interval; raises the same."""


def score_segments(metric: Metric, texts: Texts) -> Array:
    """Return the metric's score of each segment, shape (n,), after checking that it is one.

    It is NaN where a segment has no reference, or no gold edits, and the metric needs them.

    Raises:
        ValueError: they are not one finite number a segment; or as `Metric.segment_scores`.
    """
    n = len(texts.hypotheses)
    known = scorable(texts, metric.needs)
    if len(known) == n:
        return check_scores(metric.name, metric.segment_scores(texts), n)
    scores = np.full(n, np.nan)
    if known:
        scores[known] = check_scores(
            metric.name, metric.segment_scores(texts.at(known)), len(known)
        )
    return scores


def score_corpus(metric: Metric, texts: Texts) -> Score:
    """Return the metric's score of all segments together, after checking that it is one.

    Segments that `score_segments` leaves undefined do not count. Of one segment there is a score,
    but no interval.

    Raises:
        ValueError: it is not a `Score`, or no segment can be scored; or as `Metric.corpus_score`.
    """
    known = scorable(texts, metric.needs)
    if not known:
        lacking = "gold edits" if "gold" in metric.needs else "a reference"
        raise InputError("missing-input", f"{metric.name}: no segment has {lacking}")
    score = metric.corpus_score(texts if len(known) == len(texts.hypotheses) else texts.at(known))
    if not isinstance(score, Score):
        kind = type(score).__name__
        raise ValueError(f"{metric.name}: corpus_score returned a {kind}, not a Score")
    if len(known) == 1:  # drawn again and again, it would have an interval of width zero
        return replace(score, rows=tuple(replace(r, low=None, high=None) for r in score.rows))
    return score


def check_scores(name: str, scores: object, n: int) -> Array:
    """Return the scores of n segments by the metric called `name`, shape (n,).

    Raises:
        ValueError: they are not one finite number a segment; the message names the first other.
    """
    expected = f"{name}: segment_scores returns one finite number for each of the {n} segments"
    try:
        numbers = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{expected}, not a {type(scores).__name__}: {error}") from error
    if numbers.shape != (n,):
        raise ValueError(f"{expected}, not an array of the shape {numbers.shape}")
    if not (finite := np.isfinite(numbers)).all():
        segment = int(finite.argmin())
        raise ValueError(f"{expected}; that of segment {segment + 1} is {numbers[segment]}")
    return numbers


def lacking_note(metric: Metric, texts: Texts) -> str:
    """Return a note on segments that the metric cannot score, with the first; empty if none."""
    n, known = len(texts.hypotheses), set(scorable(texts, metric.needs))
    lacking = [str(i + 1) for i in range(n) if i not in known]
    if not lacking:
        return ""
    examples = ", ".join(lacking[:3]) + (", ..." if len(lacking) > 3 else "")
    return (
        f"{metric.name}: {len(lacking)} of {n} segments have no reference, and no score: {examples}"
    )


@dataclass(frozen=True)
class BaseMetric(ABC):
    """Base of the metrics that `registry.register` names; a subclass's fields are its options.

    A subclass defines `segment_scores`. Its corpus score is then their mean, unless it defines
    `corpus_score` too.
    """

    registered: ClassVar[str]
    """The name it is registered under; set by `register`."""
    needs: ClassVar[frozenset[Need]]
    """The fields of `Texts` that must be given; set by `register`."""

    @property
    def name(self) -> str:
        """The registered name and the options that differ from their defaults: `chrf:beta=1`.

        A `model` is left out: it may be a long path, and the signature names it.
        """
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        changed = {
            option.name: values[option.name]
            for option in fields(self)
            if option.name != "model" and values[option.name] != option.default
        }
        return spell(self.registered, changed)

    @abstractmethod
    def segment_scores(self, texts: Texts) -> Array:
        """Return one score a segment, shape (n,); see `Metric`."""

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean over segments, with its interval; raises as `segment_scores`."""
        scores = check_scores(self.name, self.segment_scores(texts), len(texts.hypotheses))
        return mean_score(self.name, scores, self.parameters(), self.registered)

    def parameters(self) -> Mapping[str, object]:
        """Return what the figures depend on beside texts and version, for the signature."""
        return {}


@dataclass(frozen=True)
class ComparingMetric(BaseMetric):
    """Base of the metrics that compare each hypothesis with its source or with its references."""

    @property
    def against(self) -> Literal["sources", "references"]:
        """The field of `Texts` that hypotheses are compared with."""
        return "sources" if self.needs == {"sources"} else "references"

    def others(self, texts: Texts) -> Sequence[Sequence[str]]:
        """Return the texts that each hypothesis is compared with.

        Raises:
            ValueError: they are missing, or a segment has none.
        """
        return compared_with(texts, self.against, self.name)


def spell(name: str, options: Mapping[str, object]) -> str:
    """Return a metric's name with options as it is written: `chrf:word_order=2,beta=1`."""
    spelled = [f"{key}={_value(value)}" for key, value in options.items()]
    return f"{name}:{','.join(spelled)}" if spelled else name


def mean_score(
    name: str, scores: NDArray[np.float64], parameters: Mapping[str, object], statistic: str = ""
) -> Score:
    """Return the mean of segments' `scores`, shape (n,), as a corpus score with its interval.

    The row's statistic is `statistic`, or else `name`.

    Raises:
        ValueError: a score is not a finite number.
    """
    scores = check_scores(name, scores, len(scores))
    counts = np.stack([scores, np.ones_like(scores)], axis=1)
    low, high = map(float, bootstrap(counts, _ratio))
    row = Row(name, "corpus", statistic or name, float(scores.mean()), low, high, len(scores))
    signed = {"n": len(scores), **parameters, "resamples": RESAMPLES, "seed": SEED}
    return Score((row,), sign(name, signed))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0")


def _ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return sums[..., 0] / sums[..., 1]
