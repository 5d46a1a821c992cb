"""The registry of combiners: each is registered beside its class, with what it can do.

A combiner is one file in `ensemble/combiners/`, or in `supervised/` there where it does nothing
without labels. The registry imports these files, so they import slow libraries (scikit-learn,
pandas) inside their functions. A combiner that cannot, because it is made of torch modules, is a
package that registers in its `__init__` which module to import later, as `neural/` does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar, cast, get_type_hints

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner
from ensemble.combiners.trainable import Trainable
from ensemble.registry import Registry, parse_options
from evaluation.errors import InputError
from evaluation.registration import (
    check_class,
    check_docstring,
    check_known,
    check_name,
    check_option,
)

GROUP = "consort.combiners"
"""The entry points by which a distribution offers combiners."""

ALL_KINDS: tuple[Kind, ...] = ("edits", "texts", "labels")

USUAL: dict[Kind, str] = {"edits": "vote", "texts": "mbr", "labels": "vote"}
"""The combiner of each kind where none is named.

Whole texts are rarely the same, so that in a vote nearly each has a single vote.
"""

CombinerT = TypeVar("CombinerT", bound=Combiner)


@dataclass(slots=True)
class Entry:
    """A combiner as it is registered; see `register`. As a decorator, it takes the class."""

    name: str
    kinds: tuple[Kind, ...]
    needs_labels: bool
    stateless: bool
    uses_scores: bool
    option_names: tuple[str, ...]
    module: str | None
    trainable: bool
    writes: bool = False
    second_order: bool = False
    combiner: type[Combiner] | None = None

    def __call__(self, combiner: type[CombinerT]) -> type[CombinerT]:
        """Take `combiner` as the class of this name, and give it its name and kinds.

        Raises:
            TypeError: it is not a `Combiner` with a docstring, or must be a `Trainable` and is not;
                an option is not a field with a type and a default, or it has to be trained.
            ValueError: a combiner of that name is registered already.
        """
        check_class("combiner", combiner, Combiner)
        check_docstring("combiner", combiner)
        self.trainable = issubclass(combiner, Trainable)
        if (self.needs_labels or self.module) and not self.trainable:
            raise TypeError(f"{combiner.__name__} is not a Trainable, so it cannot learn")
        if self.needs_labels and self.option_names:
            raise TypeError(
                f"{combiner.__name__}: options=({', '.join(self.option_names)}): a combiner that"
                " has to be trained takes no options; put what it needs into `learn` and the state"
            )
        for name in self.option_names:
            check_option(combiner, name)
        if self.module is None:
            COMBINERS.add(self.name, self, combiner.__module__)
        combiner.name, combiner.all_kinds = self.name, self.kinds
        combiner.uses_scores = self.uses_scores
        self.combiner = combiner
        return combiner

    def load(self) -> type[Combiner]:
        """Return the class; its module is imported now if it was not before."""
        if self.combiner is None:
            import_module(cast(str, self.module))
        return cast(type[Combiner], self.combiner)

    def options(self) -> Mapping[str, Any]:
        """Return the type of each option, by name."""
        if not self.option_names:
            return {}
        hints = get_type_hints(self.load(), include_extras=True)
        return {name: hints[name] for name in self.option_names}


COMBINERS: Registry[Entry] = Registry(
    "combiner", "ensemble.combiners", GROUP, subpackages=("supervised",)
)


def register(
    name: str,
    *,
    kinds: Sequence[Kind],
    needs_labels: bool = False,
    stateless: bool = False,
    uses_scores: bool = False,
    options: Sequence[str] = (),
    module: str | None = None,
    writes: bool = False,
    second_order: bool = False,
) -> Entry:
    """Register a combiner, and return its entry, which decorates its class.

    Args:
        name: by which users ask for it; without spaces and `:`, `,` and `=`.
        kinds: the kinds that it can combine, a tuple, its usual one first.
        needs_labels: whether it combines nothing before it is trained.
        stateless: whether it judges one segment by itself, without `fit`; the service offers it.
        uses_scores: whether it uses the scores that judges gave the outputs, `Ballot.scores`.
        options: the fields of the class that a user may set, as in `vote:k=2`, each with a type
            and a default; a combiner that has to be trained has none. They are not for training.
        module: the module of the class, to be imported when it is needed; only for a `Trainable`
            that is slow to import.
        writes: whether its output may be a text that no system gave, so that no score is known for
            it where each system's text was scored.
        second_order: whether it combines the outputs of other combiners; then it is not a baseline
            that others are compared with.

    Raises:
        TypeError: `kinds` is not a tuple of known kinds, or `options` not a tuple.
        ValueError: the name has characters that it may not have, or is taken.
    """
    check_name("combiner", name)
    check_known(f"the kinds of {name}", kinds, ALL_KINDS)
    if not kinds:
        raise TypeError(f"the kinds of {name}: give at least one of {', '.join(ALL_KINDS)}")
    if isinstance(options, str):
        raise TypeError(f"the options of {name}: write a tuple, ({options!r},), not {options!r}")
    abilities = needs_labels, stateless, uses_scores
    is_later = module is not None  # only a trainable one is imported later
    makes = writes, second_order
    entry = Entry(name, tuple(kinds), *abilities, tuple(options), module, is_later, *makes)
    if module is not None:
        COMBINERS.add(name, entry, module)
    return entry


def names(condition: Callable[[Entry], bool] = lambda entry: True) -> list[str]:
    """Return the names of the combiners that fulfil `condition`, in alphabetical order."""
    return [name for name, entry in COMBINERS.all().items() if condition(entry)]


def writes(term: str) -> bool:
    """Return whether the combiner of a term, `name:option=value`, may write a text of its own."""
    entry = COMBINERS.all().get(term.partition(":")[0])
    return entry is not None and entry.writes


def label_free() -> list[str]:
    """Return the names of the combiners that combine without having been trained."""
    return names(lambda entry: not entry.needs_labels)


def stateless() -> list[str]:
    """Return the names of the combiners that judge one segment by itself, without `fit`."""
    return names(lambda entry: entry.stateless)


def scored() -> list[str]:
    """Return the names of the combiners that use the scores of judges."""
    return names(lambda entry: entry.uses_scores)


def trainable() -> list[str]:
    """Return the names of the combiners that can be trained."""
    return names(lambda entry: entry.trainable)


def create(term: str) -> Combiner:
    """Return a new combiner, not fitted, by `name` or `name:option=value,option=value`.

    Raises:
        InputError: the combiner or option is unknown, an option has a wrong value, or the
            combiner must be trained first.
    """
    name = term.partition(":")[0]
    entry = COMBINERS.get(name)
    if entry.needs_labels:
        message = f"{name} needs labels: train it by `consort train --combiner {name}`"
        raise InputError("invalid-option", message)
    return entry.load()(**parse_options("combiner", term, entry.options()))


def load_trainable(name: str, kind: Kind | None = None) -> type[Trainable]:
    """Return the class of the trainable combiner called `name`.

    Raises:
        InputError: there is none, it is named with options, or it does not combine this `kind`.
    """
    plain, colon, _ = name.partition(":")
    if colon and plain in trainable():
        raise InputError("invalid-option", f"{plain} is trained, and takes no options: {name!r}")
    entry = COMBINERS.get(name) if name in COMBINERS.broken() else COMBINERS.all().get(name)
    if entry is None or not entry.trainable:
        known = ", ".join(trainable())
        raise InputError("unknown-name", f"no combiner {name!r} can be trained; available: {known}")
    if kind and kind not in entry.kinds:
        raise InputError(
            "invalid-option", f"{name} combines {' or '.join(entry.kinds)}, not {kind}"
        )
    return cast(type[Trainable], entry.load())
