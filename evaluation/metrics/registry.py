"""Metrics by name: registered in this package, offered by another, or trained by the user.

A metric is one module of this package with a class under `@register`. The modules are found by
looking into the folder, and all are imported at the first look-up: that is cheap because each
imports its heavy libraries (torch, transformers, sacrebleu) only when it scores.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import get_annotations, signature
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, cast, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from evaluation import metrics
from evaluation.errors import InputError, plain_fault
from evaluation.metrics.base import BaseMetric, Metric, Need, spell
from evaluation.registration import (
    check_class,
    check_docstring,
    check_free,
    check_known,
    check_name,
    check_option,
    import_modules,
    load_fault,
)

GROUP = "consort.metrics"
"""The entry points by which another package offers metrics: name to a class or a factory.

The class is a `BaseMetric` under `@register`. A factory takes nothing, or the name of a model.
"""

MODEL = "model"
"""The option of a metric that asks a model: which; it can also be given apart (`--model`)."""

Cost = Literal["low", "medium", "high"]
"""The time a text takes, whatever it is: grows with its words, grows with its characters in pure
Python, or has no useful bound (a model is asked, or many alternatives are searched)."""

M = TypeVar("M", bound=BaseMetric)


class Option(NamedTuple):
    """An option of a metric; `kind` is its type, with the bounds that pydantic checks.

    `default` is a number, a text or a truth value.
    """

    name: str
    kind: Any
    default: Any


@dataclass(frozen=True)
class Entry:
    """A registered metric."""

    name: str
    metric: type[BaseMetric]
    needs: frozenset[Need]
    cost: Cost

    @property
    def summary(self) -> str:
        """A description in one line: the first of the class's docstring."""
        return (self.metric.__doc__ or "").partition("\n")[0].rstrip(".")

    @property
    def options(self) -> tuple[Option, ...]:
        """Its options: the fields of the class."""
        kinds = get_type_hints(self.metric, include_extras=True)
        named = fields(self.metric)
        return tuple(Option(field.name, kinds[field.name], field.default) for field in named)


_ENTRIES: dict[str, Entry] = {}


def register(name: str, *needs: Need, cost: Cost = "high") -> Callable[[type[M]], type[M]]:
    """Return a decorator that registers a metric class under `name`.

    The class is a frozen dataclass derived from `BaseMetric`; each field is an option and has a
    default. The first line of its docstring is shown as its description.

    Args:
        name: what it is asked for by; without `:`, `,` and `=`.
        needs: the fields of `Texts` that must be given.
        cost: see `Cost`; within a request, a service does not offer metrics of `high` cost.

    Raises:
        ValueError: the name is taken by another class, or cannot be written with options.
        TypeError: the class is not a `BaseMetric` with a docstring, an option has no type or no
            default or is not a dataclass field, or a need or the cost is unknown.
    """
    check_name("metric", name)
    check_known(f"the needs of {name}", needs, get_args(Need))
    check_known(f"the cost of {name}", [cost], get_args(Cost))

    def add(metric: type[M]) -> type[M]:
        check_class("metric", metric, BaseMetric)
        known = _ENTRIES.get(name)
        # By place and not by identity: a module that is loaded again registers its class again.
        if known and _place(known.metric) != _place(metric):
            check_free("metric", name, metric.__module__, known.metric.__module__)
        for option in _options(metric):
            check_option(metric, option)
        check_docstring("metric", metric)
        metric.registered, metric.needs = name, frozenset(needs)
        _ENTRIES[name] = Entry(name, metric, frozenset(needs), cost)
        return metric

    return add


def load_metric(name: str, model: str | None = None) -> Metric:
    """Return the metric called `name`, of this package or of one that offers it.

    Args:
        name: one of `metric_names`, with options where wanted (`chrf:word_order=2,beta=1`), or
            the name that a metric was trained under.
        model: the folder of that trained metric; or which model a metric asks.

    Raises:
        InputError: there is no such metric or option, an option's value is wrong, or the metric
            takes no model.
        DataError: the trained metric cannot be read.
    """
    if model is not None and Path(model, "manifest.json").is_file():
        return _trained(name, Path(model))
    plain, options = parse(name)
    if model is not None:
        options = {**options, MODEL: model}
    return build(plain, options)


def build(name: str, options: Mapping[str, object]) -> Metric:
    """Return the metric registered as `name`, with `options`; text is read as its option's type.

    Raises:
        InputError: see `load_metric`.
    """
    registered = entries()
    if name in registered:
        return registered[name].metric(**checked(registered[name], options))
    offers = _offers()
    if name not in offers:
        known = f"no metric {name!r}; available: {', '.join(metric_names())}"
        raise InputError("unknown-name", f"{known}; a trained one needs the --model it is in")
    loaded = _load(offers[name])
    if isinstance(loaded, type) and issubclass(loaded, BaseMetric):
        return build(loaded.registered, options)  # a second name of a registered class
    return _by_factory(name, loaded, options)


