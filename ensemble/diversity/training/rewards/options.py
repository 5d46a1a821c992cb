"""The texts that choices of a member lead to, for rewards that count a further quantity."""

from collections.abc import Sequence
from dataclasses import dataclass

from ensemble.candidates import Ballot
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Choice
from ensemble.diversity.policy.kinds import OutputKind
from evaluation.data.m2 import annotated_texts
from evaluation.metrics.base import Metric
from evaluation.records import Annotated as GoldEdits


@dataclass(frozen=True, slots=True)
class Options:
    """n options of a member, each taken alone, or n whole outputs, to count a quantity from.

    `texts` are the member's with the option, all else kept, or the combined ones, and `sources`
    those without it: of edits the source, and of texts and labels an empty text. `inputs` are the
    sources of the segments, `references` the right outputs, `gold` the gold edits, which may be
    missing. `metric` is the one that the configuration names, if any.
    """

    texts: Sequence[str]
    sources: Sequence[str]
    inputs: Sequence[str]
    references: Sequence[Sequence[str]]
    gold: Sequence[GoldEdits] | None = None
    metric: Metric | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        ballots: Sequence[Ballot],
        choices: Sequence[Choice],
        kind: OutputKind,
        metric: Metric | None = None,
    ) -> "Options":
        """Return all options of `choices`, whose segments are those of `dataset` and `ballots`."""
        rows = [(choice.segment, option) for choice in choices for option in choice.options]
        right = _right_outputs(dataset)
        return cls(
            texts=[kind.render(ballots[i], option) or "" for i, option in rows],
            sources=[kind.render(ballots[i], ()) or "" for i, _ in rows],
            inputs=[dataset.sources[i] for i, _ in rows],
            references=[right[i] for i, _ in rows],
            gold=[dataset.gold[i] for i, _ in rows] if dataset.gold else None,
            metric=metric,
        )

    @classmethod
    def of_outputs(
        cls,
        dataset: Dataset,
        outputs: Sequence[tuple[int, str]],
        kind: OutputKind,
        metric: Metric | None = None,
    ) -> "Options":
        """Return whole outputs, each a segment of `dataset` and a text."""
        segments, right = [i for i, _ in outputs], _right_outputs(dataset)
        return cls(
            texts=[text for _, text in outputs],
            sources=[dataset.sources[i] if kind.edits_source else "" for i in segments],
            inputs=[dataset.sources[i] for i in segments],
            references=[right[i] for i in segments],
            gold=[dataset.gold[i] for i in segments] if dataset.gold else None,
            metric=metric,
        )


def _right_outputs(dataset: Dataset) -> Sequence[Sequence[str]]:
    return dataset.references or [annotated_texts(gold) for gold in dataset.gold]
