"""Reading a dataset: the outputs of the other systems and the member's versions, as texts."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ensemble.answer_cache import ask_once
from ensemble.diversity.data.config import (
    DatasetConfig,
    Embedded,
    Folder,
    Live,
    Model,
    NBest,
    Pool,
    Tagger,
)
from ensemble.diversity.data.dataset import Dataset, Versions, without_copies
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines, read_parallel
from evaluation.execution.progress import Progress
from evaluation.records import DataError


def read_dataset(config: DatasetConfig, progress: Progress) -> Dataset:
    """Return the dataset that `config` names, without copies of other systems, with a note on each.

    Raises:
        DataError: a file cannot be read.
        ValueError: the files do not fit together, or the member proposes nothing anywhere.
    """
    root = config.root
    sources = read_lines(root / config.source)
    gold = read_m2(root / config.gold) if config.gold else []
    references = (
        [[text] for text in read_lines(root / config.reference)] if config.reference else []
    )
    if (count := len(gold or references)) != len(sources):
        name = config.gold or config.reference
        raise ValueError(f"{name} has {count} segments, the source {len(sources)}")
    # Cut before the systems are asked: models are slow.
    sources, gold = sources[: config.limit], gold[: config.limit]
    references = references[: config.limit]
    others = _others(config, root, sources, progress)
    versions = _versions(config, root, sources, progress)
    if config.limit:
        others = {name: texts[: config.limit] for name, texts in others.items()}
        versions = Versions(versions.texts[: config.limit], versions.scores[: config.limit])
    return without_copies(Dataset(sources, others, versions, gold, references=references))


def _others(
    config: DatasetConfig, root: Path, sources: Sequence[str], progress: Progress
) -> Mapping[str, Sequence[str]]:
    if isinstance(config.others, Embedded):
        return {name: _embedded(name, sources, progress) for name in config.others.embedded}
    return _outputs(config, config.others, sources, progress)


def _outputs(
    config: DatasetConfig, where: Folder | Live, sources: Sequence[str], progress: Progress
) -> Mapping[str, Sequence[str]]:
    """Return the outputs of systems by name, from files or from the systems."""
    if isinstance(where, Live):
        from ensemble.diversity.data.live import live_outputs

        return live_outputs(config.root / where.roster, where.systems, sources, progress)
    files = [config.root / where.path / f"{name}.txt" for name in where.systems]
    texts = read_parallel([config.root / config.source, *files])
    return dict(zip(where.systems, texts[1:], strict=True))


def _embedded(name: str, sources: Sequence[str], progress: Progress) -> list[str]:
    """Return the outputs of a corrector in a Python package."""
    from ensemble.systems.embedded import CORRECTORS

    if name not in CORRECTORS:
        raise ValueError(f"no embedded corrector {name!r}; there are {', '.join(CORRECTORS)}")
    correct = CORRECTORS[name]
    return ask_once(f"embedded {name}", sources, lambda texts: list(map(correct, texts)), progress)


def _versions(
    config: DatasetConfig, root: Path, sources: Sequence[str], progress: Progress
) -> Versions:
    """Return the versions of the member, from files or from a model that is asked for them."""
    match config.member:
        case Pool() as pool:
            outputs = _outputs(config, pool.outputs, sources, progress)
            rows = zip(*outputs.values(), strict=True)
            return Versions([dict(zip(outputs, row, strict=True)) for row in rows])
        case NBest(path=path):
            return read_nbest(root / path)
        case Tagger(levels=levels):
            from ensemble.diversity.data.tagger import versions

            def ask(texts: Sequence[str]) -> list[Mapping[str, str]]:
                return list(versions(texts, levels).texts)

            return Versions(ask_once(f"quire tagger {list(levels)}", sources, ask, progress))
        case Model() as model:
            from ensemble.diversity.data.language_model import sample

            return sample(model, sources, config.split.seed, progress)


class _Hypothesis(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    score: Annotated[float, Field(allow_inf_nan=False)] | None = None


class _List(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    hypotheses: list[_Hypothesis]


def read_nbest(path: Path) -> Versions:
    """Read n-best lists, one line a segment: `{"hypotheses": [{"text", "score"?}, ...]}`.

    Versions are named by their rank; `1` is the member's own output.

    Raises:
        DataError: a line is not such an object.
    """
    texts, scores = [], []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            hypotheses = _List.model_validate_json(line).hypotheses
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise DataError(path, number, f"{where}: {fault['msg']}".removeprefix(": ")) from None
        ranked = {str(rank): hypothesis for rank, hypothesis in enumerate(hypotheses, start=1)}
        texts.append({rank: hypothesis.text for rank, hypothesis in ranked.items()})
        scores.append(
            {
                rank: hypothesis.score
                for rank, hypothesis in ranked.items()
                if hypothesis.score is not None
            }
        )
    return Versions(texts, scores)


def write_nbest(path: Path, versions: Versions) -> None:
    """Write the file that `read_nbest` reads."""
    from evaluation.data.writers import write_lines

    scores = versions.scores or [{}] * len(versions.texts)
    rows = [
        [{"text": text, "score": score.get(name)} for name, text in versions.items()]
        for versions, score in zip(versions.texts, scores, strict=True)
    ]
    write_lines(path, (json.dumps({"hypotheses": row}, ensure_ascii=False) for row in rows))
