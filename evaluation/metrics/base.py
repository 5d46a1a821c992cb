"""What a metric is, what it is given, what it returns, and how it is found by its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from evaluation.records import Annotated
from evaluation.report import Row

GROUP = "consort.metrics"
"""The entry points by which a package offers metrics: name to a callable that takes nothing."""

_OURS = {
    "edits": "evaluation.metrics.correction:EditsF",
    "maxmatch": "evaluation.metrics.maxmatch:MaxMatch",
    "chrf": "evaluation.metrics.overlap:chrf",
    "chrf++": "evaluation.metrics.overlap:chrf_plus_plus",
    "bleu": "evaluation.metrics.overlap:bleu",
    "chrf-source": "evaluation.metrics.overlap:chrf_source",
    "chrf++-source": "evaluation.metrics.overlap:chrf_plus_plus_source",
    "bleu-source": "evaluation.metrics.overlap:bleu_source",
}

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
            if tuple(source.split()) != gold.source:
                raise ValueError(f"segment {number}: its gold edits are of another source")


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


def load_metric(name: str) -> Metric:
    """Return the metric called `name`, of this package or of one that offers it.

    Only the module that holds it is imported.

    Raises:
        ValueError: there is none of that name.
    """
    offers = _offers()
    if name not in offers:
        raise ValueError(f"no metric {name!r}; available: {', '.join(offers)}")
    return cast(Metric, offers[name].load()())


def metric_names() -> list[str]:
    """Return the names `load_metric` knows."""
    return list(_offers())


def _offers() -> dict[str, EntryPoint]:
    offers = {name: EntryPoint(name, value, GROUP) for name, value in _OURS.items()}
    return {offer.name: offer for offer in entry_points(group=GROUP)} | offers
