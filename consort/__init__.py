"""Combine the outputs of several systems in Python, in the conventions of scikit-learn.

The names below are the public interface of Consort for users; `ensemble` and `evaluation` have the
parts it is made of. They are imported when they are first used, so that `import consort` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consort.combiner import Combiner
    from consort.labels import LabelCombiner
    from consort.scoring import score
    from evaluation.data.class_probabilities import segment_of
    from evaluation.errors import ConsortError
    from evaluation.metrics.registry import load_metric, metric_names
    from evaluation.records import Segment
    from evaluation.version import VERSION as __version__  # noqa: N811

__all__ = [
    "Combiner",
    "ConsortError",
    "LabelCombiner",
    "Segment",
    "__version__",
    "load_metric",
    "metric_names",
    "score",
    "segment_of",
]

_HOMES = {
    "Combiner": ("consort.combiner", "Combiner"),
    "ConsortError": ("evaluation.errors", "ConsortError"),
    "LabelCombiner": ("consort.labels", "LabelCombiner"),
    "Segment": ("evaluation.records", "Segment"),
    "__version__": ("evaluation.version", "VERSION"),
    "load_metric": ("evaluation.metrics.registry", "load_metric"),
    "metric_names": ("evaluation.metrics.registry", "metric_names"),
    "score": ("consort.scoring", "score"),
    "segment_of": ("evaluation.data.class_probabilities", "segment_of"),
}


def __getattr__(name: str) -> object:
    """Return a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Return the public names, for completion in notebooks."""
    return sorted(__all__)
