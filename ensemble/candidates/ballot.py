"""The candidates of a segment, the systems that voted for each, and which of them are rivals."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from ensemble.candidates.labels import Probabilities
from evaluation.edits.glyphs import is_form_only
from evaluation.records import Edit, Scores, Style

_NO_EDIT = Edit(-1, -1, ())

Kind = Literal["edits", "texts", "labels"]
"""The systems' outputs: corrections of a source, whole texts, or labels."""


class Candidate(NamedTuple):
    """One possible part of the output: an edit, a text or a label, with its voters.

    `edit` is the change in source tokens. In characters: the `length` characters `original` at
    `offset` are replaced by `replacement`, with the white space that comes or goes with a word. A
    text or a label replaces the whole source; its `edit` holds the form that all its voters share,
    and `replacement` the form that most of them used. `probabilities` has the probability of a
    label by each system that gave class probabilities and votes for its most probable one; a label
    that is the most probable of no system has no voters.
    """

    edit: Edit
    offset: int
    length: int
    original: str
    replacement: str
    type: str
    voters: tuple[str, ...]
    probabilities: Probabilities = ()

    def __repr__(self) -> str:
        """Return all but the probabilities.

        Fingerprints of training data are made of it, and training counts votes alone.
        """
        shown = (f"{name}={getattr(self, name)!r}" for name in self._fields[:-1])
        return f"Candidate({', '.join(shown)})"


@dataclass(frozen=True)  # without slots, as `rivals` is remembered
class Ballot:
    """Everything proposed for one segment.

    `systems` are those that answered, sorted; a system that proposed nothing is among them, as it
    voted to keep the source. Edits are in reading order, independent of the order of systems; texts
    and labels are in the order of the systems that gave them, which settles the last ties. `style`
    is that of the segment. `scores` has those that judges gave these systems' outputs.
    """

    kind: Kind
    source: str
    tokens: tuple[str, ...]
    systems: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    style: Style | None = None
    # Not in `repr`: see `ensemble.targets.fingerprint`.
    scores: Scores = field(default_factory=dict, repr=False)

    @property
    def changes(self) -> Iterator[Candidate]:
        """The candidates that change more than the white space or glyphs of one token.

        A system that writes all its quotes in another way proposes nothing else by that.
        """
        for candidate in self.candidates:
            if self.kind != "edits" or not is_form_only(candidate.edit, self.tokens):
                yield candidate

    @cached_property
    def rivals(self) -> Mapping[int, "Rivals"]:
        """For each edit whose words others replace too, by index, all that do.

        Insertions are not among them, nor other glyphs: they do not say that a word is wrong.
        """
        rivals: dict[int, Rivals] = {}
        for first, last in _at_one_place([candidate.edit for candidate in self.candidates]):
            edits = ((i, self.candidates[i].edit) for i in range(first, last))
            some = [i for i, edit in edits if not is_form_only(edit, self.tokens)]
            if len(some) > 1:
                rivals.update(dict.fromkeys(some, Rivals(some, self.voters_of(some))))
        return rivals

    def voters_of(self, places: Sequence[int]) -> set[str]:
        """Return the systems that propose any of the candidates at `places`."""
        return {name for i in places for name in self.candidates[i].voters}


class Rivals(NamedTuple):
    """Candidates, by index, that replace the same words, and the `systems` that propose any."""

    places: Sequence[int]
    systems: Set[str]


def _at_one_place(edits: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """Yield where several edits, in reading order, replace the same words: the first, and the end.

    Insertions are left out.
    """
    first, place = 0, None
    for i, (start, end, _) in enumerate((*edits, _NO_EDIT)):
        if (start, end) != place:
            if i - first > 1 and place and place[0] < place[1]:  # seldom
                yield first, i
            first, place = i, (start, end)
