"""Reads the texts of a benchmark in the formats that its configuration names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from evaluation.data.judgements import read_judgements
from evaluation.data.keyed_rows import ALONE, keyed_rows
from evaluation.data.m2 import annotated_texts, read_m2
from evaluation.data.preference_tables import read_preferences
from evaluation.data.readers import read_folder, read_parallel
from evaluation.data.tabular import Columns
from evaluation.meta_evaluation import config as cfg
from evaluation.meta_evaluation.gathered_texts import Gathering, read_json_texts
from evaluation.meta_evaluation.row_schema import LineTexts
from evaluation.meta_evaluation.wmt_layouts import read_wmt_texts
from evaluation.meta_evaluation.wmt_schema import MqmTexts, WmtTexts
from evaluation.metrics.base import Texts
from evaluation.records import Annotated, DataError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Dataset:
    """The outputs of `systems` on `segments`, a list for each system; None is a missing output.

    Sources, references and gold are by segment, or None where the data has none. `groups` maps
    the names of groups to the indices of their segments. `notes` are on how the texts were read.
    """

    systems: tuple[str, ...]
    segments: tuple[str, ...]
    outputs: Mapping[str, Sequence[str | None]]
    sources: Sequence[str] | None = None
    references: Sequence[Sequence[str]] | None = None
    gold: Sequence[Annotated] | None = None
    groups: Mapping[str, Sequence[int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of_names(cls, systems: Sequence[str], segments: Sequence[str]) -> "Dataset":
        """Return judged systems and segments whose texts are not known: all texts are blank."""
        outputs = {name: [""] * len(segments) for name in systems}
        return cls(tuple(systems), tuple(segments), outputs)

    def texts(self, system: str, where: Sequence[int]) -> tuple[Texts | None, list[int]]:
        """Return a system's texts on some segments, and the indices in `where` that have one."""
        outputs = self.outputs[system]
        present = [k for k, i in enumerate(where) if outputs[i] is not None]
        if not present:
            return None, []
        indices = [where[k] for k in present]
        hypotheses = [outputs[i] or "" for i in indices]
        sources, references = _at(self.sources, indices), _at(self.references, indices)
        return Texts(hypotheses, sources, references, _at(self.gold, indices)), present


def _at(items: Sequence[Item] | None, indices: Sequence[int]) -> list[Item] | None:
    return None if items is None else [items[i] for i in indices]


def read_dataset(config: cfg.Config) -> Dataset:
    """Return the texts of a configuration, without the systems that it leaves out.

    Raises:
        DataError: as the readers.
        ValueError: no system is left, parts have different systems, or a group ends after the
            last segment.
    """
    root, given = config.root, config.texts
    if isinstance(given, cfg.TableTexts):
        dataset = _table(root / given.path, given)
    elif isinstance(given, cfg.FolderTexts):
        dataset = _folder(root / given.path, given)
    elif isinstance(given, cfg.NestedTexts | LineTexts):
        dataset = Dataset(*read_json_texts(root / given.path, given))
    elif isinstance(given, MqmTexts | WmtTexts):
        dataset = Dataset(*read_wmt_texts(root, given))
    elif given is None:
        dataset = _judged(config)
    else:
        parts = given if isinstance(given, tuple) else (given,)
        dataset = _joined([_files(root / part.path, part) for part in parts], parts)
    return _chosen(dataset, config)


def _table(path: Path, given: cfg.TableTexts) -> Dataset:
    columns = Columns(path, given.separator)
    system = system_column(columns, given)
    others = [given.output, *given.references, *([given.source] if given.source else [])]
    gathering, n = Gathering(path), len(given.references)
    for line, segment, name, (output, *rest) in keyed_rows(columns, given.segment, system, others):
        source = rest[-1] if given.source else None
        gathering.add(line, segment, name, output, (source, tuple(rest[:n])))
    texts = gathering.texts(given.source is not None, n > 0)
    note = f"{path.name} has no column {given.system}: its texts are of one system, {ALONE!r}"
    return Dataset(*texts, notes=() if system == given.system else (note,))


def system_column(
    columns: Columns, given: cfg.TableTexts | cfg.TableJudgements | cfg.ScoreTable
) -> str | None:
    """Return the column of systems, or None if the table lacks it and none was configured."""
    is_configured = "system" in given.model_fields_set
    return given.system if is_configured or columns.has(given.system or "") else None


