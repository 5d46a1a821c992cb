"""What a configuration names, read: texts of systems, and what people said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from evaluation.data.judgements import ALONE
from evaluation.data.m2 import annotated_texts, read_m2
from evaluation.data.readers import read_folder, read_parallel
from evaluation.data.tabular import Columns
from evaluation.meta_evaluation import config as cfg
from evaluation.meta_evaluation.nested import read_nested
from evaluation.metrics.base import Texts
from evaluation.records import Annotated, DataError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Material:
    """What `systems` made of `segments`: a list of outputs each, None where there is none.

    Sources, references and gold are by segment, or None where they are not to be had.
    `groups` names places of segments.
    """

    systems: tuple[str, ...]
    segments: tuple[str, ...]
    outputs: Mapping[str, Sequence[str | None]]
    sources: Sequence[str] | None = None
    references: Sequence[Sequence[str]] | None = None
    gold: Sequence[Annotated] | None = None
    groups: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def texts(self, system: str, where: Sequence[int]) -> tuple[Texts | None, list[int]]:
        """Return a system's texts on some segments, and which of those it has any on."""
        outputs = self.outputs[system]
        places = [k for k, i in enumerate(where) if outputs[i] is not None]
        if not places:
            return None, []
        kept = [where[k] for k in places]
        hypotheses = [outputs[i] or "" for i in kept]
        sources, references = _at(self.sources, kept), _at(self.references, kept)
        return Texts(hypotheses, sources, references, _at(self.gold, kept)), places


def _at(items: Sequence[Item] | None, places: Sequence[int]) -> list[Item] | None:
    return None if items is None else [items[i] for i in places]


def read_material(config: cfg.Config) -> Material:
    """Return the texts, but for systems left out.

    Raises:
        DataError: as the readers say.
        ValueError: a system left out is not there, none is kept, or a group has no segments.
    """
    root, given = config.root, config.texts
    if isinstance(given, cfg.TableTexts):
        material = _table(root / given.path, given)
    elif isinstance(given, cfg.FolderTexts):
        material = _folder(root / given.path, given)
    elif isinstance(given, cfg.NestedTexts):
        material = _nested(root / given.path, given)
    else:
        parts = given if isinstance(given, tuple) else (given,)
        material = _joined([_files(root / part.path, part) for part in parts], parts)
    return _chosen(material, config)


def _table(path: Path, given: cfg.TableTexts) -> Material:
    columns = [given.segment, given.system or given.segment, given.output]
    columns += [*given.references, *([given.source] if given.source else [])]
    outputs: dict[str, dict[str, str]] = {}
    beside: dict[str, list[str]] = {}
    for line, (segment, system, output, *rest) in Columns(path, given.separator).select(columns):
        own = outputs.setdefault(system if given.system else ALONE, {})
        if segment in own:
            raise DataError(path, line, f"{system} has a second output on segment {segment}")
        if beside.setdefault(segment, rest) != rest:
            raise DataError(path, line, f"segment {segment} has another source or reference above")
        own[segment] = output
    n = len(given.references)
    return Material(
        tuple(outputs),
        tuple(beside),
        {name: [own.get(segment) for segment in beside] for name, own in outputs.items()},
        [rest[-1] for rest in beside.values()] if given.source else None,
        [rest[:n] for rest in beside.values()] if n else None,
    )


def _folder(path: Path, given: cfg.FolderTexts) -> Material:
    segments = read_folder(path)
    systems = tuple(segments[0].hypotheses) if segments else ()
    gold = read_m2(path / given.gold) if given.gold else None
    if gold is not None and len(gold) != len(segments):
        raise DataError(path / (given.gold or ""), None, f"{len(gold)} for {len(segments)} lines")
    references: list[Sequence[str]] = [segment.references for segment in segments]
    if given.references_from_gold:
        if gold is None:
            raise ValueError("references_from_gold needs gold")
        references = list(map(annotated_texts, gold))
    return Material(
        systems,
        _numbers(len(segments)),
        {name: [segment.hypotheses[name] for segment in segments] for name in systems},
        [segment.source for segment in segments],
        references if all(references) else None,
        gold,
    )


def _nested(path: Path, given: cfg.NestedTexts) -> Material:
    return Material(*read_nested(path, given))


def _files(path: Path, given: cfg.FileTexts) -> Material:
    before, after = given.outputs.split("{system}")
    found = sorted(path.glob(f"{_literal(before)}*{_literal(after)}"))
    names = given.systems or [
        file.name[len(before) : len(file.name) - len(after)] for file in found if file.is_file()
    ]
    if not names:
        raise DataError(path, None, f"no file is called {given.outputs}")
    others = [given.source] if given.source else []
    others += given.references
    files = [path / given.outputs.replace("{system}", name) for name in names]
    texts = read_parallel([*files, *(path / name for name in others)])
    references = texts[len(names) + bool(given.source) :]
    return Material(
        tuple(names),
        _numbers(len(texts[0])),
        dict(zip(names, texts, strict=False)),
        texts[len(names)] if given.source else None,
        [list(row) for row in zip(*references, strict=True)] if references else None,
    )


def _literal(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _joined(parts: Sequence[Material], given: Sequence[cfg.FileTexts]) -> Material:
    """Return parts as one, each's segments in the group it names."""
    if len(parts) == 1 and not given[0].group:
        return parts[0]
    systems = parts[0].systems
    if odd := [part for part in parts if part.systems != systems]:
        raise ValueError(f"one part has the systems {systems}, another {odd[0].systems}")
    groups: dict[str, list[int]] = {}
    done = 0
    for part, one in zip(parts, given, strict=True):
        places = range(done, done + len(part.segments))
        groups.setdefault(one.group or "the rest", []).extend(places)
        done += len(part.segments)
    return Material(
        systems,
        _numbers(done),
        {name: [text for part in parts for text in part.outputs[name]] for name in systems},
        _together([part.sources for part in parts]),
        _together([part.references for part in parts]),
        None,
        groups,
    )


def _together(parts: Sequence[Sequence[Item] | None]) -> list[Item] | None:
    known = [part for part in parts if part is not None]
    return [one for part in known for one in part] if len(known) == len(parts) else None


def _numbers(n: int) -> tuple[str, ...]:
    return tuple(map(str, range(1, n + 1)))


def _chosen(material: Material, config: cfg.Config) -> Material:
    """Return the material without the systems left out, in its groups."""
    systems = tuple(name for name in material.systems if name not in config.without)
    if not systems:
        raise ValueError(f"no system is left of {', '.join(material.systems)}")
    groups = dict(material.groups)
    for name, (first, last) in config.groups.items():
        if last > len(material.segments):
            n = len(material.segments)
            raise ValueError(f"group {name} ends at segment {last}; there are {n}")
        groups[name] = range(first - 1, last)
    if not groups:
        groups[""] = range(len(material.segments))
    return replace(material, systems=systems, groups=groups)
