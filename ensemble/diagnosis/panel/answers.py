"""Reads the models' outputs, which of them are samples of one model, and their labels."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.candidates import Kind
from ensemble.candidates.recognition import recognise
from ensemble.diagnosis.panel.config import Panel, PanelOutputs
from evaluation.data.human_scores import read_scores
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_outputs, read_parallel
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.records import Annotated as GoldSentence
from evaluation.records import DataError, Scores, Segment

_SAMPLE = re.compile(r"(.+)\.([1-9]\d{0,3})")


@dataclass(frozen=True)
class Model:
    """A model: the outputs that are each its answer, and those to combine as its samples.

    `first` is its output in the panel.
    """

    name: str
    single: tuple[str, ...]
    samples: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The output that stands for the model in the panel."""
        return self.single[0]

    @property
    def outputs(self) -> tuple[str, ...]:
        """All outputs of the model, each once."""
        return tuple(dict.fromkeys((*self.single, *self.samples)))


@dataclass(frozen=True, eq=False)
class Answers:
    """The outputs of models on m prompts, with labels from at most one source.

    `models` are sorted by name, so that their order in a file changes nothing. `judges` are those
    that scored any output.
    """

    segments: Sequence[Segment]
    kind: Kind
    types: Types
    models: tuple[Model, ...]
    judges: tuple[str, ...]
    gold: Sequence[GoldSentence] | None = None
    references: Sequence[Sequence[str]] | None = None
    scores: Mapping[tuple[str, int], float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def labelled(self) -> bool:
        """Whether there are labels."""
        return not (self.gold is None and self.references is None and self.scores is None)

    def model_of(self, output: str) -> str:
        """Return the name of the model that gave `output`."""
        return next(model.name for model in self.models if output in model.outputs)


def read_answers(config: Panel) -> Answers:
    """Read what `config` names.

    Raises:
        DataError: a file is missing or not as it should be.
        InputError: an unknown model or sample is named, or labels are for other prompts.
        ValueError: the kind of outputs is not clear.
    """
    outputs = config.outputs
    folder = config.root / outputs.path
    needs_source, may_be_labels = outputs.kind == "edits", outputs.kind in (None, "labels")
    segments = read_outputs(folder, None, needs_source, may_be_labels)
    if not segments:
        raise DataError(folder, None, "holds no segment")
    kind = outputs.kind or recognise(segments, "outputs.kind:").kind
    if kind == "edits" and not segments[0].has_source:
        raise DataError(folder / "source.txt", None, "is not there: edits need their sources")
    names = list(dict.fromkeys(name for segment in segments for name in segment.hypotheses))
    models = _chosen(_models(names, config.samples), outputs.systems)
    segments = list(_used(segments, models, outputs.judging.recuse))
    judges = sorted({judge for s in segments for judge, given in s.scores.items() if given})
    answers = Answers(segments, kind, outputs.types, models, tuple(judges))
    notes = [*_about_samples(models, config.samples)]
    beside = folder if folder.is_dir() else folder.parent
    return replace(_labelled(answers, outputs, beside), notes=tuple(notes))


def _models(names: Sequence[str], samples: Mapping[str, Sequence[str]] | None) -> tuple[Model, ...]:
    """Return the models whose outputs are called `names`, with the outputs that are samples."""
    if samples is None:
        samples = _numbered(names)
    named = {model: [sample.removesuffix(".txt") for sample in samples[model]] for model in samples}
    _check_samples(named, names)
    taken = {sample for given in named.values() for sample in given}
    models = {name: Model(name, (name,)) for name in names if name not in taken}
    for name, given in named.items():
        single = (name,) if name in models else tuple(given)
        models[name] = Model(name, single, tuple(given))
    return tuple(models[name] for name in sorted(models))


def _numbered(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the outputs called NAME.1, NAME.2 and so on, two at least, by NAME."""
    numbers: dict[str, list[int]] = {}
    for match in filter(None, map(_SAMPLE.fullmatch, names)):
        numbers.setdefault(match[1], []).append(int(match[2]))
    return {
        name: [f"{name}.{k}" for k in sorted(given)]
        for name, given in numbers.items()
        if len(given) > 1 and sorted(given) == list(range(1, len(given) + 1))
    }


def _check_samples(samples: Mapping[str, Sequence[str]], names: Collection[str]) -> None:
    seen: set[str] = set()
    for model, given in samples.items():
        if len(given) < 2:
            raise InputError("invalid-option", f"samples: {model} has {len(given)}; two are needed")
        for sample in given:
            if sample not in names:
                listed = ", ".join(sorted(names))
                message = f"samples: {model}: no output {sample!r}; available: {listed}"
                raise InputError("unknown-name", message)
            if sample in seen:
                raise InputError("invalid-option", f"samples: {sample} is named twice")
            seen.add(sample)


def _chosen(models: Sequence[Model], systems: Sequence[str] | None) -> tuple[Model, ...]:
    known = {model.name: model for model in models}
    for name in systems or ():
        if name not in known:
            message = f"outputs.systems: no model {name!r}; available: {', '.join(known)}"
            raise InputError("unknown-name", message)
    return tuple(model for model in models if systems is None or model.name in systems)


def _used(segments: Sequence[Segment], models: Sequence[Model], recuse: bool) -> Iterator[Segment]:
    """Yield the segments with the outputs of `models` alone, and the scores that count."""
    owner = {output: model.name for model in models for output in model.outputs}
    for segment in segments:
        scores: Scores = {
            judge: {
                output: score
                for output, score in given.items()
                if output in owner and not (recuse and judge in (output, owner[output]))
            }
            for judge, given in segment.scores.items()
        }
        hypotheses = {output: segment.hypotheses.get(output) for output in owner}
        yield replace(segment, hypotheses=hypotheses, scores=scores)


def _about_samples(
    models: Sequence[Model], samples: Mapping[str, Sequence[str]] | None
) -> Iterator[str]:
    for model in models:
        if model.samples and samples is None:
            listed = ", ".join(model.samples)
            yield (
                f"{listed} are taken for samples of one model, {model.name}; `samples: {{}}` "
                "makes each a model of its own"
            )


def _labelled(answers: Answers, outputs: PanelOutputs, folder: Path) -> Answers:
    """Return the answers with the labels that are set, or the references beside them."""
    n = len(answers.segments)
    if outputs.gold:
        gold = read_m2(folder / outputs.gold)
        _check(folder / outputs.gold, len(gold), n)
        return replace(answers, gold=gold)
    if outputs.scores:
        return replace(answers, scores=_scores(answers, folder / outputs.scores))
    columns = read_parallel([folder / name for name in outputs.references])
    if columns:
        _check(folder / outputs.references[0], len(columns[0]), n)
        return replace(answers, references=list(zip(*columns, strict=True)))
    if any(segment.references for segment in answers.segments):
        return replace(answers, references=[segment.references for segment in answers.segments])
    return answers


def _scores(answers: Answers, path: Path) -> Mapping[tuple[str, int], float]:
    scores = read_scores(path)
    if answers.kind == "edits":
        raise InputError("invalid-option", "scores are of whole outputs: edits need references")
    _check(path, max((number for _, number in scores), default=0), len(answers.segments), True)
    wanted = {output for model in answers.models for output in model.outputs}
    if missing := sorted(wanted - {name for name, _ in scores}):
        raise DataError(path, None, f"has no score of {missing[0]}")
    return scores


def _check(path: Path, count: int, prompts: int, fewer: bool = False) -> None:
    if count > prompts or (count < prompts and not fewer):
        raise DataError(path, None, f"is for {count} prompts, and the outputs are for {prompts}")
