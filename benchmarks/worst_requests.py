"""Requests made to cost: small recipes for long texts, and the work that each of them makes.

A recipe says how a request of any length is made: which words its texts repeat, and how each system
changes them. So the cost of a recipe can be compared between two lengths.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Self

from hypothesis import strategies as st

from benchmarks.worst_changes import CHANGES, Change
from ensemble.candidates import Kind
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.registry import create
from evaluation.records import Segment
from service.core import strict_json
from service.core.admission.segments import work_of
from service.core.combining import combine_segment, is_certain
from service.languagetool import sentences
from service.languagetool.document import Part, read
from service.languagetool.matches import matches
from service.languagetool.rules import Selection

MOST_SYSTEMS = 8
_ATOMS = (
    *("w#", "a#b", "The", "had", "do n't", "don't", "don’t", "he 's", "sub# way", "well-known#"),
    *("x# - y#", ".", ",", "?!", "“#”", "...", "`c#`", "http://a.b/#", "{#}", "<b>", "я", "я#/я"),
    *("漢字", "の", "e\u0301#", "\u200b#", "m" * 200, "12", "1,000", "The answer is #.", "#### #"),
    *("\\boxed{#}", "```", "$x#$", "A.", "Mr."),
)  # a `#` is the number of its place, so that words differ


@dataclass(frozen=True)
class Recipe:
    """A request to combine: the words that its source repeats, and the changes of each system.

    `between` stands between the words of all texts; outputs may have `between_outputs` instead.
    """

    atoms: tuple[str, ...]
    systems: tuple[tuple[Change, ...], ...]
    between: str = " "
    between_outputs: str | None = None
    kind: Kind = "edits"
    combiner: str = "vote"

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Return the recipe that `fields` made this JSON object of."""
        systems = tuple(tuple(Change(*change) for change in own) for own in content["systems"])
        return cls(**{**content, "atoms": tuple(content["atoms"]), "systems": systems})

    def fields(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self) | {"systems": [[list(change) for change in s] for s in self.systems]}

    def segment(self, words: int) -> Segment:
        """Return the segment of this recipe, with a source of this many words."""
        atoms = self.atoms
        source = [atoms[i % len(atoms)].replace("#", str(i)) for i in range(words)]
        outputs = {f"s{i}": self._changed(source, own) for i, own in enumerate(self.systems)}
        return Segment(self.between.join(source), outputs)

    def _changed(self, words: Sequence[str], changes: Sequence[Change]) -> str:
        for change in changes:
            words = [
                new
                for place, word in enumerate(words)
                for new in (CHANGES[change.name](word) if change.falls_on(place) else (word,))
            ]
        between = self.between if self.between_outputs is None else self.between_outputs
        return between.join(words)


RECIPES = st.builds(
    Recipe,
    st.lists(st.sampled_from(_ATOMS), min_size=1, max_size=6).map(tuple),
    st.lists(
        st.lists(
            st.builds(
                Change, st.sampled_from(sorted(CHANGES)), st.integers(1, 24), st.integers(0, 23)
            ),
            max_size=3,
        ).map(tuple),
        min_size=2,
        max_size=MOST_SYSTEMS,
    ).map(tuple),
    st.sampled_from([" ", " ", " ", ""]),
    st.sampled_from([None, None, "", " ", "  ", "\n", "\u3000"]),
)
"""Recipes for requests to correct."""

Work = Callable[[], object]


def combining(recipe: Recipe, words: int) -> tuple[Work, int, int]:
    """Return the work of combining, its estimate in units, and the characters of the texts."""
    segment, combiner = recipe.segment(words), create(recipe.combiner)
    units = asyncio.run(work_of(segment, recipe.kind, combiner))
    work = partial(combine_segment, segment, recipe.kind, combiner, "keep", ())
    return work, units, characters(segment)


def estimating(recipe: Recipe, words: int) -> tuple[Work, int, int]:
    """Return the work of the estimate itself, which is done on the event loop, text by text."""
    segment, combiner = recipe.segment(words), create(recipe.combiner)
    texts = characters(segment)
    return lambda: asyncio.run(work_of(segment, recipe.kind, combiner)), texts, texts


def settling(recipe: Recipe, words: int) -> tuple[Work, int, int]:
    """Return the work of deciding whether a missing system can change the outcome."""
    segment, combiner = recipe.segment(words), create(recipe.combiner)
    outputs = {**segment.hypotheses, "missing": None}
    incomplete = Incomplete(Segment(segment.source, outputs), recipe.kind, [["missing"]])
    units = asyncio.run(work_of(incomplete.segment, recipe.kind, combiner))
    return partial(is_certain, combiner, incomplete), units, characters(segment)


def checking(recipe: Recipe, words: int) -> tuple[Work, int, int]:
    """Return the work of a check beside combining: sentences, positions and matches."""
    segment = recipe.segment(words)
    _, combination = combine_segment(segment, "edits", create("vote"), "keep", ())
    everything = Selection(frozenset(), frozenset(), False)

    def work() -> None:
        list(sentences.spans(segment.source))
        read([Part(segment.source)])
        matches(segment.source, combination, everything)

    return work, len(segment.source), len(segment.source)


def parsing(recipe: Recipe, words: int) -> tuple[Work, int, int]:
    """Return the work of reading the body of a request."""
    segment = recipe.segment(words)
    body = json.dumps({"source": segment.source, "outputs": dict(segment.hypotheses)}).encode()
    return partial(strict_json.parse, body), len(body), len(body)


ROUTES: dict[str, Callable[[Recipe, int], tuple[Work, int, int]]] = {
    "combine": combining,
    "estimate": estimating,
    "settle": settling,
    "check": checking,
    "parse": parsing,
}
"""By name: the work of a recipe with a source of this many words, its units and characters."""


def characters(segment: Segment) -> int:
    """Return the characters of the texts of a segment."""
    return len(segment.source) + sum(len(text or "") for text in segment.hypotheses.values())
