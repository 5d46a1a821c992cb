"""The conclusion from the trials of all seeds: figures with intervals, verdicts, examples."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ensemble.combiners.registry import label_free
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.assessment.trial import Trial
from ensemble.diversity.config import CHOOSER, NO_MEMBER, ORACLE, UNTRAINED, VOTE, Config
from ensemble.diversity.training.training_log import Point
from ensemble.types import Array, Integers
from evaluation.reporting.table import Row, Table, sign
from evaluation.statistics.significance import Difference, Statistic, bootstrap, paired_difference

COMBINED, OWN = "combined F0.5", "own F0.5"
GAIN, DISTANCE = "gain over untouched", "distance from the others"
OVER_CHOOSER = f"gain over {CHOOSER}"
_EXAMPLES = 8


@dataclass(frozen=True)
class Example:
    """A segment that the trained member improved, with the combined text before and after."""

    source: str
    before: str
    after: str
    gain: float


@dataclass(frozen=True)
class Conclusion:
    """The results of a run.

    `gains` has the trained member's gain of each seed, in its order; `disagreement` the mean
    Jaccard distance of each two of `systems`, (systems, systems). Outputs are measured by
    `measure`: the statistics `combined` and `own` are named for it.
    """

    name: str
    lesson: str
    measure: str
    rows: tuple[Row, ...]
    verdicts: tuple[str, ...]
    notes: tuple[str, ...]
    gains: tuple[float, ...]
    courses: Mapping[str, Sequence[Sequence[Point]]]
    lambdas: tuple[float, ...]
    systems: tuple[str, ...]
    disagreement: Array
    examples: tuple[Example, ...]
    signature: str

    @property
    def table(self) -> Table:
        """All figures."""
        return Table(self.rows, self.signature)

    @property
    def combined(self) -> str:
        """The name of the statistic of combined outputs, as `COMBINED` of edits."""
        return f"combined {self.measure}"

    @property
    def own(self) -> str:
        """The name of the statistic of the member's own outputs, as `OWN` of edits."""
        return f"own {self.measure}"

    def figure(self, name: str, statistic: str) -> Row:
        """Return the row of `statistic` of the member called `name`."""
        return next(r for r in self.rows if (r.name, r.statistic) == (name, statistic))

    def fields(self) -> dict[str, object]:
        """Return gains, training curves, disagreement and examples, as JSON has them."""
        return {
            "gain of each seed": self.gains,
            "points": {
                name: [[point.fields() for point in points] for points in seeds]
                for name, seeds in self.courses.items()
            },
            "disagreement": {"systems": self.systems, "mean": self.disagreement},
            "examples": [asdict(example) for example in self.examples],
        }


def conclude(config: Config, data: ExperimentData, trials: Sequence[Trial]) -> Conclusion:
    """Return the conclusion from the `trials`, one a seed."""
    lesson, statistic = config.main_experiment, data.kind.statistic
    names = list(trials[0].outcomes)
    combined = {name: _pooled(data, trials, name, "combined") for name in names}
    rows = [row for name in names for row in _rows(data, trials, name, combined)]
    for name in names:
        if name not in (lesson, UNTRAINED, ORACLE):
            gain = paired_difference(combined[lesson], combined[name], statistic)
            rows.append(_gain(lesson, f"gain over {name}", gain, _tested(trials)))
    for name in trials[0].points:
        if name != lesson:
            gain = paired_difference(combined[name], combined[CHOOSER], statistic)
            rows.append(_gain(name, OVER_CHOOSER, gain, _tested(trials)))
    rows += [row for judge in config.judges for row in _judged(data, trials, judge)]
    gains = tuple(
        float(
            statistic(t.outcomes[lesson].combined.sum(0))
            - statistic(t.outcomes[UNTRAINED].combined.sum(0))
        )
        for t in trials
    )
    systems = (*data.others, UNTRAINED, lesson)
    return Conclusion(
        config.name,
        lesson,
        data.kind.measure,
        tuple(rows),
        (
            *_verdicts(lesson, rows, data.kind.measure),
            *(_verdict(lesson, judge, rows, data.kind.measure) for judge in config.judges),
        ),
        _notes(config, data, trials),
        gains,
        {name: [t.points[name] for t in trials] for name in trials[0].points},
        config.sweep.lambdas if config.sweep else (),
        systems,
        _disagreement(data, trials, systems),
        _examples(data, trials, lesson),
        sign(f"diversify {config.name}", _parameters(config, len(trials))),
    )


