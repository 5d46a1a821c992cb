"""Every learner of the study, judged at every checkpoint; what was judged is kept."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor, nn

from ensemble.diagnosis.result_cache import Content, Kept
from ensemble.diagnosis.trajectories.blimp import Paradigm, read_blimp
from ensemble.diagnosis.trajectories.config import Language, Other, Plan
from ensemble.diagnosis.trajectories.judging import Judged, Scorer, judge, length_learner
from ensemble.diagnosis.trajectories.networks import BEGIN, Network, score
from ensemble.diagnosis.trajectories.ngrams import NGrams
from ensemble.diagnosis.trajectories.texts import (
    Corpus,
    Places,
    read_corpus,
    tokenizer_of,
    tokens_of,
)
from ensemble.diagnosis.trajectories.training import blocks, stretch, weights_of
from evaluation.execution.progress import Progress
from evaluation.models.encoders import sha256
from evaluation.records import DataError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MARKS = {"0": 0.0, "=": 0.5, "1": 1.0}
_LONGER = 192
"""How much longer than a row of training a text may be that a network reads."""
_DECISIVE = {"length", "batch", "checkpoints", "words"}


@dataclass(frozen=True, eq=False)
class School:
    """What all learners share: pairs to be judged by, text held out, tokens, what is kept."""

    plan: Plan
    paradigms: Sequence[Paradigm]
    corpora: dict[str, Corpus]
    held_out: Sequence[str]
    tokenizer: "Tokenizer | None"
    kept: Kept
    mark: str

    def judged(
        self, name: str, step: int | None, depends: Content, scorer: Callable[[], Scorer]
    ) -> Judged:
        """Return what a learner makes of the pairs; `scorer` is made only if that is not kept."""

        def compute() -> Content:
            found = judge(name, step, scorer(), self.paradigms, self.held_out)
            signs = {value: sign for sign, value in _MARKS.items()}
            right = ["".join(signs[value] for value in row) for row in found.right.tolist()]
            return {"right": right, "perplexity": found.perplexity}

        depends = {**depends, "school": self.mark}
        content = self.kept.row(f"judged {name} {step or ''}", depends, compute)
        right = np.array([[_MARKS[sign] for sign in row] for row in content["right"]])
        return Judged(name, step, right, content["perplexity"])

    def tokens(self, texts: Sequence[str]) -> list[Places]:
        """Return the tokens of texts."""
        assert self.tokenizer is not None
        return tokens_of(self.tokenizer, texts)

    @cached_property
    def read(self) -> dict[str, list[Places]]:
        """The tokens of each corpus, to train on."""
        return {name: self.tokens(corpus.train) for name, corpus in self.corpora.items()}


def open_school(language: Language, plan: Plan, root: Path, kept: Path | None) -> School:
    """Read pairs and corpora, and learn the tokens, which all networks and n-grams share.

    Raises:
        DataError: a file is missing or not as it should be.
    """
    choice = language.blimp
    paradigms = read_blimp(root / choice.path, choice.pairs, choice.paradigms)
    corpora = {name: read_corpus(root, files, plan.words)
               for name, files in language.corpora.items()}  # fmt: skip
    every = list(corpora.values())
    held_out = every[0].held_out if every else [good for p in paradigms for good, _ in p.pairs[:3]]
    train = [line for one in every for line in one.train]
    tokenizer = tokenizer_of(train, plan.tokens) if every else None
    said = "\n".join([*held_out, *(str(paradigm) for paradigm in paradigms)])
    mark = f"{_mark(said)}-{_mark(''.join(train))}-{plan.tokens}"
    return School(plan, paradigms, corpora, held_out, tokenizer, Kept(kept), mark)


def _mark(text: str) -> str:
    """Return 12 digits that tell a text from any other."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def learn_all(
    school: School, language: Language, root: Path, progress: Progress
) -> Iterator[Judged]:
    """Yield every learner at every checkpoint."""
    jobs = [
        (name, learner.network, corpus, seed)
        for name, learner in language.learners.items()
        for corpus in learner.corpora
        for seed in range(learner.seeds or school.plan.seeds)
    ]
    for name, network, corpus, seed in progress(jobs, "Learners"):
        called = f"{name}, {corpus}, {seed + 1}"
        seed += school.plan.seed
        yield from _Course(school, called, network, corpus, seed, progress).judged()
    for name, other in language.others.items():
        yield from _other(school, name, other, root)


