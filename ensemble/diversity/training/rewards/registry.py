"""The registry of rewards: each is registered beside its function, with what it needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

import numpy as np
from pydantic import AfterValidator

from ensemble.diversity.training.rewards.options import Options
from ensemble.diversity.training.rewards.state import State
from ensemble.registry import Registry, parse_options
from ensemble.types import Array
from evaluation.registration import check_docstring, check_known, check_name

GROUP = "consort.rewards"
"""The entry points by which a distribution offers rewards."""

Value = Callable[[State, float], Array]
"""The value (r,) of r segments in some state, given the F0.5 from 0 to 1 reached so far."""

ValueT = TypeVar("ValueT", bound=Callable[..., Array])

Target = Literal["own", "combined"]
"""The output whose F0.5 a reward is given: the member's own, or the combined one."""

Quantity = Callable[[Options], Array]
"""By how much each option (n,) raises a quantity of its segment; 0 where it changes nothing.

Or, of whole outputs: the value of each of n combined outputs.
"""


@dataclass(frozen=True, slots=True)
class Registered:
    """A reward as it is registered; see `register`."""

    name: str
    value: Callable[..., Array]
    quantity: Quantity | None
    whole: Quantity | None
    target: Target
    needs_metric: bool
    additive: bool

    def options(self) -> Mapping[str, Any]:
        """Return the type of each option, by name: the function's keyword-only parameters."""
        hints = get_type_hints(self.value, include_extras=True)
        parameters = signature(self.value).parameters.values()
        return {p.name: hints[p.name] for p in parameters if p.kind is Parameter.KEYWORD_ONLY}


REWARDS: Registry[Registered] = Registry("reward", __name__.rpartition(".")[0], GROUP)


def register(
    name: str,
    *,
    quantity: Quantity | None = None,
    whole: Quantity | None = None,
    target: Target = "own",
    needs_metric: bool = False,
    additive: bool = False,
) -> Callable[[ValueT], ValueT]:
    """Register the decorated function, `(state, target_f) -> (r,)`, as the reward called `name`.

    Its keyword-only parameters are options, each with a type and a default: a configuration gives
    them behind the name, as in `quality:beta=1`.

    Args:
        name: the term as a configuration names it.
        quantity: how much each option adds to a further quantity, which the function finds as
            `state.quantities[name]`; without one, the counts of `State` are all there is.
        whole: the value of each whole combined output, which the function finds as
            `state.whole_value(name)`; it need not be a sum over edits.
        target: whose F0.5 over all segments the function is given, the member's own or that of the
            combined output.
        needs_metric: whether `quantity` or `whole` needs `Options.metric`.
        additive: whether the value of a segment is a sum over the options chosen in it.

    Raises:
        TypeError: the target is unknown, `quantity` or `whole` is not a function, both are given,
            or the decorated function does not have the parameters that it needs, or has no
            docstring.
        ValueError: the name has characters that it may not have, or is taken.
    """
    check_name("reward", name, spaces=True)
    check_known(f"the target of {name}", [target], get_args(Target))
    if quantity is not None and whole is not None:
        raise TypeError(f"{name} counts a quantity of options or of whole outputs, not both")
    for counting in (quantity, whole):
        if counting is not None and not callable(counting):
            raise TypeError(f"the quantity of {name} is {counting!r}, not a function of `Options`")

    def decorate(value: ValueT) -> ValueT:
        check_docstring("reward", value)
        _check_parameters(value)
        entry = Registered(name, value, quantity, whole, target, needs_metric, additive)
        REWARDS.add(name, entry, value.__module__)
        return value

    return decorate


def _check_parameters(value: Callable[..., Array]) -> None:
    """Check that a reward takes `(state, target_f)`, and each option with a type and a default."""
    name, parameters = value.__name__, signature(value).parameters.values()
    if sum(p.kind is not Parameter.KEYWORD_ONLY for p in parameters) != 2:
        raise TypeError(f"{name} takes (state, target_f), and its options after a `*`")
    for option in (p for p in parameters if p.kind is Parameter.KEYWORD_ONLY):
        if option.annotation is Parameter.empty:
            raise TypeError(f"{name}: the option {option.name} needs a type")
        if option.default is Parameter.empty:
            raise TypeError(f"{name}: the option {option.name} needs a default")


def registered(term: str) -> Registered:
    """Return the reward that a term names, `name` or `name:option=value,option=value`.

    Raises:
        ValueError: the reward is unknown.
    """
    return REWARDS.get(term.partition(":")[0])


def count_quantities(names: Iterable[str], options: Options) -> dict[str, Array]:
    """Return what each reward in `names` counts for each of n options or whole outputs, (n,).

    Raises:
        ValueError: a reward does not count a quantity, or counts something else than n numbers.
    """
    if not options.texts:
        return {name: np.zeros(0) for name in names}
    return {name: _count(registered(name), options) for name in sorted(names)}


def value_of(term: str) -> Value:
    """Return the function of a term, with the options that it gives.

    Raises:
        ValueError: the reward or an option is unknown, or an option has a wrong value.
    """
    reward = registered(term)
    return partial(reward.value, **parse_options("reward", term, reward.options()))


def _count(reward: Registered, options: Options) -> Array:
    quantity = reward.quantity or reward.whole
    if quantity is None:
        raise ValueError(f"the reward {reward.name!r} does not count a quantity")
    counted = np.asarray(quantity(options), dtype=np.float64)
    if counted.shape != (len(options.texts),):
        shape = f"{counted.shape}, not ({len(options.texts)},)"
        raise ValueError(f"the quantity of the reward {reward.name!r} has the shape {shape}")
    return counted


def _known(term: str) -> str:
    value_of(term)
    return term


Term = Annotated[str, AfterValidator(_known)]
"""A registered reward, with options or without."""