def _judged(config: cfg.Config) -> Dataset:
    """Return the systems and segments that are judged, without texts."""
    given = config.judgements
    if isinstance(given, cfg.PreferenceJudgements):
        preferences = read_preferences(config.root / given.path, given.columns)
        return Dataset.of_names(preferences.systems, preferences.segments)
    if not isinstance(given, cfg.TableJudgements):
        raise ValueError("without texts, judgements are a table or preferences")
    columns = list(dict.fromkeys(column for of in given.dimensions.values() for column in of))
    path = config.root / given.path
    system = system_column(Columns(path, given.separator), given)
    keys = system, given.segment, given.rater, given.separator, given.numbers
    judgements = read_judgements(path, columns[:1], *keys)
    return Dataset.of_names(judgements.systems, judgements.segments)


def _folder(path: Path, given: cfg.FolderTexts) -> Dataset:
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
    return Dataset(
        systems,
        _numbers(len(segments)),
        {name: [segment.hypotheses[name] for segment in segments] for name in systems},
        [segment.source for segment in segments],
        references if all(references) else None,
        gold,
    )


def _files(path: Path, given: cfg.FileTexts) -> Dataset:
    before, after = given.outputs.split("{system}")
    matches = sorted(path.glob(f"{_literal(before)}*{_literal(after)}"))
    names = given.systems or [
        name[len(before) : len(name) - len(after)]
        for name in (file.relative_to(path).as_posix() for file in matches if file.is_file())
    ]
    if not names:
        raise DataError(path, None, f"no file is called {given.outputs}")
    if outside := [name for name in names if _leads_out(given.outputs, name)]:
        raise DataError(path, None, f"{given.outputs} for {outside[0]} is outside the folder")
    others = [given.source] if given.source else []
    others += given.references
    files = [path / given.outputs.replace("{system}", name) for name in names]
    texts = read_parallel([*files, *(path / name for name in others)])
    references = texts[len(names) + bool(given.source) :]
    return Dataset(
        tuple(names),
        _numbers(len(texts[0])),
        dict(zip(names, texts, strict=False)),
        texts[len(names)] if given.source else None,
        [list(row) for row in zip(*references, strict=True)] if references else None,
    )


def _leads_out(outputs: str, name: str) -> bool:
    """Return whether the file of a system is in another folder than the pattern says."""
    return ".." in Path(outputs.replace("{system}", name)).parts and ".." not in Path(outputs).parts


def _literal(text: str) -> str:
    """Return a glob pattern that matches `text` alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _joined(parts: Sequence[Dataset], given: Sequence[cfg.FileTexts]) -> Dataset:
    """Return the parts as one dataset; the segments of each are in the group that it names."""
    if len(parts) == 1 and not given[0].group:
        return parts[0]
    systems = parts[0].systems
    if odd := [part for part in parts if part.systems != systems]:
        raise ValueError(f"one part has the systems {systems}, another {odd[0].systems}")
    groups: dict[str, list[int]] = {}
    done = 0
    for part, files in zip(parts, given, strict=True):
        indices = range(done, done + len(part.segments))
        groups.setdefault(files.group or "the rest", []).extend(indices)
        done += len(part.segments)
    return Dataset(
        systems,
        _numbers(done),
        {name: [text for part in parts for text in part.outputs[name]] for name in systems},
        together([part.sources for part in parts]),
        together([part.references for part in parts]),
        None,
        groups,
    )


def together(parts: Sequence[Sequence[Item] | None]) -> list[Item] | None:
    """Return the items of all parts, or None if a part has none."""
    known = [part for part in parts if part is not None]
    return [item for part in known for item in part] if len(known) == len(parts) else None


def _numbers(n: int) -> tuple[str, ...]:
    return tuple(map(str, range(1, n + 1)))


def _chosen(dataset: Dataset, config: cfg.Config) -> Dataset:
    """Return the dataset without the systems left out, with the groups of the configuration."""
    systems = tuple(name for name in dataset.systems if name not in config.without)
    if not systems:
        raise ValueError(f"no system is left of {', '.join(dataset.systems)}")
    groups = dict(dataset.groups)
    for name, (first, last) in config.groups.items():
        if last > len(dataset.segments):
            n = len(dataset.segments)
            raise ValueError(f"group {name} ends at segment {last}; there are {n}")
        groups[name] = range(first - 1, last)
    if not groups:
        groups[""] = range(len(dataset.segments))
    return replace(dataset, systems=systems, groups=groups)
