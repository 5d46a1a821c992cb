"""Counts of judgements and outputs without a partner, with examples and notes on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

EXAMPLES = 3
"""The number of examples that a note or an error shows."""


@dataclass(frozen=True)
class Unmatched:
    """Things of one kind without a partner: how many of how many, and the first ones."""

    count: int = 0
    of: int = 0
    examples: tuple[str, ...] = ()

    def note(self, fault: str) -> str:
        """Return a sentence with numbers, fault and examples; empty where the count is 0."""
        if not self.count:
            return ""
        more = ", ..." if self.count > len(self.examples) else ""
        return f"{self.count} of {self.of} {fault}: {', '.join(self.examples)}{more}"

    def fields(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"count": self.count, "of": self.of, "examples": list(self.examples)}


class Words(NamedTuple):
    """The words for the things that are matched and for their partner: judgements, text."""

    given: str
    partner: str


JUDGEMENTS = Words("judgements", "text")


@dataclass(frozen=True)
class Matching:
    """The judgements of one dimension without a text, and the outputs without a judgement.

    `judgements` are of segments in no text; `absent` of segments of which the judged system has no
    output. `renamed` has the ids that are written differently in the texts, with the text's.
    """

    judgements: Unmatched = Unmatched()
    absent: Unmatched = Unmatched()
    outputs: Unmatched = Unmatched()
    renamed: tuple[tuple[str, str], ...] = ()
    words: Words = JUDGEMENTS

    def notes(self) -> list[str]:
        """Return a note on each kind that is not empty."""
        given, partner = self.words
        lines = [
            self.judgements.note(f"{given} are of segments in no {partner}"),
            self.absent.note(f"{given} are of outputs that are absent"),
            self.outputs.note(f"outputs have no {given.removesuffix('s')}"),
        ]
        if self.renamed:
            pairs = ", ".join(f"{given!r} as {text!r}" for given, text in self.renamed[:EXAMPLES])
            lines.append(
                f"{len(self.renamed)} segment ids are read as those of {partner}s: {pairs}"
            )
        return [line for line in lines if line]

    def fields(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "judgements_without_text": self.judgements.fields(),
            "judgements_of_absent_outputs": self.absent.fields(),
            "outputs_without_judgement": self.outputs.fields(),
            "ids_read_as": dict(self.renamed),
        }


def unmatched(cells: Sequence[tuple[str, str]], of: int) -> Unmatched:
    """Return the count of `cells` (system and segment) out of `of`, and examples of them."""
    shown = tuple(f"{system} on segment {segment!r}" for system, segment in cells[:EXAMPLES])
    return Unmatched(len(cells), of, shown)


def combined_notes(by_dimension: Mapping[str, Matching]) -> list[str]:
    """Return the notes; one that not all dimensions have begins with the names of its own."""
    dimensions: dict[str, list[str]] = {}
    for name, matching in by_dimension.items():
        for line in matching.notes():
            dimensions.setdefault(line, []).append(name)
    return [
        line if len(names) == len(by_dimension) else f"{', '.join(names)}: {line}"
        for line, names in dimensions.items()
    ]
