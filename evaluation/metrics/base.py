"""The Metric protocol: what a metric is given and what it returns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.data.m2 import m2_tokens
from evaluation.records import Annotated
from evaluation.reporting.table import Row, sign
from evaluation.statistics.significance import RESAMPLES, SEED, bootstrap

Need = Literal["sources", "references", "gold"]
"""What a metric may need beside the hypotheses: a field of `Texts`."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One system's hypotheses and, segment by segment, what they can be held against.

    Raises:
        ValueError: there are none, what is given differs in length, or a gold sentence is
            not its source.
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
        pairs = zip(self.sources or (), self.gold or (), strict=False)
        for number, (source, gold) in enumerate(pairs, start=1):
            if m2_tokens(source) != gold.source:
                raise ValueError(f"segment {number}: its gold edits are of another source")


def in_blocks(texts: Texts, size: int) -> Iterator[Texts]:
    """Yield `texts` cut into blocks of so many segments."""
    for k in range(0, len(texts.hypotheses), size):
        some = slice(k, k + size)
        yield Texts(
            texts.hypotheses[some],
            texts.sources and texts.sources[some],
            texts.references and texts.references[some],
            texts.gold and texts.gold[some],
        )


def compared_with(
    texts: Texts, against: Literal["sources", "references"], name: str
) -> Sequence[Sequence[str]]:
    """Return the texts that the metric called `name` holds each hypothesis against.

    Raises:
        ValueError: they are not given, or a segment has none.
    """
    if against == "sources" and texts.sources is not None:
        return [[source] for source in texts.sources]
    others = texts.references if against == "references" else None
    if others is None:
        raise ValueError(f"{name} needs {against}")
    if not all(others):
        raise ValueError(f"segment {list(map(bool, others)).index(False) + 1} has no reference")
    return others


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's figures for one corpus, the chief one first, and how to get them again."""

    rows: tuple[Row, ...]
    signature: str

    @property
    def value(self) -> float:
        """The chief figure."""
        return self.rows[0].value


class Metric(Protocol):
    """A measure of how good hypotheses are; higher is better."""

    @property
    def name(self) -> str:
        """The name it is asked for by."""

    @property
    def needs(self) -> frozenset[Need]:
        """The fields of `Texts` that must be given."""

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one score a segment, shape (n,).

        Raises:
            ValueError: `texts` lacks what the metric needs, or is beyond a limit it states.
        """

    def corpus_score(self, texts: Texts) -> Score:
        """Return the score of all segments together, with its interval; raises the same."""


def mean_score(name: str, scores: NDArray[np.float64], parameters: Mapping[str, object]) -> Score:
    """Return the mean of segments' `scores`, shape (n,), as a corpus score with its interval."""
    counts = np.stack([scores, np.ones_like(scores)], axis=1)
    low, high = map(float, bootstrap(counts, _ratio))
    row = Row(name, "corpus", name, float(scores.mean()), low, high, len(scores))
    said = {"n": len(scores), **parameters, "resamples": RESAMPLES, "seed": SEED}
    return Score((row,), sign(name, said))


def _ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return sums[..., 0] / sums[..., 1]
