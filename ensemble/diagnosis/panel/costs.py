"""The calls, tokens and price of answering each prompt.

Tokens are those in `usage.csv` beside the outputs; without it they are estimated from the length of
texts, which leaves out system prompts, examples and hidden reasoning.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.config import Judging, Panel, Price
from ensemble.types import Array
from evaluation.data.tabular import CSV, Columns
from evaluation.errors import InputError
from evaluation.records import DataError

FILE = "usage.csv"
"""The file of tokens in a folder of outputs: `system,segment,tokens_in,tokens_out`."""

CALLS, READ, WRITTEN, PRICE = range(4)
"""The columns of costs, shape (m, 4) for m prompts; a price of NaN is unknown."""

_COLUMNS = ("system", "segment", "tokens_in", "tokens_out")
_BYTES = 4  # of UTF-8 for one token: four letters of English, one and a third of Chinese
_SCORE_TOKENS = 8  # that a judge writes for one output, as in {"A": 7}
_MILLION = 1e6

ESTIMATE = (
    f"tokens are estimated as bytes of UTF-8 / {_BYTES} of the prompt in source.txt and of the "
    f"output, without system prompts, examples or hidden reasoning; {FILE} gives the real ones"
)

NO_SOURCE = "without source.txt the tokens that models read are counted as 0"

Usage = Mapping[tuple[str, int], tuple[float, float]]
"""Tokens read and written, by output and prompt, from 1."""


class Costs:
    """The costs of outputs and judges, as arrays of shape (m, 4) with the columns above."""

    def __init__(
        self, answers: Answers, prices: Mapping[str, Price], judging: Judging, usage: Usage
    ) -> None:
        """Take the prices, the way judges were asked, and the tokens that are known.

        Raises:
            InputError: a price is for a model or judge that is not there.
        """
        known = [*(model.name for model in answers.models), *answers.judges]
        if unknown := [name for name in prices if name not in known]:
            listed = ", ".join(dict.fromkeys(known))
            message = f"prices: no model or judge {unknown[0]!r}; available: {listed}"
            raise InputError("unknown-name", message)
        self._answers, self._prices, self._judging = answers, prices, judging
        self._usage = usage
        self._sources = np.array([tokens(segment.source) for segment in answers.segments])
        names = answers.segments[0].hypotheses
        self._written = {
            name: np.array([tokens(s.hypotheses[name] or "") for s in answers.segments])
            for name in names
        }

    @classmethod
    def of(cls, answers: Answers, config: Panel) -> "Costs":
        """Return the costs of `answers` by the prices of `config`, and the file of usage.

        Raises:
            DataError: the file of usage is not as it should be.
            InputError: a price is for a model or judge that is not there.
        """
        folder = config.root / config.outputs.path
        path = (folder if folder.is_dir() else folder.parent) / FILE
        usage = read_usage(path, answers) if path.exists() else {}
        return cls(answers, config.prices, config.outputs.judging, usage)

    @property
    def notes(self) -> list[str]:
        """How tokens are estimated, where the usage of any output is not given."""
        n = len(self._answers.segments)
        every = ((name, i) for name in self._written for i in range(1, n + 1))
        if all(key in self._usage for key in every):
            return []
        return [ESTIMATE, *([] if self._answers.segments[0].has_source else [NO_SOURCE])]

    def outputs(self, names: Sequence[str]) -> Array:
        """Return the cost of one call for each of the outputs `names`."""
        return np.asarray(np.sum([self._output(name) for name in names], axis=0))

    def judges(self, judges: Sequence[str], names: Sequence[str]) -> Array:
        """Return the cost of asking `judges` about the outputs `names`, where they scored any."""
        none = np.zeros((len(self._sources), 4))
        every = [none, *(self._judge(judge, names) for judge in judges)]
        return np.asarray(np.sum(every, axis=0))

    def _output(self, name: str) -> Array:
        read, written = self._sources.copy(), self._written[name].copy()
        for i in range(len(read)):
            read[i], written[i] = self._usage.get((name, i + 1), (read[i], written[i]))
        return self._priced(self._answers.model_of(name), np.ones(len(read)), read, written)

    def _judge(self, judge: str, names: Sequence[str]) -> Array:
        asked = np.array([
            float(any(name in segment.scores.get(judge, {}) for name in names))
            for segment in self._answers.segments
        ])  # fmt: skip
        judging = self._judging
        shown = min(judging.shown or len(names), len(names))
        outputs = np.sum([self._written[name] for name in names], axis=0) * shown / len(names)
        read = self._sources + outputs
        if judging.tokens_in is not None:
            read = np.full_like(read, judging.tokens_in)
        written = _SCORE_TOKENS * shown if judging.tokens_out is None else judging.tokens_out
        calls = asked * judging.calls
        return self._priced(judge, calls, calls * read, calls * written)

    def _priced(self, name: str, calls: Array, read: Array, written: Array) -> Array:
        price = self._prices.get(name)
        paid = np.full_like(read, np.nan)
        if price is not None:
            paid = (read * price.read + written * price.written) / _MILLION
        return np.stack([calls, read, written, paid], axis=1)


def tokens(text: str) -> float:
    """Return the estimated number of tokens of `text`."""
    return len(text.encode("utf-8", "replace")) / _BYTES


def read_usage(path: Path, answers: Answers) -> Usage:
    """Read the tokens of outputs; rows may be missing, or be of other systems.

    Raises:
        DataError: a column is missing, a segment is unknown or there twice, or a number of tokens
            is not a whole number from 0.
    """
    usage: dict[tuple[str, int], tuple[float, float]] = {}
    names, n = answers.segments[0].hypotheses, len(answers.segments)
    for line, (system, segment, *counts) in Columns(path, CSV).select(_COLUMNS):
        number = int(segment) if segment.strip().isdecimal() else 0
        if not 1 <= number <= n:
            fault = f"segment {segment!r} is not a whole number from 1 to {n}, the last"
            raise DataError(path, line, fault)
        if not all(count.strip().isdecimal() for count in counts):
            raise DataError(path, line, f"{' and '.join(counts)} are not whole numbers of tokens")
        if (system, number) in usage:
            raise DataError(path, line, f"{system} is there twice for segment {number}")
        if system in names:
            usage[system, number] = float(counts[0]), float(counts[1])
    return usage
