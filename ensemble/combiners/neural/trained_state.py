"""The result of training a neural combiner: how it scores candidates, and how it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from ensemble.candidates import Kind
from ensemble.combiners.judges import NO_JUDGES, JudgeCounts, JudgeSums
from ensemble.combiners.neural.calibration import Calibration
from ensemble.combiners.neural.context import CONTEXT
from ensemble.combiners.neural.correction import Correction
from ensemble.combiners.neural.evidence import OTHER_EVIDENCE, Evidence
from ensemble.combiners.neural.features import SIZE, SIZES_IN_WORDS
from ensemble.combiners.neural.looks import looks_of
from ensemble.combiners.neural.network import DESIGNS, Inputs, Network
from ensemble.combiners.neural.novelty import KnownLooks, Looks
from ensemble.combiners.trainable import State, VoteWeights
from ensemble.types import Array
from evaluation.artefact import Names
from evaluation.data.judge_scores import MOST_JUDGES

_SHOWN = 20  # traits in the report
_LOOKS = "looks."  # what the names of saved tensors begin with

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class TrainedState:
    """The result of training: a network, the systems and features it knows, and its trust.

    `trust` goes from 0 (the vote) to 1 (the network); an edit is accepted from `threshold` up. Both
    hold for the systems and texts trained on, and approach the vote's as more of the systems are
    unknown and as texts look less like those, `known`. `judges` has the sums about judges.
    `calibration` is of texts alone, `correction` of edits that a language model reads, where that
    proved to help.
    """

    network: Network
    systems: tuple[str, ...]
    traits: tuple[str, ...]
    columns: tuple[str, ...]
    trust: float
    threshold: float
    judges: JudgeCounts = NO_JUDGES
    known: KnownLooks | None = None
    calibration: Calibration | None = None
    correction: Correction | None = None

    def likeness(self, looks: Looks) -> float:
        """Return how much texts with these looks are like those trained on, from 0 to 1."""
        return self.known.likeness(looks) if self.known else 1.0

    def scores(self, evidence: Evidence, likeness: float = 1.0) -> Array:
        """Return the log-odds of each candidate, shape (n,), in texts of this `likeness`.

        Raises:
            ValueError: the evidence has other columns than the training data.
        """
        if evidence.columns != self.columns:
            raise ValueError(OTHER_EVIDENCE)
        with torch.inference_mode():
            members = self.network(inputs(evidence, self.systems, self.judges.names, self.traits))
        of_network = members.mean(dim=0).numpy().astype(np.float64)
        # Among unknown systems the vote is all there is, so trust falls with their share.
        known = likeness * self.familiarity(evidence)
        trust = self.trust * known
        scores = trust * of_network + (1 - trust) * evidence.prior
        if self.correction:
            scores += known * self.correction.shift(evidence.context)
        return np.asarray(scores)

    def familiarity(self, evidence: Evidence) -> Array:
        """Return the share of trained-on systems, or copies of them, among the answers: (n,)."""
        known = [i for _, i in _known(evidence, self.systems)]
        return np.asarray(evidence.parts[:, known].sum(axis=1))

    def vote_weights(self) -> VoteWeights:
        """Return what the vote of each system gained or lost in training, as log-odds.

        Columns: all candidates, then those with the traits on which systems differ most.
        """
        on_all = self.network.reliability.detach().double().numpy()[:, None]
        by_trait = on_all + self.network.competence.detach().double().numpy()
        order = np.argsort(-np.abs(by_trait - on_all).sum(axis=0), kind="stable")[:_SHOWN]
        values = self.trust * np.concatenate([on_all, by_trait[:, order]], axis=1)
        note = (
            "How much more, or less, the vote of a system counts than its agreement with the "
            f"others would make it. The network is trusted {self.trust:.0%}, the vote the rest."
        )
        if any(name.startswith(SIZE) for name in self.traits):
            note = f"{note} {SIZES_IN_WORDS}"
        judges = (f"judge {name}" for name in self.judges.names)
        columns = ("all", *(self.traits[i] for i in order))
        return VoteWeights(values, (*self.systems, *judges), columns, note)


def inputs(
    evidence: Evidence, systems: Sequence[str], judges: Sequence[str], traits: Sequence[str]
) -> Inputs:
    """Return `evidence` as the network takes it, for what it knows.

    Judges have voices as systems do: how much better than others they find a candidate.
    """
    voices = np.zeros((len(evidence), len(systems)))
    for k, i in _known(evidence, systems):
        voices[:, k] += evidence.voices[:, i]
    judged = _arranged(evidence.judged, evidence.judges, judges)
    trait_column = {name: i for i, name in enumerate(traits)}
    has = np.zeros((len(evidence), len(traits)))
    for row, names in zip(has, evidence.traits, strict=True):
        row[[trait_column[name] for name in names if name in trait_column]] = 1.0
    arrays = (evidence.prior, evidence.values, np.hstack([voices, judged]), has)
    return Inputs(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))


def _known(evidence: Evidence, systems: Sequence[str]) -> list[tuple[int, int]]:
    """Return the number of a known system and its column in `evidence`; a copy has its original's.

    Copies share the voice of one system, so that together they have as much as the original alone.
    """
    number = {name: k for k, name in enumerate(systems)}
    pairs = []
    for i, name in enumerate(evidence.systems):
        names = [name, *(evidence.systems[j] for j in np.flatnonzero(evidence.copies[i]))]
        pairs += [(number[n], i) for n in names if n in number][:1]
    return pairs


def _arranged(matrix: Array, names: Sequence[str], wanted: Sequence[str]) -> Array:
    """Return the columns of `matrix`, called `names`, as `wanted`; 0 where there is none."""
    column = {name: i for i, name in enumerate(names)}
    known = [(k, column[name]) for k, name in enumerate(wanted) if name in column]
    arranged = np.zeros((len(matrix), len(wanted)))
    arranged[:, [k for k, _ in known]] = matrix[:, [i for _, i in known]]
    return arranged


_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Sums = tuple[_Amount, _Amount, _Amount, _Amount, FiniteFloat, _Amount]  # of `JudgeSums`

_Numbers = Annotated[
    tuple[FiniteFloat, ...], Field(min_length=len(CONTEXT), max_length=len(CONTEXT))
]  # of `Correction`


class _Facts(BaseModel):
    """The saved facts of `TrainedState`, beside the weights of the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    systems: Names
    traits: Names
    columns: Names
    trust: Share
    threshold: Share
    judges: Annotated[dict[str, _Sums], Field(max_length=MOST_JUDGES)] = {}
    calibration: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] | None = None
    correction: tuple[_Numbers, _Numbers] | None = None


