"""A member and its policy: versions in, one text a segment out, a system as any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch

from ensemble.candidates import Ballot, collect_all
from ensemble.diversity.data.material import Versions
from ensemble.diversity.training.decisions import Choice, Unit, choices
from ensemble.diversity.training.observation import Observer
from ensemble.diversity.training.policy import Policy, best
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.edits.types import Types, load_types
from evaluation.records import Edit, Segment


@dataclass(frozen=True)
class Member:
    """What training leaves.

    `others` are the systems whose outputs it looks at; none, if empty. `levels` are those of the
    embedded tagger (`ensemble.diversity.data.tagger`) where its versions come from there.
    """

    policy: Policy
    observer: Observer
    unit: Unit
    versions: tuple[str, ...]
    others: tuple[str, ...] = ()
    types: Types = "surface"
    levels: tuple[float, ...] = ()

    def correct(
        self,
        sources: Sequence[str],
        versions: Versions,
        others: Mapping[str, Sequence[str]] | None = None,
    ) -> list[str]:
        """Return what the member says of each source.

        Raises:
            ValueError: `others` lacks a system it looks at, or lengths differ.
        """
        given = others or {}
        if missing := [name for name in self.others if name not in given]:
            raise ValueError(f"the member looks at {missing[0]}, of which nothing was given")
        lengths = {"versions": len(versions.texts)}
        lengths |= {name: len(given[name]) for name in self.others}
        for name, length in lengths.items():
            if length != len(sources):
                raise ValueError(f"{name} has {length} segments, the source {len(sources)}")
        segments = [
            Segment(source, {**texts, **{name: given[name][i] for name in self.others}})
            for i, (source, texts) in enumerate(zip(sources, versions.texts, strict=True))
        ]
        ballots = list(collect_all(segments, "edits", load_types(self.types)))
        found = choices(ballots, [list(some) for some in versions.texts], self.unit)
        return write(ballots, self.choose(ballots, versions, found))

    def choose(
        self, ballots: Sequence[Ballot], versions: Versions, found: Sequence[Choice]
    ) -> list[list[Edit]]:
        """Return the edits it makes of each of `ballots`, on which it has the choices `found`."""
        made: list[list[Edit]] = [[] for _ in ballots]
        if found:
            with torch.inference_mode():
                scores = self.policy(self.observer.see(ballots, versions, found)).double().numpy()
            first = np.array([*accumulate((len(c.options) for c in found), initial=0)])
            chosen = best(scores, first) - first[:-1]
            for choice, place in zip(found, chosen.tolist(), strict=True):
                made[choice.segment] += choice.options[place]
        return [sorted(some) for some in made]


def write(ballots: Sequence[Ballot], made: Sequence[Sequence[Edit]]) -> list[str]:
    """Return the text of each of `ballots` with the edits `made` there."""
    return [
        weave(apply(ballot.tokens, edits)) if edits else ballot.source
        for ballot, edits in zip(ballots, made, strict=True)
    ]
