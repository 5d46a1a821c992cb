"""The command line: one function per command, each a thin door to what the service does too."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from ensemble.baselines import BASELINES, Majority
from ensemble.candidates import Kind
from ensemble.combiner import Combiner, combine_all, fit
from evaluation.edits.m2 import read_m2
from evaluation.metrics.base import Texts, load_metric
from evaluation.metrics.correction import gold_from_references
from evaluation.readers import read_folder, read_lines
from evaluation.report import Row, Table
from service.console import clear_errors, progress, say, show, write_lines

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Combine the outputs of several text systems into one better output, with the evidence.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def combine(
    folder: Annotated[Path, typer.Argument(help="source.txt and one NAME.txt per system.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the combined text goes.")],
    combiner: Annotated[str, typer.Option(help=", ".join(BASELINES))] = "vote",
    kind: Annotated[
        Literal["edits", "texts", "labels"] | None,
        typer.Option(help="What the systems put out. [default: what the combiner is usual for]"),
    ] = None,
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    votes: Annotated[
        int | None, typer.Option(min=1, help="Votes an edit needs. [default: half, rounded up]")
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="JSONL: every candidate, its voters, why (not) taken.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Combine a folder of system outputs."""
    with clear_errors():
        chosen = _combiner(combiner, votes)
        segments = read_folder(folder, systems.split(",") if systems else None)
        wanted: Kind = kind or chosen.kinds[0]
        chosen = fit(chosen, progress(segments, "Learning who agrees"), wanted)
        outputs = list(combine_all(progress(segments, "Combining"), chosen, wanted))
        write_lines(output, (combination.text for combination in outputs))
        if evidence:
            write_lines(evidence, (json.dumps(c.evidence(), ensure_ascii=False) for c in outputs))
        decisions = [decision for c in outputs for decision in c.decisions]
        figures = {
            "segments": len(segments),
            "systems": len(segments[0].hypotheses) if segments else 0,
            "candidates": len(decisions),
            "accepted": sum(decision.accepted for decision in decisions),
        }
        rows = [Row(chosen.name, "corpus", key, value) for key, value in figures.items()]
        show(Table(rows, f"{chosen.signature}|kind:{wanted}"), as_json)
    say(f"wrote {output}" + (f" and {evidence}" if evidence else ""))


def _combiner(name: str, votes: int | None) -> Combiner:
    if name not in BASELINES:
        raise ValueError(f"no combiner {name!r}; there are {', '.join(BASELINES)}")
    if votes is None:
        return BASELINES[name]()
    if name != Majority.name:
        raise ValueError(f"--votes is for the combiner {Majority.name}, not {name}")
    return Majority(k=votes)


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
        typer.Option(help="As many times as wanted. [default: what the gold or references allow]"),
    ] = None,
    segments: Annotated[bool, typer.Option(help="Print one score a line instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score texts by automatic metrics, with 95% intervals."""
    with clear_errors():
        texts = _texts(hypotheses, source, gold, reference or [])
        metrics = [load_metric(name) for name in metric or _usual(texts)]
        if segments:
            for measure in metrics:
                typer.echo("\n".join(f"{value:.6f}" for value in measure.segment_scores(texts)))
            return
        scores = [measure.corpus_score(texts) for measure in progress(metrics, "Scoring")]
        rows = [row for one in scores for row in one.rows]
        show(Table(rows, " ".join(one.signature for one in scores)), as_json)


def _texts(
    hypotheses: Path, source: Path | None, gold: Path | None, references: list[Path]
) -> Texts:
    """Read what is to be scored; where gold is given and no source, the gold's own."""
    annotated = read_m2(gold) if gold else None
    sources = read_lines(source) if source else None
    if annotated and sources is None:
        sources = [" ".join(sentence.source) for sentence in annotated]
    rows = _rows(references) if references else None
    if rows and sources and annotated is None:
        annotated = gold_from_references(sources, rows)
    return Texts(read_lines(hypotheses), sources, rows, annotated)


def _rows(references: list[Path]) -> list[list[str]]:
    """Return the references of each segment."""
    columns = [read_lines(path) for path in references]
    for path, column in zip(references, columns, strict=True):
        if len(column) != len(columns[0]):
            raise ValueError(f"{path}: {len(column)} lines, {references[0]} has {len(columns[0])}")
    return [list(row) for row in zip(*columns, strict=True)]


def _usual(texts: Texts) -> list[str]:
    by_gold = ["edits", "maxmatch"] if texts.gold is not None else []
    by_references = ["chrf", "bleu"] if texts.references is not None else []
    if not by_gold + by_references:
        raise ValueError("nothing to score against: give --gold or --reference, or name a --metric")
    return by_gold + by_references


@app.command()
def serve(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
    host: Annotated[str | None, typer.Option(help="[default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="[default: 8000]")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Systems. [default: the five embedded correctors]")
    ] = None,
) -> None:
    """Serve the API and the playground."""
    import uvicorn

    from service.app import create_app
    from service.settings import load_settings

    given = {"host": host, "port": port, "roster": roster}
    with clear_errors():
        settings = load_settings(config, **{k: v for k, v in given.items() if v is not None})
        service = create_app(settings)
    say(f"Consort: playground http://{settings.host}:{settings.port}/, API under /docs")
    uvicorn.run(
        service,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.deadline_s) + 1,
    )


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that everything needed is here and that the systems really answer."""
    from service.doctor import examine
    from service.settings import load_settings

    with clear_errors():
        findings = []
        for finding in examine(load_settings(config)):
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
