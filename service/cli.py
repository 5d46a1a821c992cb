"""The command line: one function per command, each a thin door to what the service does too."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from ensemble.baselines import BASELINES, Majority
from ensemble.candidates import Kind, collect_all
from ensemble.combiner import Combiner, combine_all, kind_for, signed
from ensemble.decode import Combination
from evaluation.edits.m2 import read_m2
from evaluation.edits.types import Types, load_types
from evaluation.metrics.base import Metric, Texts, load_metric
from evaluation.metrics.correction import EditsF, gold_from_references
from evaluation.readers import read_lines, read_outputs, read_parallel
from evaluation.records import Segment
from evaluation.report import Row, Table
from evaluation.writers import write_lines
from service.benchmark import benchmark
from service.console import AsJson, clear_errors, names, progress, say, show
from service.diagnose import diagnose
from service.diversify import diversify
from service.key import app as keys
from service.train import train
from service.train_metric import train_metric
from service.validate import validate

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Combine the outputs of several text systems into one better output, with the evidence.",
)

app.command()(train)
app.command()(train_metric)
app.command()(benchmark)
app.command()(validate)
app.command()(diagnose)
app.command()(diversify)
app.add_typer(keys, name="key")


@app.command()
def combine(
    folder: Annotated[
        Path, typer.Argument(help="source.txt and one NAME.txt per system; or a JSONL file.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the combined text goes.")],
    combiner: Annotated[
        str, typer.Option(help=f"A folder from `consort train`, or {', '.join(BASELINES)}, neural.")
    ] = "vote",
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="What the systems put out.", show_default="what the combiner is usual for"
        ),
    ] = None,
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    votes: Annotated[
        int | None,
        typer.Option(min=1, help="Votes an edit needs.", show_default="half, rounded up"),
    ] = None,
    types: Annotated[
        Types | None,
        typer.Option(
            help="What names the types of edits.", show_default="the combiner's own, or surface"
        ),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="JSONL: every candidate, its voters, why (not) taken.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Combine a folder of system outputs."""
    with clear_errors():
        chosen = _combiner(combiner, votes)
        wanted = kind_for(chosen, kind)
        if votes and wanted != "edits":
            raise ValueError(f"--votes is for edits, not {wanted}")
        segments = read_outputs(folder, names(systems))
        _check_outputs(folder, output, evidence, segments)
        classifier = load_types(_types(chosen, types))
        ballots = list(collect_all(progress(segments, "Combining"), wanted, classifier))
        fitted = chosen.fit(ballots)
        outputs = combine_all(ballots, fitted)
        write_lines(output, (combination.text for combination in outputs))
        if evidence:
            write_lines(evidence, (json.dumps(c.evidence(), ensure_ascii=False) for c in outputs))
        show(_summary(segments, outputs, fitted, wanted), as_json)
    say(f"wrote {output}" + (f" and {evidence}" if evidence else ""))


def _combiner(name: str, votes: int | None) -> Combiner:
    if votes is not None and name != Majority.name:
        raise ValueError(f"--votes is for the combiner {Majority.name}, not {name}")
    if name in BASELINES:
        return Majority(k=votes) if votes is not None else BASELINES[name]()
    from ensemble.artefact import read
    from ensemble.neural.combiner import Neural

    if name == Neural.name:
        return Neural()
    if not Path(name).is_dir():
        known = ", ".join([*BASELINES, Neural.name])
        raise ValueError(f"no combiner {name!r}; there are {known}, and folders of trained ones")
    return read(Path(name))[0]


def _types(combiner: Combiner, types: Types | None) -> Types:
    """Return what is to name the types of edits: what a trained combiner was shown."""
    shown = getattr(combiner, "types", None)
    if types and shown and types != shown:
        raise ValueError(f"this combiner was trained with --types {shown}")
    return types or shown or "surface"


def _check_outputs(
    folder: Path, output: Path, evidence: Path | None, segments: list[Segment]
) -> None:
    """Refuse to write over what was read, and warn of what would be read next time."""
    names = ("source", *(segments[0].hypotheses if segments else ()))
    taken = {folder.resolve(), *((folder / f"{name}.txt").resolve() for name in names)}
    for path in filter(None, (output, evidence)):
        if not path.resolve().parent.is_dir():
            raise ValueError(f"{path.parent} is no folder to write to")
        if path.resolve() in taken:
            raise ValueError(f"{path} is read or written already; choose another output")
        taken.add(path.resolve())
    own = output.resolve().parent == folder.resolve() and output.suffix == ".txt"
    if own and not output.stem.startswith("_"):
        say(f"note: {output.name} will count as a system next time; _{output.name} would not")


