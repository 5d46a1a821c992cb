"""`consort train`: outputs and labels in, a combiner and what it is worth out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.targets import Targets, fingerprint, from_gold, from_references, from_scores
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_outputs, read_parallel, read_scores
from evaluation.data.writers import check_file, write_bytes
from evaluation.edits.types import Types, load_types
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import SEED
from service.cli.console import AsJson, CaseOfLabels, clear_errors, names, progress, say, show
from service.core.batch_combine import Note, check_label_case, kind_in, no_note

if TYPE_CHECKING:
    from ensemble.training.cross_validation import Progress


def train(
    folder: Annotated[
        Path, typer.Argument(help="source.txt and one NAME.txt per system; or a JSONL file.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the combiner.")],
    gold: Annotated[Path | None, typer.Option(help="Gold edits, an M2 file.")] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="Right texts or labels, a line each; as many files as there are."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="CSV: system,segment,score; segments from 1.")
    ] = None,
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="What the systems put out.",
            show_default="what goes with the labels, or the outputs look like",
        ),
    ] = None,
    label_case: CaseOfLabels = "keep",
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    cv: Annotated[int, typer.Option(min=2, help="Folds of the held-out report.")] = 5,
    seed: Annotated[int, typer.Option(min=0)] = SEED,
    types: Annotated[Types, typer.Option(help="What names the types of edits.")] = "surface",
    context: Annotated[
        str | None,
        typer.Option(
            help="A language model that reads the edits too: smollm2, a folder, a hub id."
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="One HTML page with plots.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a combiner on labelled outputs; report what it is worth where it was not trained."""
    with clear_errors():
        labels = Labels(gold, tuple(reference or ()), scores)
        lesson = Lesson(labels, kind, names(systems), cv, seed, types, context, label_case)
        table = learn(folder, output, lesson, report, progress, say)
        show(table, as_json)
    say(f"wrote {output}" + (f" and {report}" if report else ""))


def learn(
    folder: Path,
    output: Path,
    lesson: "Lesson",
    report: Path | None,
    progress: "Progress",
    note: Note = no_note,
) -> Table:
    """Train on the outputs in `folder`, write the combiner to `output`, and return its worth.

    Raises:
        DataError: a file cannot be read.
        ValueError: what is read does not go together, or `output` holds something else.
        ImportError: an optional part is missing; the message names the extra.
    """
    from ensemble.combiners.neural.combiner import Neural
    from ensemble.combiners.neural.context import read_ahead
    from ensemble.combiners.neural.training import train as fit
    from ensemble.combiners.supervised import Learner, rivals
    from ensemble.training.artefact import Record, write
    from ensemble.training.cross_validation import calibrated, compare, cross_validate
    from ensemble.training.report import training_page
    from evaluation.artefact import check_place

    check_place(output)
    if report:
        check_file(report)
    types, context, cv, seed = lesson.types, lesson.context, lesson.cv, lesson.seed
    wanted, case = lesson.kind_in(folder, note), lesson.label_case
    check_label_case(case, wanted)
    segments = progress(read_outputs(folder, lesson.systems, wanted == "edits"), "Reading")
    ballots = list(collect_all(segments, wanted, load_types(types), label_case=case))
    targets = lesson.labels.targets(ballots, case)
    config: dict[str, Any] = {"types": types, "context": context, "seed": seed}
    if case != "keep":
        config["label_case"] = case
    learner: Learner = partial(fit, seed=seed, context=context)
    if context:
        read_ahead(ballots, context, progress)
    learners = {**rivals(wanted), Neural.name: learner}
    outputs = cross_validate(ballots, targets, learners, cv, seed, progress)
    signature = sign("train", {"kind": wanted, "cv": cv, **config})
    rows = [*compare(outputs, targets, wanted), *calibrated(outputs, targets, Neural.name)]
    table = Table(rows, signature)
    combiner = replace(fit(ballots, targets, seed, context), types=types)
    config |= {"cv": cv}
    record = Record(fingerprint(ballots, targets), config, list(map(asdict, rows)))
    saved = write(output, combiner, record)
    if report:
        page = training_page(ballots, targets, saved, outputs, table, learner, progress)
        write_bytes(report, page.encode("utf-8"))
    return table


@dataclass(frozen=True)
class Labels:
    """Where the labels are: exactly one of the three."""

    gold: Path | None
    references: tuple[Path, ...]
    scores: Path | None

    def targets(self, ballots: Sequence[Ballot], label_case: LabelCase = "keep") -> Targets:
        """Return what they say of `ballots`, whose labels were compared by `label_case`.

        Raises:
            ValueError: none is given, or several; or they do not fit.
        """
        if sum(map(bool, (self.gold, self.references, self.scores))) != 1:
            raise ValueError("labels come from one of --gold, --reference and --scores")
        if self.gold:
            return from_gold(ballots, read_m2(self.gold))
        if self.scores:
            return from_scores(ballots, read_scores(self.scores))
        columns = read_parallel(self.references)
        return from_references(ballots, list(zip(*columns, strict=True)), label_case)


@dataclass(frozen=True)
class Lesson:
    """What a combiner is trained on and how; the options of `consort train`."""

    labels: Labels
    kind: Kind | None = None
    systems: Sequence[str] | None = None
    cv: int = 5
    seed: int = SEED
    types: Types = "surface"
    context: str | None = None
    label_case: LabelCase = "keep"

    def kind_in(self, folder: Path, note: Note) -> Kind:
        """Return the kind of the outputs in `folder`: as told, as labels go with it, or as seen.

        Raises:
            DataError: a file cannot be read.
            ValueError: it is not clear which kind they are of.
        """
        if self.kind or self.labels.scores:
            return self.kind or "texts"
        return "edits" if self.labels.gold else kind_in(folder, None, self.systems, note)
