"""A bonus for the entropy of a policy, as large as keeps the entropy at a target."""

from math import exp, log

from torch import Tensor

_FIRST, _LEAST, _MOST = 0.1, 1e-4, 10.0
_RATE = 1.0  # of the logarithm of the weight, for each nat that the entropy is off


class EntropyBonus:
    """The weight of an entropy bonus, adapted to a target in nats a decision.

    It is adapted as in Haarnoja et al. (2018), "Soft actor-critic algorithms and applications".
    Without a target the weight is 0. A policy that has more entropy than the target gets hardly any
    bonus, but is not pushed down to it.
    """

    def __init__(self, target: float | None) -> None:
        self._target = target
        self._log = log(_FIRST)

    @property
    def weight(self) -> float:
        """The weight of the entropy, in units of reward a nat."""
        return 0.0 if self._target is None else exp(self._log)

    def adapt(self, entropy: float) -> None:
        """Raise the weight where the mean `entropy`, in nats a decision, is below the target."""
        if self._target is not None:
            moved = self._log + _RATE * (self._target - entropy)
            self._log = min(max(moved, log(_LEAST)), log(_MOST))

    def state_dict(self) -> dict[str, float]:
        """Return the weight as a checkpoint holds it."""
        return {"log": self._log}

    def load_state_dict(self, saved: dict[str, float], /) -> None:
        """Continue from a state that `state_dict` returned."""
        self._log = saved["log"]


def entropy_of(log_probabilities: Tensor) -> Tensor:
    """Return the sum of the entropies of all decisions, in nats, from each option's (n,)."""
    return -(log_probabilities.exp() * log_probabilities).sum()
