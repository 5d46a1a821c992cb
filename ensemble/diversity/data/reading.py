"""From a configuration to the material: whatever the others and the member are, texts."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ensemble.diversity.config import Config, Embedded, Model, NBest, Pool, Tagger
from ensemble.diversity.data.answer_cache import ask_once
from ensemble.diversity.data.material import Material, Versions, without_copies
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines, read_parallel
from evaluation.execution.progress import Progress
from evaluation.records import DataError


def read_material(config: Config, progress: Progress) -> Material:
    """Return what `config` names; copies that are no member's own are left out, with a note.

    Raises:
        DataError: a file cannot be read.
        ValueError: what is read does not go together, or the member proposes nothing anywhere.
    """
    root = config.root
    sources = read_lines(root / config.source)
    gold = read_m2(root / config.gold)
    if len(gold) != len(sources):
        raise ValueError(f"{config.gold} has {len(gold)} sentences, the source {len(sources)}")
    sources, gold = sources[: config.limit], gold[: config.limit]
    others = _others(config, root, sources, progress)
    versions = _versions(config, root, sources, progress)
    if config.limit:
        others = {name: texts[: config.limit] for name, texts in others.items()}
        versions = Versions(versions.texts[: config.limit], versions.scores[: config.limit])
    return without_copies(Material(sources, others, versions, gold))


def _others(
    config: Config, root: Path, sources: Sequence[str], progress: Progress
) -> Mapping[str, Sequence[str]]:
    if isinstance(config.others, Embedded):
        return {name: _embedded(name, sources, progress) for name in config.others.embedded}
    folder, names = root / config.others.path, config.others.systems
    texts = read_parallel([root / config.source, *(folder / f"{name}.txt" for name in names)])
    return dict(zip(names, texts[1:], strict=True))


def _embedded(name: str, sources: Sequence[str], progress: Progress) -> list[str]:
    """Return the outputs of one of the correctors that travel in packages."""
    from ensemble.systems.embedded import CORRECTORS

    if name not in CORRECTORS:
        raise ValueError(f"no embedded corrector {name!r}; there are {', '.join(CORRECTORS)}")
    correct = CORRECTORS[name]
    return ask_once(f"embedded {name}", sources, lambda some: list(map(correct, some)), progress)


def _versions(config: Config, root: Path, sources: Sequence[str], progress: Progress) -> Versions:
    match config.member:
        case Pool(path=path, systems=names):
            files = [root / path / f"{name}.txt" for name in names]
            rows = list(zip(*read_parallel([root / config.source, *files])[1:], strict=True))
            return Versions([dict(zip(names, row, strict=True)) for row in rows])
        case NBest(path=path):
            return read_nbest(root / path)
        case Tagger(levels=levels):
            from ensemble.diversity.data.tagger import versions

            def ask(some: Sequence[str]) -> list[Mapping[str, str]]:
                return list(versions(some, levels).texts)

            return Versions(ask_once(f"quire tagger {list(levels)}", sources, ask, progress))
        case Model() as model:
            from ensemble.diversity.data.sampling import sample

            return sample(model, sources, config.split.seed, progress)


class _Hypothesis(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    score: Annotated[float, Field(allow_inf_nan=False)] | None = None


class _List(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    hypotheses: list[_Hypothesis]


def read_nbest(path: Path) -> Versions:
    """Read n-best lists, a line a segment: `{"hypotheses": [{"text", "score"?}, ...]}`.

    Versions are called by their rank, `1` the member's own.

    Raises:
        DataError: a line is not such an object.
    """
    texts, scores = [], []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            found = _List.model_validate_json(line).hypotheses
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise DataError(path, number, f"{where}: {fault['msg']}".removeprefix(": ")) from None
        ranked = {str(rank): one for rank, one in enumerate(found, start=1)}
        texts.append({rank: one.text for rank, one in ranked.items()})
        scores.append({rank: one.score for rank, one in ranked.items() if one.score is not None})
    return Versions(texts, scores)


def write_nbest(path: Path, versions: Versions) -> None:
    """Write what `read_nbest` reads."""
    from evaluation.data.writers import write_lines

    scores = versions.scores or [{}] * len(versions.texts)
    rows = [
        [{"text": text, "score": own.get(name)} for name, text in some.items()]
        for some, own in zip(versions.texts, scores, strict=True)
    ]
    write_lines(path, (json.dumps({"hypotheses": row}, ensure_ascii=False) for row in rows))