def _parameters(config: Config, seeds: int) -> dict[str, object]:
    """Return what the signature says of a run; defaults of later options are left out."""
    return {
        "lesson": config.main_experiment,
        "seeds": seeds,
        "weight": config.weight,
        **({"combiner": config.combiner} if config.combiner != VOTE else {}),
        **({"rounds": config.rounds} if config.rounds > 1 else {}),
        **({"judges": ",".join(config.judges)} if config.judges else {}),
        **config.outputs.parameters,
        "sees": config.sees,
        "start": config.start,
        "split": config.split.seed,
    }


def _mean(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1))


def _pooled(data: ExperimentData, trials: Sequence[Trial], name: str, what: str) -> Array:
    """Return the counts of each segment that was tested, summed over seeds."""
    return _summed(data, trials, [getattr(trial.outcomes[name], what) for trial in trials])


def _summed(data: ExperimentData, trials: Sequence[Trial], counts: Sequence[Array]) -> Array:
    # A segment may be tested by several seeds; its counts are summed, so it stays one item in the
    # bootstrap.
    total = np.zeros((len(data.dataset.sources), 3))
    for trial, part in zip(trials, counts, strict=True):
        total[trial.rows] += part
    return total[_tested_rows(trials)]


def _distances(data: ExperimentData, trials: Sequence[Trial], name: str) -> Array:
    """Return the distance from the others and 1, of each tested segment, summed over seeds."""
    total = np.zeros((len(data.dataset.sources), 2))
    for trial in trials:
        total[trial.rows, 0] += trial.outcomes[name].distance.mean(axis=1)
        total[trial.rows, 1] += 1
    return total[_tested_rows(trials)]


def _tested_rows(trials: Sequence[Trial]) -> Integers:
    return np.unique(np.concatenate([trial.rows for trial in trials]))


def _tested(trials: Sequence[Trial]) -> int:
    return len(_tested_rows(trials))


def _rows(
    data: ExperimentData, trials: Sequence[Trial], name: str, combined: Mapping[str, Array]
) -> list[Row]:
    kind, counts, n = data.kind, combined[name], _tested(trials)
    rows = [_score(name, f"combined {kind.measure}", counts, kind.statistic, n)]
    if name != UNTRAINED:
        gain = paired_difference(counts, combined[UNTRAINED], kind.statistic)
        rows.append(_gain(name, GAIN, gain, n))
    if name != NO_MEMBER:
        of_member = _pooled(data, trials, name, "own")
        rows.append(_score(name, f"own {kind.measure}", of_member, kind.statistic, n))
        rows.append(_score(name, DISTANCE, _distances(data, trials, name), _mean, n))
    return rows


def _judged(data: ExperimentData, trials: Sequence[Trial], judge: str) -> list[Row]:
    """Return the figures of another ensemble with each of some members."""
    kind, names, n = data.kind, trials[0].judged[judge], _tested(trials)
    pooled = {
        name: _summed(data, trials, [t.judged[judge][name] for t in trials]) for name in names
    }
    rows = []
    for name, counts in pooled.items():
        rows.append(_score(name, f"combined {kind.measure}, {judge}", counts, kind.statistic, n))
        if name != UNTRAINED:
            gain = paired_difference(counts, pooled[UNTRAINED], kind.statistic)
            rows.append(_gain(name, f"{GAIN}, {judge}", gain, n))
    return rows


def _score(name: str, called: str, counts: Array, statistic: Statistic, n: int) -> Row:
    low, high = bootstrap(counts, statistic)
    value = float(statistic(counts.sum(axis=0)))
    return Row(name, "test", called, value, float(low), float(high), n)


def _gain(name: str, statistic: str, gain: Difference, n: int) -> Row:
    return Row(name, "test", statistic, float(gain.delta), float(gain.low), float(gain.high), n)