def parse(name: str) -> tuple[str, dict[str, object]]:
    """Return the plain name and the options, as text, of `chrf:word_order=2,beta=1`.

    Raises:
        InputError: an option is not `key=value`, or is given twice.
    """
    plain, colon, rest = name.partition(":")
    pairs = [part.partition("=") for part in rest.split(",")] if colon else []
    options: dict[str, object] = {key.strip(): value.strip() for key, _, value in pairs}
    if not all(equals for _, equals, _ in pairs):
        message = f"{name}: an option is key=value, as in chrf:word_order=2"
        raise InputError("invalid-option", message)
    if len(options) < len(pairs):
        raise InputError("invalid-option", f"{name}: an option is given twice")
    return plain, options


def full_name(name: str, options: Mapping[str, object] | None = None) -> str:
    """Return a metric's name with its options, written one way: those that are not defaults.

    A metric that is not registered keeps its name as it is written.

    Raises:
        InputError: there is no such option, or its value is wrong.
    """
    plain, given = parse(name)
    given |= options or {}
    entry = entries().get(plain)
    if entry is None:
        return spell(plain, given)
    values = checked(entry, given)
    changed = {o.name: values.get(o.name, o.default) for o in entry.options}
    return spell(plain, {o.name: changed[o.name] for o in entry.options
                         if changed[o.name] != o.default})  # fmt: skip


def checked(entry: Entry, options: Mapping[str, object]) -> dict[str, object]:
    """Return `options` as the types that the metric's options have.

    Raises:
        InputError: there is no such option, or its value is wrong; the message names them all.
    """
    known = {option.name: option for option in entry.options}
    values: dict[str, object] = {}
    for key, value in options.items():
        if key not in known:
            if key == MODEL:
                raise InputError("invalid-option", f"{entry.name} takes no model")
            message = f"{entry.name} has no option {key!r}; {_listed(entry)}"
            raise InputError("invalid-option", message)
        try:
            values[key] = TypeAdapter(known[key].kind).validate_python(value)
        except ValidationError as error:
            fault = plain_fault(error.errors()[0]["msg"])
            message = f"{entry.name}: {key}={value}: {fault}; {_listed(entry)}"
            raise InputError("invalid-option", message) from None
    return values


def metric_names() -> list[str]:
    """Return the names that `load_metric` knows, in order."""
    return sorted({*entries(), *_offers()})


def entries() -> dict[str, Entry]:
    """Return the registered metrics of this package and of plugins by name, in order."""
    _import_all()
    return dict(sorted(_ENTRIES.items()))


def broken() -> Mapping[str, str]:
    """Return why plugins cannot be loaded, by name; each is told where its metric is asked for."""
    faults = {offer.name: load_fault(offer) for offer in entry_points(group=GROUP)}
    return {name: fault for name, fault in sorted(faults.items()) if fault is not None}


@cache
def _import_all() -> None:
    import_modules(metrics.__name__)
    for offer in entry_points(group=GROUP):
        load_fault(offer)


def _offers() -> dict[str, EntryPoint]:
    """Return the plugins that do not register a class: factories, and those that cannot be loaded.

    Plugins can add metrics, but not replace those of this package.
    """
    registered = entries()
    offers = entry_points(group=GROUP)
    return {offer.name: offer for offer in offers if offer.name not in registered}


def _load(offer: EntryPoint) -> Callable[..., object]:
    """Return the class or factory that an entry point names.

    Raises:
        InputError: it cannot be loaded; the message names the entry point.
    """
    if fault := load_fault(offer):
        raise InputError("unknown-name", fault)
    return cast(Callable[..., object], offer.load())


def _by_factory(name: str, factory: Callable[..., object], options: Mapping[str, object]) -> Metric:
    if others := [key for key in options if key != MODEL]:
        message = f"{name} has no option {others[0]!r}; it is not a registered class"
        raise InputError("invalid-option", message)
    if MODEL not in options:
        return cast(Metric, factory())
    if not signature(factory).parameters:
        raise InputError("invalid-option", f"{name} takes no model")
    return cast(Metric, factory(options[MODEL]))


def _trained(name: str, folder: Path) -> Metric:
    # Imported here: it needs torch, which no other metric should wait for.
    from evaluation.metrics.learned.artefact import read

    rating = read(folder)
    if rating.name != name:
        raise InputError("unknown-name", f"{folder} rates {rating.name}, not {name}")
    return rating


def _listed(entry: Entry) -> str:
    """Return the options in words, with their defaults."""
    options = [f"{option.name} ({option.default})" for option in entry.options]
    return f"its options: {', '.join(options)}" if options else "it takes no options"


def _place(metric: type) -> tuple[str, str]:
    return metric.__module__, metric.__qualname__


def _options(metric: type[BaseMetric]) -> set[str]:
    """Return the names that a class defines as options, whether as it should or not."""
    annotated = [
        name for name, kind in get_annotations(metric).items() if "ClassVar" not in str(kind)
    ]
    # What has `__get__` is a method or a property.
    values = {name for name, value in vars(metric).items() if not hasattr(value, "__get__")}
    plain = {name for name in values if not name.startswith("_")} - set(get_annotations(metric))
    named = {field.name for field in fields(metric)}
    return {*named, *annotated, *plain} - set(get_annotations(BaseMetric))
