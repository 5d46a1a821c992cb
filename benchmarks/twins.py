"""Votes that miss each other: an output beside its own copy, spaced or encoded otherwise.

Of the edits that the output makes, how many its copy does not vote for, over all 13 systems of
BEA-dev. Edits of white space alone are not counted.
"""

import re
import unicodedata
from collections.abc import Callable

from benchmarks.table import data, publish
from ensemble.candidates import collect
from ensemble.candidates.proposals import identity
from evaluation.data.readers import read_folder
from evaluation.models.causal_lm import detokenise
from evaluation.records import Segment

Rewrite = Callable[[str], str]


def _as_it_is(text: str) -> str:
    return text


def _apart(text: str) -> str:
    return re.sub(r"(\w)([.,!?;:])", r"\1 \2", text)


def _double(text: str) -> str:
    return re.sub(r"((?:\S+ ){4}\S+) ", r"\1  ", text)


COPIES: dict[str, tuple[Rewrite, Rewrite]] = {
    "source and output running text, copy tokenised": (detokenise, _as_it_is),
    "source and output tokenised, copy running text": (_as_it_is, detokenise),
    "running text, copy with spaces before its marks": (
        detokenise,
        lambda text: _apart(detokenise(text)),
    ),
    "a double space every fifth word": (_as_it_is, _double),
    "no-break spaces": (_as_it_is, lambda text: text.replace(" ", "\u00a0")),
    "decomposed (NFD)": (_as_it_is, lambda text: unicodedata.normalize("NFD", text)),
    "curly apostrophes": (_as_it_is, lambda text: text.replace("'", "’")),
}
"""How the source and the output are written, and how the copy is."""


def main() -> None:
    """Print the table; about five minutes."""
    segments = read_folder(data("gec", "bea_dev"))
    rows = []
    for label, (output, copy) in COPIES.items():
        lost, made = map(sum, zip(*(_lost(s, output, copy) for s in segments), strict=True))
        row = {"copy": label, "edits": made, "lost": lost, "share": f"{100 * lost / made:.2f}%"}
        rows.append(row)
    publish("python -m benchmarks.twins", rows)


def _lost(segment: Segment, output: Rewrite, copy: Rewrite) -> tuple[int, int]:
    """Return how many edits of the outputs for a segment are lost to their copies, and of all."""
    source, lost, made = output(segment.source), 0, 0
    for text in set(filter(None, segment.hypotheses.values())) - {segment.source}:
        # The source is a third voter: two texts alone that are the same are taken to the letter.
        twins = Segment(source, {"output": output(text), "copy": copy(text), "other": source})
        both = collect(twins, "edits")
        alone = collect(Segment(source, {"output": output(text), "other": source}), "edits")
        voters = {identity(c.edit, both.tokens): set(c.voters) for c in both.candidates}
        ours = [identity(c.edit, both.tokens) for c in alone.candidates if c.type != "R:SPACE"]
        lost += sum(not {"output", "copy"} <= voters.get(edit, set()) for edit in ours)
        made += len(ours)
    return lost, made


if __name__ == "__main__":
    main()
