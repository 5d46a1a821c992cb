"""Combiners that have learnt to believe the judge `critic`, small enough to be made in a test."""

from functools import cache
from pathlib import Path

import torch

from ensemble.candidates import Kind, collect_all
from ensemble.combiners.judges import JudgeCounts, JudgeSums
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.evidence import gather
from ensemble.combiners.neural.network import DESIGNS, Network
from ensemble.combiners.neural.trained_state import TrainedState
from ensemble.competence import Profile
from ensemble.training.artefact import Record, write
from evaluation.records import Segment

SYSTEMS = ("a", "b", "c", "d")
JUDGE = "critic"
_N = 80
_SUMS = JudgeSums(_N, 4.0 * _N, 8.0 * _N, 100.0, 100.0, 100.0)
_OUTPUTS = {"labels": ("x", "y"), "texts": ("x", "y"), "edits": ("He go .", "He goes .")}


@cache
def combiner(kind: Kind = "labels", weight: float = 1.5) -> Neural:
    """A combiner for which a standard deviation of the judge's scores has this weight."""
    source = _OUTPUTS[kind][0]
    segments = [
        Segment(source, {name: _OUTPUTS[kind][i >> k & 1] for k, name in enumerate(SYSTEMS)})
        for i in range(_N)
    ]
    ballots = list(collect_all(segments, kind))
    profile, judges = Profile.of(ballots), JudgeCounts({JUDGE: _SUMS})
    columns = gather(ballots, profile, None, judges).columns
    network = Network(len(columns), len(SYSTEMS) + 1, 0, DESIGNS[kind])
    with torch.no_grad():
        network.reliability += torch.tensor([0.0] * len(SYSTEMS) + [weight])
    state = TrainedState(network, SYSTEMS, (), columns, 1.0, 0.5, judges=judges)
    return Neural(kind, profile, "unsaved", learnt=state)


def edits_combiner() -> Neural:
    """The same for edits."""
    return combiner("edits")


def folder(place: Path, kind: Kind = "labels") -> Path:
    """The folder of such a combiner, as the settings of a service name it."""
    write(place / "combiner", combiner(kind), Record("", {}, []))
    return place / "combiner"
