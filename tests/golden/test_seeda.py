"""SEEDA (Kobayashi et al. 2024): published scores of systems, and a pseudo-metric's correlations.

The data are not redistributed; configs/benchmark/seeda.yaml says how to fetch them.
"""

from pathlib import Path

import numpy as np
import pytest

from evaluation.data.rankings import read_rankings
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.dataset import read_dataset
from evaluation.statistics.correlation import pearson, spearman
from evaluation.statistics.system_ranking import expected_wins, trueskill

CONFIG = Path(__file__).parents[2] / "configs" / "benchmark" / "seeda.yaml"

SYSTEMS = (
    "BART", "BERT-fuse", "GECToR-BERT", "GECToR-ens", "GPT-3.5", "INPUT", "LM-Critic", "PIE",
    "REF-F", "REF-M", "Riken-Tohoku", "T5", "TemplateGEC", "TransGEC", "UEDIN-MS",
)  # fmt: skip
EXPECTED_WINS = {
    "edit": (.364, .556, .441, .403, .792, .130, .443, .450, .773, .549, .563, .571, .354, .653,
             .458),
    "sent": (.363, .540, .418, .381, .781, .068, .431, .507, .813, .556, .527, .634, .423, .647,
             .411),
}  # fmt: skip
TRUESKILL = {
    "edit": (-.231, .064, -.092, -.154, .583, -.797, -.097, -.084, .679, .078, .067, .097, -.211,
             .173, -.076),
    "sent": (-.300, .023, -.178, -.234, .743, -.922, -.163, -.034, .992, .067, -.001, .179, -.168,
             .175, -.179),
}  # fmt: skip

LENGTH = {
    ("edit", "expected wins"): (0.42736690406501093, 0.4545454545454546),
    ("sent", "expected wins"): (0.4532076150049142, 0.5454545454545455),
    ("edit", "trueskill"): (0.4834645229702062, 0.5944055944055945),
    ("sent", "trueskill"): (0.4880423593992749, 0.5524475524475525),
}
"""Pearson's r and Spearman's rho of the number of characters, in the tests of gec-metrics."""


@pytest.fixture
def seeda(data):
    folder = data / "gec" / "seeda"
    if not folder.is_dir():
        pytest.skip(f"SEEDA is not in {folder}; configs/benchmark/seeda.yaml says how to fetch it")
    return folder


@pytest.mark.parametrize("kind", ["edit", "sent"])
def test_scores_of_systems_follow_from_the_rankings(seeda, kind):
    rankings = read_rankings(seeda / "data" / "all" / f"judgments_{kind}.xml")
    order = [rankings.systems.index(name) for name in SYSTEMS]
    wins = expected_wins(rankings.wins().sum(axis=0))[order]
    assert wins == pytest.approx(EXPECTED_WINS[kind], abs=0.002)
    skills = trueskill(rankings, 100).mean(axis=0)[order]
    assert skills == pytest.approx(TRUESKILL[kind], abs=0.05)


@pytest.mark.parametrize(("kind", "scores"), LENGTH)
def test_the_number_of_characters_as_a_metric(seeda, data, kind, scores):
    dataset = read_dataset(read_config(CONFIG, [f"data={data}"]))
    lengths = [sum(map(len, dataset.outputs[name])) for name in dataset.systems]
    published = (EXPECTED_WINS if scores == "expected wins" else TRUESKILL)[kind]
    human = [published[SYSTEMS.index(name)] for name in dataset.systems]
    found = float(pearson(lengths, human)), float(spearman(lengths, human))
    assert found == pytest.approx(LENGTH[kind, scores], abs=1e-6)


def test_published_scores_by_edits_and_by_sentences_agree():
    """Table 2: people rank systems alike, whether they see edits or sentences."""
    for scores in (EXPECTED_WINS, TRUESKILL):
        assert float(spearman(scores["edit"], scores["sent"])) > 0.9
        best = np.argsort(scores["sent"])[-2:]
        assert {SYSTEMS[i] for i in best} == {"REF-F", "GPT-3.5"}
