"""The material of the diversity study, as it is: what of it is no system, and what tables say."""

from pathlib import Path

import numpy as np
import pytest

from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.assessment.judging import texts_of
from ensemble.diversity.config import read_config
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.training.rewards import chosen_states
from evaluation.execution.progress import quietly

CONFIG = Path(__file__).parents[2] / "configs" / "diversity" / "bea_dev.yaml"
LEVEL_A = np.arange(1037)


@pytest.fixture(scope="module")
def experiment_data(data) -> ExperimentData:
    config = read_config(CONFIG, [f"data={data}"])
    return ExperimentData(config, read_dataset(config, quietly))


def test_two_of_the_pool_are_no_systems_of_their_own(experiment_data):
    assert experiment_data.dataset.versions.names == ("r2l", "weiqi1")
    assert experiment_data.dataset.notes == (
        "ori is the source, text for text: left out",
        "sed is toho, text for text: left out",
    )
    assert experiment_data.best_version(LEVEL_A) == "weiqi1"


def test_what_was_counted_before_training_is_what_the_texts_come_to(experiment_data):
    part = experiment_data.prepare(LEVEL_A)
    decisions, sizes = part.decisions, np.diff(part.decisions.first)
    assert (len(part.choices), len(decisions.own)) == (2413, 4984)
    assert decisions.absent.sum(axis=0).tolist() == [1157, 1717]
    chosen = decisions.first[:-1] + np.random.default_rng(0).integers(sizes)
    state = chosen_states(decisions, chosen)
    outcome = experiment_data.outcome(part, texts_of(experiment_data, part, chosen))
    differ = np.abs(state.combined - outcome.combined[:, :2]).sum(axis=1) > 0
    # Where two edits touch, they may be read as one off the text, and are taken only together.
    assert differ.mean() < 0.02
    assert outcome.combined[:, 2].sum() == 2948
