"""A segment of which some outputs are missing, and the edits that the others propose anyway."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ensemble.candidates.answers import answers_of
from ensemble.candidates.ballot import Candidate, Kind
from ensemble.candidates.collect import edit_candidates, systems_by_text
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.proposals import Identity, commonest, proposed_forms
from ensemble.candidates.protection import Protection, Trusted
from evaluation.edits.align import Aligner
from evaluation.edits.open_spacing import possible_conventions
from evaluation.edits.tokens import tokenise
from evaluation.records import Edit, Segment

Slot = Sequence[str]
"""The systems of which one may still answer: a system, and those that would stand in for it."""

Forms = Mapping[Identity, Mapping[Edit, Sequence[str]]]


class Proposal(NamedTuple):
    """An edit with its voters so far; `is_steady` where no more outputs can change its form.

    Edits that differ in glyphs or white space alone are one proposal, in the form that most of its
    voters used.
    """

    candidate: Candidate
    is_steady: bool


@dataclass(frozen=True)
class Incomplete:
    """The outputs of a segment that are known, and the `missing` ones, of which any may fail.

    `segment` has all systems in their final order, with `None` for those that have not answered.
    """

    segment: Segment
    kind: Kind
    missing: Sequence[Slot]
    label_case: LabelCase = "keep"
    may_change_protected: Trusted = ()

    @cached_property
    def answers(self) -> Mapping[str, str]:
        """The answers so far, by name, in the order of the segment."""
        return answers_of(self.segment)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the source."""
        return tuple(tokenise(self.segment.source))

    @cached_property
    def first_missing(self) -> int:
        """The place in the order of the segment of the first system that may still answer."""
        places = {name: place for place, name in enumerate(self.segment.hypotheses)}
        return min((places[name] for slot in self.missing for name in slot), default=len(places))

    @cached_property
    def proposals(self) -> Sequence[Proposal] | None:
        """The edits in the answers so far, once others differ; in reading order.

        `None` where the missing outputs could change how these answers are read: the spacing of a
        source that does not show it is that of most outputs.

        Raises:
            ValueError: a text is too long to align.
        """
        source, more = self.segment.source, len(self.missing)
        sharing = systems_by_text(self.answers)
        texts = {text: names for text, names in sharing.items() if text != source}
        every = [text for text, names in sharing.items() for _ in names]
        conventions = possible_conventions(source, every, self.segment.style, more)
        if len({convention.style for convention in conventions}) < len(conventions):
            return None
        protection = Protection.of(source, self.tokens, self.may_change_protected)
        aligner = Aligner(self.tokens)
        forms, *others = (
            proposed_forms(self.tokens, texts, protection, convention, aligner)
            for convention in conventions
        )
        if any(other != forms for other in others):
            return None
        return self._proposals(forms)

    def _proposals(self, forms: Forms) -> Sequence[Proposal]:
        voters: dict[Edit, list[str]] = {}
        steady: set[Edit] = set()
        for alike in forms.values():
            form = commonest(alike)
            voters[form] = [name for names in alike.values() for name in names]
            rest = (len(names) for other, names in alike.items() if other != form)
            if len(alike[form]) > max(rest, default=0) + len(self.missing):
                steady.add(form)
        return [
            Proposal(candidate, candidate.edit in steady)
            for candidate in edit_candidates(self.segment.source, self.tokens, voters)
        ]
