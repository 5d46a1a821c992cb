"""The record of a combination for telemetry: sizes, times and costs."""

from collections.abc import Mapping

from ensemble.timing import Clock
from service.core.query import JudgeResult, Outcome
from service.telemetry.exchange import Combined, JudgeTiming, SystemTiming


def timings(outcome: Outcome, clock: Clock) -> Combined:
    """Return the record of an outcome, whose phases `clock` has."""
    results = outcome.results
    return Combined(
        kind=outcome.kind,
        combiner=outcome.combiner.name,
        laps=clock.laps,
        systems={
            name: SystemTiming(
                result.status,
                result.milliseconds,
                result.spent.tokens,
                result.spent.cost or 0.0,
            )
            for name, result in results.items()
            if result.milliseconds is not None or result.status == "not asked"
        },
        votes=[len(d.candidate.voters) for d in outcome.combination.decisions],
        voters=sum(result.status == "ok" for result in results.values()),
        judges=_asked(outcome.judges),
    )


def _asked(judges: Mapping[str, JudgeResult]) -> dict[str, JudgeTiming]:
    """Return the figures of the judges that were asked."""
    return {
        name: JudgeTiming(
            result.fault or "ok",
            result.milliseconds,
            result.spent.calls,
            result.spent.tokens,
            result.spent.cost or 0.0,
        )
        for name, result in judges.items()
        if result.milliseconds is not None
    }
