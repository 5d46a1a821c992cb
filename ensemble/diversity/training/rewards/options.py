"""The texts that choices of a member lead to, for rewards that count a further quantity."""

from collections.abc import Sequence
from dataclasses import dataclass

from ensemble.candidates import Ballot
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Choice
from ensemble.diversity.policy.member import apply_edits
from evaluation.metrics.base import Metric
from evaluation.records import Annotated as GoldEdits


@dataclass(frozen=True, slots=True)
class Options:
    """n options of a member, each taken alone, or n whole outputs, to count a quantity from.

    `texts` are the member's with the option, all else kept, or the combined ones; `sources` are
    those of the segments and `gold` their gold edits. `metric` is the one that the configuration
    names, if any.
    """

    texts: Sequence[str]
    sources: Sequence[str]
    gold: Sequence[GoldEdits]
    metric: Metric | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        ballots: Sequence[Ballot],
        choices: Sequence[Choice],
        metric: Metric | None = None,
    ) -> "Options":
        """Return all options of `choices`, whose segments are those of `dataset` and `ballots`."""
        rows = [(choice.segment, option) for choice in choices for option in choice.options]
        return cls(
            texts=apply_edits([ballots[i] for i, _ in rows], [option for _, option in rows]),
            sources=[dataset.sources[i] for i, _ in rows],
            gold=[dataset.gold[i] for i, _ in rows],
            metric=metric,
        )

    @classmethod
    def of_outputs(
        cls,
        dataset: Dataset,
        outputs: Sequence[tuple[int, str]],
        metric: Metric | None = None,
    ) -> "Options":
        """Return whole outputs, each a segment of `dataset` and a text."""
        return cls(
            texts=[text for _, text in outputs],
            sources=[dataset.sources[i] for i, _ in outputs],
            gold=[dataset.gold[i] for i, _ in outputs],
            metric=metric,
        )
