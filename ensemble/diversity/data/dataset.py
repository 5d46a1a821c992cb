"""The dataset a member is trained on: sources, outputs, the member's versions, right outputs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp

from ensemble.types import Integers
from evaluation.records import Annotated, Segment


@dataclass(frozen=True)
class Versions:
    """Texts a member can choose from: for each of m segments, texts by name, with scores or not.

    The names are those of the member's pool, or ranks of an n-best list. `scores` are
    log-probabilities, or any other scores that are higher for better texts; empty where there are
    none.
    """

    texts: Sequence[Mapping[str, str]]
    scores: Sequence[Mapping[str, float]] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order in which they first occur."""
        return tuple(dict.fromkeys(name for versions in self.texts for name in versions))

    @property
    def beliefs(self) -> list[dict[str, float]]:
        """The probability of each version of each segment: a softmax of the scores, or uniform."""
        scores = self.scores or [{}] * len(self.texts)
        return [_softmax(versions, row) for versions, row in zip(self.texts, scores, strict=True)]

    def of(self, name: str, otherwise: Sequence[str | None]) -> list[str | None]:
        """Return the texts called `name`; that of `otherwise` where a segment has none."""
        return [
            versions.get(name, text) for versions, text in zip(self.texts, otherwise, strict=True)
        ]


@dataclass(frozen=True)
class Dataset:
    """m segments: sources, the other systems' outputs, the member's versions, and gold edits.

    In place of gold edits there may be references, any of which is right. `notes` are remarks on
    the data for the report.
    """

    sources: Sequence[str]
    others: Mapping[str, Sequence[str]]
    versions: Versions
    gold: Sequence[Annotated] = ()
    notes: tuple[str, ...] = field(default=())
    references: Sequence[Sequence[str]] = ()

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        m = len(self.sources)
        lengths = {name: len(texts) for name, texts in self.others.items()}
        lengths |= {"the member": len(self.versions.texts)}
        lengths |= {"gold": len(self.gold)} if self.gold or not self.references else {}
        lengths |= {"the reference": len(self.references)} if self.references else {}
        for name, length in lengths.items():
            if length != m:
                raise ValueError(f"{name} has {length} segments, the source {m}")
        if not self.others:
            raise ValueError("the member needs other systems to be combined with")
        if both := set(self.others) & set(self.versions.names):
            raise ValueError(f"{sorted(both)[0]} is both another system and a member's version")

    def segments(self, *, others: bool = True) -> list[Segment]:
        """Return each source with the member's versions and, if wanted, the `others`' outputs."""
        hypotheses = [dict(versions) for versions in self.versions.texts]
        for name, texts in self.others.items() if others else ():
            for row, text in zip(hypotheses, texts, strict=True):
                row[name] = text
        return [Segment(source, row) for source, row in zip(self.sources, hypotheses, strict=True)]

    def with_only(self, outputs: Mapping[str, Sequence[str | None]]) -> list[Segment]:
        """Return each source with the `outputs` of some systems, by name, and no versions."""
        return [
            Segment(source, dict(zip(outputs, row, strict=True)))
            for source, row in zip(self.sources, zip(*outputs.values(), strict=True), strict=True)
        ]

    def part(self, chosen: Integers) -> "Dataset":
        """Return the `chosen` segments."""
        rows = chosen.tolist()
        scores = [self.versions.scores[i] for i in rows] if self.versions.scores else ()
        return Dataset(
            [self.sources[i] for i in rows],
            {name: [texts[i] for i in rows] for name, texts in self.others.items()},
            Versions([self.versions.texts[i] for i in rows], scores),
            [self.gold[i] for i in rows] if self.gold else (),
            self.notes,
            [self.references[i] for i in rows] if self.references else (),
        )


def without_copies(dataset: Dataset) -> Dataset:
    """Return `dataset` without versions that are copies of the source or of another system.

    A pool may hold files that only look like systems. Such a copy proposes nothing, or would give
    another system a second vote.

    Raises:
        ValueError: every version is a copy.
    """
    # Compared text for text, over all segments.
    known: dict[str, Sequence[str | None]] = {"the source": list(dataset.sources)}
    known |= {name: list(texts) for name, texts in dataset.others.items()}
    dropped = {}
    for name in dataset.versions.names:
        texts = dataset.versions.of(name, dataset.sources)
        if twin := next((other for other, lines in known.items() if lines == texts), None):
            dropped[name] = twin
    if len(dropped) == len(dataset.versions.names):
        raise ValueError("the member proposes nothing anywhere that is not a copy")
    rest = [
        {name: text for name, text in versions.items() if name not in dropped}
        for versions in dataset.versions.texts
    ]
    notes = tuple(f"{name} is {twin}, text for text: left out" for name, twin in dropped.items())
    versions = Versions(rest, dataset.versions.scores)
    return replace(dataset, versions=versions, notes=dataset.notes + notes)


def _softmax(names: Iterable[str], scores: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each of `names`; a missing score counts as the worst one."""
    lowest = min(scores.values(), default=0.0)
    values = {name: scores.get(name, lowest) for name in names}
    powers = {name: exp(value - max(values.values())) for name, value in values.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}
