"""The context that all learners of the study share: minimal pairs, held-out text, tokens, cache."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ensemble.answer_cache import digest
from ensemble.diagnosis.result_cache import Content, ResultCache
from ensemble.diagnosis.trajectories.blimp import Paradigm, read_blimp
from ensemble.diagnosis.trajectories.config import Language, Plan
from ensemble.diagnosis.trajectories.corpus import Corpus, read_corpus, tokenizer_of, tokens_of
from ensemble.diagnosis.trajectories.minimal_pairs import PairResults, Scorer, score_pairs
from ensemble.types import Integers

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_SIGNS = {"0": 0.0, "=": 0.5, "1": 1.0}
"""How results on pairs are stored: one character each, as there are many."""


@dataclass(frozen=True, eq=False)
class StudyContext:
    """The shared context; `mark` is a digest of the pairs, the corpora and the tokens."""

    plan: Plan
    paradigms: Sequence[Paradigm]
    corpora: dict[str, Corpus]
    held_out: Sequence[str]
    tokenizer: "Tokenizer | None"
    cache: ResultCache
    mark: str

    def results(
        self, name: str, step: int | None, depends: Content, scorer: Callable[[], Scorer]
    ) -> PairResults:
        """Return a learner's results on the pairs; `scorer` is made only if they are not cached."""

        def compute() -> Content:
            results = score_pairs(name, step, scorer(), self.paradigms, self.held_out)
            sign = {value: sign for sign, value in _SIGNS.items()}
            right = ["".join(sign[value] for value in row) for row in results.right.tolist()]
            return {"right": right, "perplexity": results.perplexity}

        row = self.cache.row(
            f"judged {name} {step or ''}", {**depends, "study": self.mark}, compute
        )
        right = np.array([[_SIGNS[sign] for sign in signs] for signs in row["right"]])
        return PairResults(name, step, right, row["perplexity"])

    def tokens(self, texts: Sequence[str]) -> list[Integers]:
        """Return the tokens of texts."""
        assert self.tokenizer is not None
        return tokens_of(self.tokenizer, texts)

    @cached_property
    def training_tokens(self) -> dict[str, list[Integers]]:
        """The tokens of each corpus, to train on."""
        return {name: self.tokens(corpus.train) for name, corpus in self.corpora.items()}


def open_study(language: Language, plan: Plan, root: Path, folder: Path | None) -> StudyContext:
    """Read pairs and corpora, and learn the tokens, which all networks and n-grams share.

    Raises:
        DataError: a file is missing or not as it should be.
    """
    choice = language.blimp
    paradigms = read_blimp(root / choice.path, choice.pairs, choice.paradigms)
    corpora = {
        name: read_corpus(root, files, plan.words) for name, files in language.corpora.items()
    }
    all_corpora = list(corpora.values())
    train = [line for corpus in all_corpora for line in corpus.train]
    if all_corpora:
        held_out: Sequence[str] = all_corpora[0].held_out
    else:
        # Models trained elsewhere still need some text for their perplexity.
        held_out = [good for paradigm in paradigms for good, _ in paradigm.pairs[:3]]
    tokenizer = tokenizer_of(train, plan.tokens) if all_corpora else None
    texts = "\n".join([*held_out, *(str(paradigm) for paradigm in paradigms)])
    mark = f"{digest(texts, 12)}-{digest(''.join(train), 12)}-{plan.tokens}"
    return StudyContext(plan, paradigms, corpora, held_out, tokenizer, ResultCache(folder), mark)
