"""A trained member: versions in, one text a segment out, a system like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch

from ensemble.candidates import Ballot
from ensemble.diversity.data.dataset import Versions
from ensemble.diversity.policy.decisions import Choice
from ensemble.diversity.policy.kinds import AnyKind
from ensemble.diversity.policy.network import Policy, best
from ensemble.diversity.policy.observation import Observer
from evaluation.edits.types import Types
from evaluation.records import Edit, Segment


@dataclass(frozen=True)
class Member:
    """A policy, with all that it needs to choose from versions.

    `others` are the systems whose outputs it looks at, if any. `levels` are those of the embedded
    tagger (`ensemble.diversity.data.tagger`) where its versions come from there.
    """

    policy: Policy
    observer: Observer
    kind: AnyKind
    versions: tuple[str, ...]
    others: tuple[str, ...] = ()
    types: Types = "surface"
    levels: tuple[float, ...] = ()

    def correct(
        self,
        sources: Sequence[str],
        versions: Versions,
        others: Mapping[str, Sequence[str]] | None = None,
    ) -> list[str | None]:
        """Return the member's output for each source; `None` where it abstains.

        Raises:
            ValueError: `others` lacks a system that it looks at, or lengths differ.
        """
        outputs = others or {}
        if missing := [name for name in self.others if name not in outputs]:
            raise ValueError(f"the member looks at {missing[0]}, whose output is missing")
        lengths = {"versions": len(versions.texts)}
        lengths |= {name: len(outputs[name]) for name in self.others}
        for name, length in lengths.items():
            if length != len(sources):
                raise ValueError(f"{name} has {length} segments, the source {len(sources)}")
        segments = [
            Segment(source, {**texts, **{name: outputs[name][i] for name in self.others}})
            for i, (source, texts) in enumerate(zip(sources, versions.texts, strict=True))
        ]
        ballots = self.kind.ballots(segments, self.types)
        decisions = self.kind.choices(ballots, [list(texts) for texts in versions.texts])
        made = self.choose(ballots, versions, decisions)
        return [self.kind.render(b, edits) for b, edits in zip(ballots, made, strict=True)]

    def choose(
        self, ballots: Sequence[Ballot], versions: Versions, decisions: Sequence[Choice]
    ) -> list[list[Edit]]:
        """Return the edits it makes on each of `ballots`, given the `decisions` there."""
        made: list[list[Edit]] = [[] for _ in ballots]
        if decisions:  # the network takes no empty batch
            with torch.inference_mode():
                scores = (
                    self.policy(self.observer.see(ballots, versions, decisions)).double().numpy()
                )
            first = np.array([*accumulate((len(c.options) for c in decisions), initial=0)])
            chosen = best(scores, first) - first[:-1]
            for choice, place in zip(decisions, chosen.tolist(), strict=True):
                made[choice.segment] += choice.options[place]
        return [sorted(edits) for edits in made]