def references(school: School) -> Iterator[Judged]:
    """Yield what knows of few words in a row, or of length alone."""
    if school.corpora:
        name, tokens = next(iter(school.read.items()))
        plan = school.plan
        grams = NGrams.learn(tokens, plan.order, plan.tokens, BEGIN)
        for order in range(1, plan.order + 1):
            called = "unigram" if order == 1 else f"{order}-gram"
            scorer = _by_grams(school, grams, order)
            depends: Content = {"order": order, "corpus": name}
            yield school.judged(called, None, depends, scorer)
    yield length_learner(school.paradigms)


def _by_grams(school: School, grams: NGrams, order: int) -> Callable[[], Scorer]:
    return lambda: lambda texts: grams.score(school.tokens(texts), order, BEGIN)


@dataclass(frozen=True, eq=False)
class _Course:
    """One network in training on one corpus, from checkpoint to checkpoint."""

    school: School
    name: str
    network: Network
    corpus: str
    seed: int
    progress: Progress

    @property
    def depends(self) -> Content:
        """Return all that its weights depend on."""
        return {
            "network": self.network.model_dump(),
            "corpus": self.corpus,
            "seed": self.seed,
            "plan": self.school.plan.model_dump(include=_DECISIVE),
            "school": self.school.mark,
        }

    def judged(self) -> Iterator[Judged]:
        """Yield what it makes of the pairs at each checkpoint, and go on from there."""
        before = 0
        for step in self.school.plan.checkpoints:
            yield self.school.judged(self.name, step, self.depends, partial(self.scorer, step))
            self.school.kept.forget(f"{self.name} {before}", self.depends)
            before = step

    def scorer(self, step: int) -> Scorer:
        """Return what scores texts by the network as it is after a step."""
        model = self._built()
        model.load_state_dict(weights_of(self.state(step)))
        return lambda texts: score(model, self.school.tokens(texts))

    def state(self, step: int) -> dict[str, Tensor]:
        """Return the network after a step, and what going on takes, trained if it is not kept."""
        train = partial(self._train, step)
        return self.school.kept.weights(f"{self.name} {step}", self.depends, train)

    def _train(self, step: int) -> dict[str, Tensor]:
        plan = self.school.plan
        before = max((one for one in plan.checkpoints if one < step), default=0)
        state = self.state(before) if before else None
        rows = blocks(self.school.read[self.corpus], plan.length)
        steps = before, step, plan.checkpoints[-1]
        what = f"{self.name}, to step {step}"
        return stretch(self._built(), state, rows, steps, plan.batch, self.network.rate, self.seed,
                       self.progress, what)  # fmt: skip

    def _built(self) -> nn.Module:
        plan = self.school.plan
        return self.network.build(plan.tokens, plan.length + _LONGER, self.seed)


def _other(school: School, name: str, other: Other, root: Path) -> Iterator[Judged]:
    """Yield a model trained elsewhere, at each of its checkpoints if it has some.

    Raises:
        DataError: the folder of checkpoints holds none.
        ValueError: a model gives no probabilities of tokens.
    """
    from evaluation.metrics.fluency import language_scorer

    if other.model is not None:
        model = other.model
        yield school.judged(name, None, {"model": model}, lambda: language_scorer(model).score)
        return
    folder = root / str(other.checkpoints)
    steps = {int(found[0]): one for one in sorted(folder.glob("*")) if one.is_dir()
             and (found := re.findall(r"(\d+)$", one.name))}  # fmt: skip
    if not steps:
        raise DataError(folder, None, "holds no folder whose name ends in a step: no checkpoints")
    for step, one in sorted(steps.items()):
        weights = sha256(sorted(one.glob("*.safetensors")))
        place = str(one)
        yield school.judged(name, step, {"weights": weights}, _by_name(place))


def _by_name(place: str) -> Callable[[], Scorer]:
    from evaluation.metrics.fluency import language_scorer

    return lambda: language_scorer(place).score
