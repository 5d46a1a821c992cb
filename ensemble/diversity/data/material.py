"""What a member is trained on: sources, the others' outputs, its own versions, gold edits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp

import numpy as np
from numpy.typing import NDArray

from evaluation.records import Annotated, Segment

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Versions:
    """What a member could say: for each of m segments, texts by name, with a score each, or none.

    The names are those of its pool, or ranks of an n-best list. `scores` are log-probabilities,
    or whatever is higher for the better; empty where there are none.
    """

    texts: Sequence[Mapping[str, str]]
    scores: Sequence[Mapping[str, float]] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name there is, in the order in which they are first met."""
        return tuple(dict.fromkeys(name for some in self.texts for name in some))

    @property
    def beliefs(self) -> list[dict[str, float]]:
        """How probable each version is, a segment: by the scores, or all alike without them."""
        scores = self.scores or [{}] * len(self.texts)
        return [_softmax(some, own) for some, own in zip(self.texts, scores, strict=True)]

    def of(self, name: str, sources: Sequence[str]) -> list[str]:
        """Return the texts called `name`; the source, where a segment has none."""
        return [some.get(name, source) for some, source in zip(self.texts, sources, strict=True)]


@dataclass(frozen=True)
class Material:
    """m segments: their sources, the output of each other system, the member's versions, gold.

    `notes` say what was found odd in them.
    """

    sources: Sequence[str]
    others: Mapping[str, Sequence[str]]
    versions: Versions
    gold: Sequence[Annotated]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        m = len(self.sources)
        lengths = {name: len(texts) for name, texts in self.others.items()}
        lengths |= {"the member": len(self.versions.texts), "gold": len(self.gold)}
        for name, length in lengths.items():
            if length != m:
                raise ValueError(f"{name} has {length} segments, the source {m}")
        if not self.others:
            raise ValueError("there are no other systems to be different from")
        if both := set(self.others) & set(self.versions.names):
            raise ValueError(f"{sorted(both)[0]} is both another system and one of the member's")

    def segments(self, *, others: bool = True) -> list[Segment]:
        """Return each source with the member's versions, and what the `others` said."""
        said = [dict(some) for some in self.versions.texts]
        for name, texts in self.others.items() if others else ():
            for row, text in zip(said, texts, strict=True):
                row[name] = text
        return [Segment(source, row) for source, row in zip(self.sources, said, strict=True)]

    def with_only(self, said: Mapping[str, Sequence[str]]) -> list[Segment]:
        """Return each source with what systems `said`, by name, and none of the versions."""
        return [
            Segment(source, dict(zip(said, row, strict=True)))
            for source, row in zip(self.sources, zip(*said.values(), strict=True), strict=True)
        ]

    def part(self, chosen: Places) -> "Material":
        """Return the `chosen` segments."""
        rows = chosen.tolist()
        scores = [self.versions.scores[i] for i in rows] if self.versions.scores else ()
        return Material(
            [self.sources[i] for i in rows],
            {name: [texts[i] for i in rows] for name, texts in self.others.items()},
            Versions([self.versions.texts[i] for i in rows], scores),
            [self.gold[i] for i in rows],
            self.notes,
        )


def without_copies(material: Material) -> Material:
    """Return `material` without versions that are no member's own: the source, or another system.

    A pool may hold files that only look like systems. What such a one proposes is either
    nothing, or would give another system a second vote.

    Raises:
        ValueError: nothing is left that differs from the source anywhere.
    """
    known = {"the source": list(material.sources)}
    known |= {name: list(texts) for name, texts in material.others.items()}
    dropped = {}
    for name in material.versions.names:
        texts = material.versions.of(name, material.sources)
        if twin := next((other for other, own in known.items() if own == texts), None):
            dropped[name] = twin
    if len(dropped) == len(material.versions.names):
        raise ValueError("the member proposes nothing anywhere that is its own")
    kept = [
        {name: text for name, text in some.items() if name not in dropped}
        for some in material.versions.texts
    ]
    notes = tuple(f"{name} is {twin}, text for text: left out" for name, twin in dropped.items())
    versions = Versions(kept, material.versions.scores)
    return Material(
        material.sources, material.others, versions, material.gold, material.notes + notes
    )


def _softmax(names: Iterable[str], scores: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each of `names`; one without a score is as good as the worst."""
    lowest = min(scores.values(), default=0.0)
    values = {name: scores.get(name, lowest) for name in names}
    powers = {name: exp(value - max(values.values())) for name, value in values.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}