def _summary(
    segments: list[Segment], outputs: list[Combination], combiner: Combiner, kind: Kind
) -> Table:
    decisions = [decision for combination in outputs for decision in combination.decisions]
    figures = {
        "segments": len(segments),
        "systems": len(segments[0].hypotheses) if segments else 0,
        "candidates": len(decisions),
        "accepted": sum(decision.accepted for decision in decisions),
    }
    rows = [Row(combiner.name, "corpus", key, value) for key, value in figures.items()]
    return Table(rows, signed(combiner, kind))


@app.command()
def score(
    hypotheses: Annotated[Path, typer.Argument(help="One text a line.")],
    source: Annotated[Path | None, typer.Option(help="What the systems were given.")] = None,
    gold: Annotated[Path | None, typer.Option(help="Gold edits, an M2 file.")] = None,
    reference: Annotated[
        list[Path] | None, typer.Option(help="Reference texts; as many times as there are.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="As many times as wanted.", show_default="what the gold or references allow"
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The folder of a metric from `consort train-metric`; or which model one --metric"
            " asks: a packaged one, a folder, a hub id."
        ),
    ] = None,
    segments: Annotated[
        bool, typer.Option("--segments", help="Print one score a line; one --metric.")
    ] = False,
    by_type: Annotated[
        bool, typer.Option("--by-type", help="Show `edits` for each type of edit too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score texts by automatic metrics, with 95% intervals."""
    with clear_errors():
        texts = _texts(hypotheses, source, gold, reference or [])
        if model and len(metric or []) != 1:
            raise ValueError("--model is for one --metric")
        metrics = [load_metric(name, model) for name in metric or _usual(texts)]
        if segments:
            _print_segments(metrics, texts, as_json)
            return
        scores = [measure.corpus_score(texts) for measure in progress(metrics, "Scoring")]
        rows = [row for one in scores for row in one.rows]
        rows += EditsF().type_rows(texts) if by_type else []
        show(Table(rows, " ".join(one.signature for one in scores)), as_json)


def _print_segments(metrics: list[Metric], texts: Texts, as_json: bool) -> None:
    if len(metrics) != 1 or as_json:
        raise ValueError("--segments prints the bare scores of one --metric, and no --json")
    typer.echo("\n".join(f"{value:.6f}" for value in metrics[0].segment_scores(texts)))


def _texts(
    hypotheses: Path, source: Path | None, gold: Path | None, references: list[Path]
) -> Texts:
    """Read what is to be scored; where gold is given and no source, the gold's own."""
    annotated = read_m2(gold) if gold else None
    sources = read_lines(source) if source else None
    if annotated and sources is None:
        sources = [" ".join(sentence.source) for sentence in annotated]
    columns = read_parallel(references)
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else None
    texts = Texts(read_lines(hypotheses), sources, rows, annotated)
    if rows and sources and annotated is None:
        return replace(texts, gold=gold_from_references(sources, rows))
    return texts


def _usual(texts: Texts) -> list[str]:
    by_gold = ["edits", "maxmatch"] if texts.gold is not None else []
    by_references = ["chrf", "bleu"] if texts.references is not None else []
    if not by_gold + by_references:
        raise ValueError("nothing to score against: give --gold or --reference, or name a --metric")
    return by_gold + by_references


@app.command()
def serve(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
    host: Annotated[str | None, typer.Option(show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(show_default="8000")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Systems.", show_default="the five embedded correctors")
    ] = None,
) -> None:
    """Serve the API and the playground."""
    from service.app import create_app
    from service.serving import check_exposure
    from service.serving import serve as run
    from service.settings import load_settings

    given = {"host": host, "port": port, "roster": roster}
    with clear_errors():
        settings = load_settings(config, **{k: v for k, v in given.items() if v is not None})
        check_exposure(settings)
        service = create_app(settings)
    say(f"Consort: playground http://{settings.host}:{settings.port}/, API under /docs")
    run(service, settings)


@app.command()
def work(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
) -> None:
    """Do the jobs of a service that shares this one's database and folder of state."""
    from service.jobs.worker import work as do_jobs
    from service.settings import load_settings

    with clear_errors():
        do_jobs(load_settings(config))


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Systems.", show_default="the five embedded correctors")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that everything needed is here and that the systems really answer."""
    from service.doctor import examine
    from service.settings import load_settings

    with clear_errors():
        findings = []
        settings = load_settings(config, **({"roster": roster} if roster else {}))
        for finding in examine(settings):
            findings.append(finding)
            if not as_json:
                mark = "ok  " if finding.well else "FAIL" if finding.required else "-   "
                typer.echo(f"{mark} {finding.what:24} {finding.seen}")
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    if any(finding.required and not finding.well for finding in findings):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
