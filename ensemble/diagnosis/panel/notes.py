"""Sentences on how the figures of a panel came about, and on what they do not show."""

from collections.abc import Iterator, Mapping

from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.results import Figures, needed

_ONE_JUDGE = (
    "the judge that chooses also scores, so that its choices seem better than they are: nothing "
    "but references, or a second judge, tells how much"
)
_JUDGES = (
    "without references each judge in turn scores what the others choose, from 0, its lowest score "
    "of any output, to 100; what all judges have in common, such as liking long texts, is not seen"
)


def about_best(times: Mapping[str, int]) -> str:
    """Return which models were chosen as the best, `times` by name."""
    total = sum(times.values())
    ranked = sorted(times, key=lambda name: (-times[name], name))
    listed = ", ".join(f"{name} for {times[name] / total:.0%} of the prompts" for name in ranked)
    return f"the best single model is chosen on other prompts than those it is scored on: {listed}"


def about_prompts(figures: Figures) -> Iterator[str]:
    """Yield how many prompts would show a gain, where it is not known whether there is one."""
    gain = figures.gain
    if gain is None or figures.is_gain or figures.is_loss:
        return
    if float(gain.delta) > 0 and figures.needed is not None:
        yield (
            f"a gain of {gain.delta:.2f} points by {figures.name} would be shown by about "
            f"{figures.needed:,} prompts (power 80%)"
        )
    point = needed(gain, 1.0, figures.n)
    if point is not None:
        yield (
            f"a gain of 1 point by {figures.name} would be shown by about {point:,} prompts "
            "(power 80%)"
        )


def about_judges(answers: Answers, recuse: bool) -> Iterator[str]:
    """Yield how judges scored, and what asking them costs."""
    if not answers.judges:
        return
    if not answers.labelled:
        yield _ONE_JUDGE if len(answers.judges) == 1 else _JUDGES
    yield (
        "judges are asked about each prompt that they scored; `judged where tied` asks them only "
        "where votes are equal, as a roster of Consort does"
    )
    own = [model.name for model in answers.models if model.name in answers.judges]
    if own and recuse:
        yield f"what {', '.join(own)} say as judges of their own outputs is left out"
