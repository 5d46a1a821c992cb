"""Metrics and their meta-evaluation; imports neither `ensemble` nor `service`.

The names below are the public interface; everything else may move. They are imported when they
are first used, so that `import evaluation` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluation.data.readers import read_folder
    from evaluation.metrics.base import Score, Texts
    from evaluation.metrics.registry import load_metric, metric_names
    from evaluation.records import DataError, Segment
    from evaluation.version import VERSION

__all__ = [
    "VERSION",
    "DataError",
    "Score",
    "Segment",
    "Texts",
    "load_metric",
    "metric_names",
    "read_folder",
]

_HOMES = {
    "evaluation.data.readers": ("read_folder",),
    "evaluation.metrics.base": ("Score", "Texts"),
    "evaluation.metrics.registry": ("load_metric", "metric_names"),
    "evaluation.records": ("DataError", "Segment"),
    "evaluation.version": ("VERSION",),
}


def __getattr__(name: str) -> object:
    """Return a public name from the module that defines it."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
