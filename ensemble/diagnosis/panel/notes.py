"""Sentences on how the figures of a panel came about, and on what they do not show."""

from collections.abc import Iterator, Mapping

from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.figures import Figures

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
    start = f"the best single model is chosen on other prompts than those it is scored on: {listed}"
    if len(ranked) < 2:
        return start
    return f"{start}; where models are nearly equal, it may score below each of them"


def about_prompts(figures: Figures) -> Iterator[str]:
    """Yield how many prompts would show a gain, where it is not known whether there is one."""
    gain = figures.gain
    if gain is None or gain.is_clear:
        return
    sizes = [gain.value] if gain.value > 0 and round(gain.value, 2) != 1 else []
    for size in (*sizes, 1.0):
        prompts = gain.needed(size, figures.n)
        if prompts is not None:
            points = "1 point" if size == 1 else f"{size:.2f} points"
            yield (
                f"a gain of {points} by {figures.named} would be shown by about {prompts:,} "
                "prompts (power 80%)"
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
        if not answers.labelled:
            yield "so each of these models is scored by other judges, whose scales may differ"