def to_state(learnt: TrainedState) -> State:
    """Return the part of `learnt` to save."""
    facts = {name: getattr(learnt, name) for name in _Facts.model_fields}
    facts["judges"] = dict(learnt.judges.sums)
    tensors = {name: tensor.numpy() for name, tensor in learnt.network.state_dict().items()}
    known = learnt.known.tensors() if learnt.known else {}
    return State(facts, tensors | {_LOOKS + name: array for name, array in known.items()})


def read_state(kind: Kind, state: State) -> TrainedState:
    """Return the trained state saved as `state`, of a combiner for outputs of this kind.

    Raises:
        ValueError: it is not such a state.
        RuntimeError: the weights do not fit the names.
    """
    facts = _Facts.model_validate(state.facts)
    sizes = len(facts.columns), len(facts.systems) + len(facts.judges), len(facts.traits)
    looks = {n.removeprefix(_LOOKS): a for n, a in state.tensors.items() if n.startswith(_LOOKS)}
    weights = {n: torch.from_numpy(a) for n, a in state.tensors.items() if not n.startswith(_LOOKS)}
    # Those of older versions have a hidden layer for all kinds.
    shape = weights["hidden"].shape if "hidden" in weights else ()
    units = shape[-1] if shape else 0
    network = Network(*sizes, DESIGNS[kind]._replace(units=units))
    network.load_state_dict(weights)
    # Older artefacts have none.
    known = KnownLooks.from_tensors(looks, looks_of(kind)) if looks else None
    calibration = Calibration(*facts.calibration) if facts.calibration else None
    judges = JudgeCounts({name: JudgeSums(*sums) for name, sums in facts.judges.items()})
    correction = Correction(*facts.correction) if facts.correction else None
    made = {
        "known": known,
        "calibration": calibration,
        "judges": judges,
        "correction": correction,
    }
    return TrainedState(network, **{**dict(facts), **made})
