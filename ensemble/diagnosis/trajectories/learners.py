"""The learners of the study, evaluated at every checkpoint: networks, n-grams, other models."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from torch import Tensor, nn

from ensemble.diagnosis.result_cache import Content
from ensemble.diagnosis.trajectories.config import Language, Other
from ensemble.diagnosis.trajectories.context import StudyContext
from ensemble.diagnosis.trajectories.minimal_pairs import PairResults, Scorer, length_learner
from ensemble.diagnosis.trajectories.networks import BEGIN, Network, score
from ensemble.diagnosis.trajectories.ngrams import NGrams
from ensemble.diagnosis.trajectories.training import Schedule, blocks, train_steps, weights_of
from evaluation.execution.progress import Progress
from evaluation.models.hub import sha256
from evaluation.records import DataError

_LONGER = 192
"""Tokens by which a text may be longer than a training row, for a network to read it."""
_DECISIVE = {"length", "batch", "checkpoints", "words"}
"""The keys of the plan that a network's weights depend on."""


def evaluate_all(
    context: StudyContext, language: Language, root: Path, progress: Progress
) -> Iterator[PairResults]:
    """Yield the results of every learner at every checkpoint."""
    jobs = [
        (name, learner.network, corpus, seed)
        for name, learner in language.learners.items()
        for corpus in learner.corpora
        for seed in range(learner.seeds or context.plan.seeds)
    ]
    for name, network, corpus, seed in progress(jobs, "Learners"):
        title = f"{name}, {corpus}, {seed + 1}"
        seed += context.plan.seed
        yield from _NetworkTraining(context, title, network, corpus, seed, progress).results()
    for name, other in language.others.items():
        yield from _trained_elsewhere(context, name, other, root)


def references(context: StudyContext) -> Iterator[PairResults]:
    """Yield references that know only n-grams, or length."""
    if context.corpora:
        name, tokens = next(iter(context.training_tokens.items()))
        plan = context.plan
        grams = NGrams.learn(tokens, plan.order, plan.tokens, BEGIN)
        for order in range(1, plan.order + 1):
            title = "unigram" if order == 1 else f"{order}-gram"
            depends: Content = {"order": order, "corpus": name}
            yield context.results(title, None, depends, _by_grams(context, grams, order))
    yield length_learner(context.paradigms)


def _by_grams(context: StudyContext, grams: NGrams, order: int) -> Callable[[], Scorer]:
    return lambda: lambda texts: grams.score(context.tokens(texts), order, BEGIN)


@dataclass(frozen=True, eq=False)
class _NetworkTraining:
    """The training of one network on one corpus, from checkpoint to checkpoint."""

    context: StudyContext
    name: str
    network: Network
    corpus: str
    seed: int
    progress: Progress

    @property
    def depends(self) -> Content:
        """All that its weights depend on."""
        return {
            "network": self.network.model_dump(),
            "corpus": self.corpus,
            "seed": self.seed,
            "plan": self.context.plan.model_dump(include=_DECISIVE),
            "study": self.context.mark,
        }

    def results(self) -> Iterator[PairResults]:
        """Yield the results at each checkpoint; the one before is deleted then."""
        before = 0
        for step in self.context.plan.checkpoints:
            yield self.context.results(self.name, step, self.depends, partial(self.scorer, step))
            self.context.cache.forget(f"{self.name} {before}", self.depends)
            before = step

    def scorer(self, step: int) -> Scorer:
        """Return the scorer of the network after a step."""
        model = self._built()
        model.load_state_dict(weights_of(self.state(step)))
        return lambda texts: score(model, self.context.tokens(texts))

    def state(self, step: int) -> dict[str, Tensor]:
        """Return the state after a step, from the cache or trained now."""
        train = partial(self._train, step)
        return self.context.cache.weights(f"{self.name} {step}", self.depends, train)

    def _train(self, step: int) -> dict[str, Tensor]:
        plan = self.context.plan
        before = max((earlier for earlier in plan.checkpoints if earlier < step), default=0)
        state = self.state(before) if before else None
        rows = blocks(self.context.training_tokens[self.corpus], plan.length)
        total, rate = plan.checkpoints[-1], self.network.rate
        schedule = Schedule(before, step, total, plan.batch, rate, self.seed)
        what = f"{self.name}, to step {step}"
        return train_steps(self._built(), state, rows, schedule, self.progress, what)

    def _built(self) -> nn.Module:
        plan = self.context.plan
        return self.network.build(plan.tokens, plan.length + _LONGER, self.seed)


def _trained_elsewhere(
    context: StudyContext, name: str, other: Other, root: Path
) -> Iterator[PairResults]:
    """Yield the results of a model trained elsewhere, at each of its checkpoints if it has some.

    Raises:
        DataError: the folder has no checkpoints.
        ValueError: a model gives no probabilities of tokens.
    """
    if other.model is not None:
        yield context.results(name, None, {"model": other.model}, _by_model(other.model))
        return
    folder = root / str(other.checkpoints)
    steps = {}
    for path in sorted(folder.glob("*")):
        if path.is_dir() and (digits := re.findall(r"(\d+)$", path.name)):
            steps[int(digits[0])] = path
    if not steps:
        raise DataError(folder, None, "holds no folder whose name ends in a step: no checkpoints")
    for step, path in sorted(steps.items()):
        weights = sha256(sorted(path.glob("*.safetensors")))
        yield context.results(name, step, {"weights": weights}, _by_model(str(path)))


def _by_model(model: str) -> Callable[[], Scorer]:
    from evaluation.metrics.fluency import language_scorer

    return lambda: language_scorer(model).score
