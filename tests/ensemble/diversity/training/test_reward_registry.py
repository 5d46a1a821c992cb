"""The registry of rewards: each keeps the laws, takes options, and may count what it needs."""

import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import Config
from ensemble.diversity.training.rewards import Options, Reward, State, chosen_states, register
from ensemble.diversity.training.rewards.registry import REWARDS, value_of
from ensemble.testing import check_reward
from tests.ensemble.diversity.conftest import CONFIG, toy

PAGE = Path(__file__).parents[4] / "docs" / "diversity.md"
OPTIONS = ["quality:beta=1", "sentence marginal:beta=2"]


@pytest.mark.parametrize("term", [*REWARDS.all(), *OPTIONS])
def test_a_registered_reward_keeps_the_laws(term: str) -> None:
    check_reward(term)


def test_the_rewards_of_this_package() -> None:
    names = {
        "combined metric",
        "correctness",
        "diversity",
        "marginal",
        "metric",
        "quality",
        "sentence marginal",
    }
    assert names <= set(REWARDS.all())


def test_the_page_on_diversity_lists_them() -> None:
    rewards = PAGE.read_text(encoding="utf-8").partition("## Rewards")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w ]+)` \|", rewards, re.MULTILINE) == list(REWARDS.all())


def no_option_type(state, target_f, *, beta=1):
    """A reward whose option has no type."""


def no_option_default(state, target_f, *, beta: float):
    """A reward whose option has no default."""


def positional_option(state, target_f, beta: float = 1):
    """A reward whose option is not behind a `*`."""


def undocumented(state, target_f): ...


@pytest.mark.parametrize(
    ("reward", "arguments", "fault"),
    [
        (no_option_type, {}, "no_option_type: the option beta needs a type"),
        (no_option_default, {}, "no_option_default: the option beta needs a default"),
        (positional_option, {}, r"positional_option takes \(state, target_f\), and its options"),
        (undocumented, {}, "undocumented needs a docstring"),
        (no_option_type, {"target": "both"}, "target of x: 'both' is not one of own, combined"),
        (no_option_type, {"quantity": 1}, "the quantity of x is 1, not a function"),
        (no_option_type, {"whole": 1}, "the quantity of x is 1, not a function"),
        (no_option_type, {"quantity": abs, "whole": abs}, "of options or of whole outputs"),
    ],
)
def test_a_wrong_registration_is_refused(reward, arguments, fault) -> None:
    with REWARDS.restored(), pytest.raises(TypeError, match=fault):
        register("x", **arguments)(reward)


@pytest.mark.parametrize("name", ["", "a:b", "a  b", "a=b", " a"])
def test_a_name_can_be_written_with_options(name: str) -> None:
    with pytest.raises(ValueError, match="a reward cannot be called"):
        register(name)


def test_an_option_changes_the_value() -> None:
    counts = np.array([[1.0, 4.0]])
    nothing = np.zeros((1, 1))
    state = State(counts, nothing, counts, counts, np.array([1.0]), nothing, {})
    assert value_of("quality")(state, 0.5) == pytest.approx(1.25 / 4.25)
    assert value_of("quality:beta=1")(state, 0.5) == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ("quallity", "no reward 'quallity'; there are .*correctness, .*diversity, .*quality"),
        ("quality:alpha=1", "the reward 'quality' has no option 'alpha'; its options are beta"),
        ("diversity:beta=1", "the reward 'diversity' has no option 'beta'; it takes no options"),
        ("quality:beta=0", "the option beta of the reward 'quality': Input should be greater than"),
        ("quality:beta", "quality:beta: an option is key=value"),
    ],
)
def test_a_term_that_is_not_known_is_refused(term: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Reward(terms={term: 1.0})


def words_added(options: Options) -> np.ndarray:
    pairs = zip(options.texts, options.sources, strict=True)
    return np.array([len(text.split()) - len(source.split()) for text, source in pairs], float)


def test_a_reward_of_a_new_quantity_is_counted_and_trained_for() -> None:
    with REWARDS.restored():

        @register("brevity", quantity=words_added)
        def brevity(state: State, target_f: float) -> np.ndarray:
            """Minus the words added."""
            return -state.quantities["brevity"]

        check_reward("brevity")
        lessons = {"short": {"reward": {"terms": {"brevity": 1}}}}
        experiment_data = ExperimentData(
            Config.model_validate({**CONFIG, "lessons": lessons}), toy(4)
        )
        decisions = experiment_data.prepare(np.arange(4)).decisions
        assert set(decisions.quantities) == {"brevity"}
        state = chosen_states(decisions, decisions.first[1:] - 1)
        assert state.quantities["brevity"].tolist() == [0.0] * 4


def test_a_lesson_about_a_metric_needs_one() -> None:
    lessons = {"m": {"reward": {"terms": {"metric": 1}}}}
    with pytest.raises(ValidationError, match="has a term about a metric: set `metric`"):
        Config.model_validate({**CONFIG, "lessons": lessons})
    config = Config.model_validate({**CONFIG, "lessons": lessons, "metric": "levenshtein"})
    assert (config.quantities, config.whole) == ({"metric"}, set())
