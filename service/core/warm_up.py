"""Examples combined when the service starts, so that no request is the first.

The first combination of a kind compiles regular expressions and fills caches, and takes several
times as long as the second.
"""

from collections.abc import Iterator
from typing import get_args

from ensemble.candidates import Kind
from evaluation.records import Segment
from service.core.query import Query

_SOURCE = "She go to school every day , and she eat a apple ."
_TEXTS = {
    "a": "She goes to school every day, and she eats an apple.",
    "b": "She goes to school every day , and she eat an apple .",
    "c": "She go to the school every days , and eat a apple .",
}
_OUTPUTS = {"edits": _TEXTS, "texts": _TEXTS, "labels": {"a": "yes", "b": "no", "c": "yes"}}


def examples() -> Iterator[tuple[Query, Segment]]:
    """Yield a query of each kind, with its segment."""
    for kind in get_args(Kind):
        outputs = _OUTPUTS[kind]
        yield Query(_SOURCE, outputs, kind=kind), Segment(_SOURCE, outputs)
