"""The labels that a combiner is trained on, in files or read with the outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.candidates import Ballot
from ensemble.candidates.labels import LabelCase
from ensemble.targets import Targets, from_gold, from_references, from_scores
from evaluation.data.layout import listed
from evaluation.data.m2 import read_m2
from evaluation.data.published_scores import read_published
from evaluation.data.readers import read_lines, read_parallel
from evaluation.errors import DataError, InputError
from service.core.batch_combine import Note, no_note

NEEDED = "labels come from exactly one of --gold, --reference and --scores"
"""The message of an error where there are none or several."""


@dataclass(frozen=True)
class Labels:
    """The files of the labels: at most one of the first three, and the group of each segment.

    Without any of them, labels are the references that were read with the outputs.
    """

    gold: Path | None
    references: tuple[Path, ...]
    scores: Path | None
    groups: Path | None = None

    @property
    def are_read_with_outputs(self) -> bool:
        """Whether no file has labels."""
        return not (self.gold or self.references or self.scores)

    def targets(
        self,
        ballots: Sequence[Ballot],
        label_case: LabelCase = "keep",
        references: Sequence[Sequence[str]] = (),
        note: Note = no_note,
    ) -> Targets:
        """Return the targets of `ballots`, whose labels were compared by `label_case`.

        `references` are those that were read with the outputs. `note` is called with the systems
        that have scores, where others have none.

        Raises:
            ValueError: several are given or none, or one does not fit the ballots.
        """
        if sum(map(bool, (self.gold, self.references, self.scores))) > 1:
            raise InputError("invalid-option", NEEDED)
        if self.are_read_with_outputs:
            targets = from_references(ballots, references, label_case)
        else:
            targets = self._targets(ballots, label_case, note)
        return replace(targets, groups=self._groups(len(ballots)))

    def _groups(self, segments: int) -> tuple[str, ...]:
        groups = tuple(read_lines(self.groups)) if self.groups else ()
        if self.groups and len(groups) != segments:
            raise DataError(self.groups, None, f"{len(groups)} groups for {segments} segments")
        if "" in groups:
            raise DataError(self.groups or "", groups.index("") + 1, "the group has no name")
        return groups

    def _targets(self, ballots: Sequence[Ballot], label_case: LabelCase, note: Note) -> Targets:
        if self.gold:
            return from_gold(ballots, read_m2(self.gold))
        if self.scores:
            return from_scores(ballots, _scores(self.scores, ballots, note))
        columns = read_parallel(self.references)
        return from_references(ballots, list(zip(*columns, strict=True)), label_case)


def _scores(path: Path, ballots: Sequence[Ballot], note: Note) -> Mapping[tuple[str, int], float]:
    """Return the scores of the systems in `ballots`."""
    published = read_published(path)
    systems = tuple(dict.fromkeys(name for ballot in ballots for name in ballot.systems))
    scored = tuple(dict.fromkeys(name for name, _ in published.scores))
    known = [name for name in systems if name in scored]
    if not known and scored:
        fault = f"has scores of {listed(scored)}, and none of the systems {listed(systems)}"
        raise DataError(path, None, fault)
    if len(known) < len(systems) or published.form != "scores":
        which = f"{len(known)} of {len(systems)} systems: {listed(known)}"
        note(f"note: {path}: {published.form}, which score {which}")
    return {key: score for key, score in published.scores.items() if key[0] in known}
