"""The most that a panel could change, where neither references nor judges tell right from wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.candidates import Ballot
from ensemble.candidates.labels import label_key
from ensemble.combiners.utility import by_answer
from ensemble.decoding.decode import Combination
from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.ways import Combining, Way
from ensemble.types import Array
from evaluation.reporting.page import Section
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap

DIFFER = "prompts with another answer than the combined one, %"
ANY = "prompts on which any two differ, %"

_HUNDRED = 100.0


@dataclass(frozen=True, eq=False)
class Changed:
    """How often an output and the combined one differ, in percent with the 95% interval."""

    name: str
    share: float
    low: float
    high: float

    def row(self, level: str, statistic: str, n: int) -> Row:
        """Return it as a row."""
        return Row(self.name, level, statistic, self.share, self.low, self.high, n)


@dataclass(frozen=True, eq=False)
class Agreement:
    """How often each output differs from the combined one of `way`, and any two differ."""

    way: Way
    outputs: Sequence[Changed]
    any_two: Changed
    n: int

    def rows(self) -> Iterator[Row]:
        """Yield the shares as rows."""
        yield self.any_two.row(self.way.level, ANY, self.n)
        yield Row(self.way.name, self.way.level, "calls a prompt", float(len(self.outputs)))
        for changed in self.outputs:
            yield changed.row("single", DIFFER, self.n)

    def section(self) -> Section:
        """Return the shares as a figure.

        Raises:
            ImportError: matplotlib is missing; the message names the extra to install.
        """
        from evaluation.reporting.plots import bars

        names = [changed.name for changed in self.outputs]
        shares = np.array([(c.share, c.low, c.high) for c in self.outputs])
        drawing = bars(names, shares[:, 0], shares[:, 1], shares[:, 2], DIFFER)
        return Section(f"Changes by {self._named}", (), drawing)

    def sentence(self) -> str:
        """Return the conclusion in one sentence."""
        least = min(self.outputs, key=lambda changed: changed.share)
        most = max(self.outputs, key=lambda changed: changed.share)
        return (
            f"Without references or a judge no gain can be shown: {self._named} answers "
            f"otherwise than {least.name} on {least.share:.1f}% of {self.n} prompts and than "
            f"{most.name} on {most.share:.1f}%, the most that it can change"
        )

    @property
    def _named(self) -> str:
        return f"the {self.way.name}" if self.way.level == "panel" else self.way.name


def agreement_of(way: Way, answers: Answers, combining: Combining) -> Agreement:
    """Return how often the outputs that `way` combines differ in content from what it gives.

    Texts that state the same final answer do not differ, where answers count; other texts differ
    unless they are the same apart from spacing and glyphs.
    """
    (part,) = way.parts
    outcome = combining.outcome(way, part, ())
    pairs = list(zip(outcome.ballots, outcome.outputs, strict=True))
    agreeing = [_agreeing(ballot, output, answers, i) for i, (ballot, output) in enumerate(pairs)]
    outputs = [_changed(name, np.array([name not in names for names in agreeing])) for name in part]
    any_two = np.array([len(names) < len(part) for names in agreeing])
    return Agreement(way, outputs, _changed(way.name, any_two), len(pairs))


def _agreeing(ballot: Ballot, output: Combination, answers: Answers, place: int) -> set[str]:
    """Return the systems whose output says the same as the combined one."""
    if ballot.kind == "edits":
        given = answers.segments[place].hypotheses
        text = label_key(output.text or "")
        return {n for n in ballot.systems if label_key(given[n] or "") == text}
    chosen = {v for d in output.decisions if d.accepted for v in d.candidate.voters}
    candidates = by_answer(ballot).candidates if ballot.kind == "texts" else ballot.candidates
    return {voter for c in candidates if chosen & set(c.voters) for voter in c.voters}


def _changed(name: str, differs: Array) -> Changed:
    counts = differs[:, None].astype(float)
    n = len(counts)
    low, high = map(float, bootstrap(counts, lambda sums: _HUNDRED * sums[..., 0] / n))
    return Changed(name, _HUNDRED * float(counts.mean()), low, high)
