"""The study of a panel: is it worth its cost, on prompts of one's own?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ensemble.diagnosis.panel.agreement import agreement_of
from ensemble.diagnosis.panel.answers import Answers, read_answers
from ensemble.diagnosis.panel.config import Panel, Plan
from ensemble.diagnosis.panel.costs import Costs
from ensemble.diagnosis.panel.figures import Figures, figures
from ensemble.diagnosis.panel.measures import judge_measure, labelled_measure
from ensemble.diagnosis.panel.notes import about_best, about_judges, about_prompts
from ensemble.diagnosis.panel.page import sections
from ensemble.diagnosis.panel.results import Result, Setting, best_single, result_of
from ensemble.diagnosis.panel.rows import main_of, rows_of, sentence, table_of
from ensemble.diagnosis.panel.ways import Combining, Way, ways_of
from ensemble.diagnosis.result import study_report
from evaluation.errors import InputError
from evaluation.execution.progress import Progress
from evaluation.reporting.markdown import markdown_rows, markdown_table
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import RESAMPLES, Statistic

CONFIG = Panel


def run(config: Panel, folder: Path | None, progress: Progress) -> RunReport:
    """Measure what `config` names; it takes seconds, so `folder` is not used.

    Raises:
        DataError: a file cannot be read.
        InputError: there are too few models or prompts, or an option does not apply.
        ValueError: the kind of outputs is not clear.
    """
    answers = read_answers(config)
    _check(answers)
    costs = Costs.of(answers, config)
    combining = Combining(answers, costs)
    settings, notes = _settings(answers, config.plan)
    notes = [*answers.notes, *notes, *costs.notes]
    if not settings:
        return _unlabelled(config, answers, combining, notes)
    measure = settings[0].measure
    ways = list(ways_of(answers, measure.any_text))
    results = {way: result_of(way, settings, combining) for way in progress(ways, "Combining")}
    singles = [result for way, result in results.items() if way.level == "single"]
    best, times = best_single(singles, answers, measure.statistic, config.plan)
    every = list(_compared(results, singles, best, measure.statistic))
    if answers.kind == "texts" and not measure.any_text:
        notes.append("`fuse` is left out: texts of its own have no score without references")
    notes += [about_best(times), *about_judges(answers, config.outputs.judging.recuse)]
    return _report(config, answers, measure.name, every, notes)


def _check(answers: Answers) -> None:
    """Refuse too few models or prompts.

    Raises:
        InputError: nothing can be combined, or there are too few prompts to choose a model on.
    """
    if len(answers.models) < 2 and not any(model.samples for model in answers.models):
        names = ", ".join(model.name for model in answers.models) or "none"
        message = f"a panel needs two models, or two samples of one; there is only {names}"
        raise InputError("missing-input", message)
    prompts = len({s.source or f"\0{i}" for i, s in enumerate(answers.segments)})
    if prompts < 2:
        message = "a panel needs two different prompts at least, better some 100; there is 1"
        raise InputError("missing-input", message)


def _settings(answers: Answers, plan: Plan) -> tuple[list[Setting], list[str]]:
    """Return how to score, and by which judges to choose; nothing without labels or judges.

    Without labels, of several judges each in turn scores what the others choose.
    """
    measure, notes = labelled_measure(answers, plan.measure)
    if measure is not None:
        return [Setting(answers.judges, measure)], notes
    judges = answers.judges
    if judges and answers.kind == "edits":
        return [], ["judges score whole outputs, and are not used for edits"]
    if len(judges) < 2:
        return [Setting(judges, judge_measure(answers, judge)) for judge in judges], notes
    return [
        Setting(tuple(j for j in judges if j != judge), judge_measure(answers, judge))
        for judge in judges
    ], notes


def _compared(
    results: Mapping[Way, Result], singles: Sequence[Result], best: Result, statistic: Statistic
) -> Iterator[Figures]:
    """Yield the figures of the models, of the best single model, and of combined outputs."""
    votes = {way.parts: result for way, result in results.items() if way.is_by_votes}
    for result in (*singles, best):
        yield figures(result, best, None, statistic)
    for way, result in results.items():
        if way.level != "single":
            yield figures(result, best, None if way.is_by_votes else votes[way.parts], statistic)


def _report(
    config: Panel, answers: Answers, measure: str, every: Sequence[Figures], notes: Sequence[str]
) -> RunReport:
    main = main_of(every)
    table = Table(list(rows_of(every, measure)), _signature(config, answers, measure))
    report = study_report(
        "panel",
        config.name,
        (sentence(main),),
        [*about_prompts(main), *notes],
        table,
        {"measure": measure, "ways": [f.fields() for f in every]},
        lambda: sections(every, measure),
    )

    def details() -> Iterable[str]:
        return [*markdown_table(*table_of(every)), "", *markdown_rows(table.rows)]

    return replace(report, details=details)


def _unlabelled(
    config: Panel, answers: Answers, combining: Combining, notes: Sequence[str]
) -> RunReport:
    """Return the report without labels and judges: agreement, and calls."""
    ways = [way for way in ways_of(answers, False) if way.level != "single" and way.is_by_votes]
    agreements = [agreement_of(way, answers, combining) for way in ways]
    rows = [row for agreement in agreements for row in agreement.rows()]
    return study_report(
        "panel",
        config.name,
        (agreements[-1].sentence(),),
        notes,
        Table(rows, _signature(config, answers, "agreement")),
        {"measure": "agreement", "ways": []},
        lambda: (agreement.section() for agreement in agreements),
    )


def _signature(config: Panel, answers: Answers, measure: str) -> str:
    parameters = {
        **config.plan.model_dump(exclude={"measure"}),
        "kind": answers.kind,
        "models": len(answers.models),
        "judges": len(answers.judges),
        "measure": measure,
        "resamples": RESAMPLES,
    }
    return sign(f"panel {config.name}", parameters)
