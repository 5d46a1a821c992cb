"""Trained combiners of labels, small enough to be made in a test, as the files of an upload."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from ensemble.candidates import collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.evidence import gather
from ensemble.combiners.neural.network import DESIGNS, Network
from ensemble.combiners.neural.trained_state import TrainedState
from ensemble.competence import Profile
from ensemble.training.artefact import Record, write
from evaluation.artefact import MANIFEST
from evaluation.records import Segment

SYSTEMS = ("able", "poor", "bad")
_N = 80


class Files(NamedTuple):
    """The two files of an artefact."""

    manifest: bytes
    weights: bytes

    @property
    def form(self) -> dict[str, Any]:
        """As httpx uploads them."""
        return {"manifest": ("manifest.json", self.manifest), "weights": ("w", self.weights)}


def outputs(i: int) -> dict[str, str]:
    """What the systems say of segment `i`: `able` is right, `bad` wrong, `poor` either."""
    return dict(zip(SYSTEMS, ("ab"[i % 2], "ab"[i % 3 % 2], "ba"[i % 2]), strict=True))


@cache
def combiner(believed: str) -> Neural:
    """A combiner that has learnt to believe one of the systems."""
    ballots = list(collect_all([Segment(str(i), outputs(i)) for i in range(_N)], "labels"))
    profile = Profile.of(ballots)
    columns = gather(ballots, profile, None).columns
    network = Network(len(columns), len(SYSTEMS), 0, DESIGNS["labels"])
    with torch.no_grad():
        network.reliability += torch.tensor([9.0 if name == believed else 0 for name in SYSTEMS])
    state = TrainedState(network, SYSTEMS, (), columns, 1.0, 0.5)
    return Neural("labels", profile, "unsaved", learnt=state)


def files(believed: str = "able", data: str = "") -> Files:
    """The files of such a combiner; other ones with each `data`."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "combiner"
        write(folder, combiner(believed), Record(data, {}, []))
        (weights,) = folder.glob("*.safetensors")
        return Files((folder / MANIFEST).read_bytes(), weights.read_bytes())


def evidence(n: int = 60) -> list[dict[str, Any]]:
    """Segments that show that `able` is to be believed."""
    return [
        {"source": str(i), "outputs": outputs(i), "references": [outputs(i)["able"]]}
        for i in range(1000, 1000 + n)
    ]