def _verdicts(lesson: str, rows: Sequence[Row], measure: str) -> tuple[str, ...]:
    by_name = {(row.name, row.statistic): row for row in rows}
    gain = by_name[lesson, GAIN]
    trained, untrained = (by_name[name, f"combined {measure}"] for name in (lesson, UNTRAINED))
    oracle_gain = by_name[ORACLE, GAIN].value
    return (
        f"with the trained member ({lesson}) the combined {measure} is "
        f"{trained.value:.2f}, {gain.value:+.2f} ({gain.low:+.2f} to {gain.high:+.2f}) against "
        f"{untrained.value:.2f} with the member untouched: {_clear(gain)}",
        f"a member that knew the right options would bring {oracle_gain:+.2f}: "
        f"{100 * gain.value / oracle_gain if oracle_gain else 0:.0f}% of the way was gone",
    )


def _verdict(lesson: str, judge: str, rows: Sequence[Row], measure: str) -> str:
    """Return a sentence on the trained member in another ensemble."""
    by_statistic = {row.statistic: row for row in rows if row.name == lesson}
    gain = by_statistic[f"{GAIN}, {judge}"]
    combined = by_statistic[f"combined {measure}, {judge}"]
    return (
        f"in the ensemble {judge!r} it is {combined.value:.2f}, {gain.value:+.2f} "
        f"({gain.low:+.2f} to {gain.high:+.2f}) against the member untouched: {_clear(gain)}"
    )


def _clear(gain: Row) -> str:
    return "clear of 0" if (gain.low or 0) > 0 else "not clear of 0"


def _notes(config: Config, data: ExperimentData, trials: Sequence[Trial]) -> tuple[str, ...]:
    notes = [*data.dataset.notes]
    notes += dict.fromkeys(f"untouched, it is {trial.untrained}" for trial in trials)
    if config.rounds > 1:
        notes.append(
            f"the combiner was trained {config.rounds} times, last with the trained member"
        )
    if config.outputs.edits_source and config.combiner != VOTE:
        lesson, statistic = config.main_experiment, data.kind.statistic
        of_texts = np.mean(
            [statistic(trial.outcomes[lesson].combined.sum(axis=0)) for trial in trials]
        )
        added_up = np.mean([trial.foretold for trial in trials])
        notes.append(
            f"added up edit by edit, as rewards are, the combined F0.5 would be {added_up:.2f}; by "
            f"whole texts it is {of_texts:.2f}, the mean of the seeds"
        )
    notes += [
        f"whether the combiner in {name} was trained on the test data is unknown"
        for name in data.fixed_combiners
        if name.partition(":")[0] not in label_free()
    ]
    return tuple(notes)


def _disagreement(data: ExperimentData, trials: Sequence[Trial], systems: Sequence[str]) -> Array:
    """Return the mean Jaccard distance of the edits of each two of `systems`."""
    distance = np.zeros((len(systems), len(systems)))
    n = 0
    for trial in trials:
        part = data.dataset.part(trial.rows)
        outputs = {**part.others, **{k: trial.outcomes[k].texts for k in systems[-2:]}}
        for ballot in data.kind.ballots(part.with_only(outputs)):
            made = [{c.edit for c in ballot.candidates if name in c.voters} for name in systems]
            distance += [[data.kind.distance(a, b) for b in made] for a in made]
        n += len(trial.rows)
    return distance / max(n, 1)


def _examples(data: ExperimentData, trials: Sequence[Trial], lesson: str) -> tuple[Example, ...]:
    """Return the segments whose combined text the trained member improved most, one a source."""
    examples = {}
    for trial in trials:
        trained, untrained = trial.outcomes[lesson], trial.outcomes[UNTRAINED]
        more = trained.combined - untrained.combined
        gain = 2 * more[:, 0] - more[:, 1]  # right edits less wrong ones; of answers, their worth
        for i in np.flatnonzero(gain > 0).tolist():
            source = data.dataset.sources[int(trial.rows[i])]
            examples[source] = Example(
                source, untrained.outputs[i], trained.outputs[i], float(gain[i])
            )
    return tuple(sorted(examples.values(), key=lambda e: (-e.gain, len(e.source)))[:_EXAMPLES])
