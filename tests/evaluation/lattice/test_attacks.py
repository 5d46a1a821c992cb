"""Attacks on metrics: an oracle resists them, a metric that sees one trait falls for others."""

import numpy as np
import pytest

from evaluation.execution.progress import quietly
from evaluation.lattice.attacks import attack_rows
from evaluation.lattice.chains import build
from evaluation.lattice.config import LatticeOptions
from evaluation.lattice.gold import joined
from evaluation.lattice.items import assign_references, reference_set
from evaluation.metrics.base import mean_score
from evaluation.metrics.registry import load_metric
from evaluation.records import Annotated
from tests.evaluation.lattice.conftest import Counting, edit

OPTIONS = LatticeOptions(resamples=50, seed=0)
KINDS = ("empty", "source", "repetition", "other", "salad")


class Shortness:
    """The fewer characters the better."""

    name = "shortness"
    needs = frozenset()

    def segment_scores(self, texts):
        return -np.array([float(len(text)) for text in texts.hypotheses])

    def corpus_score(self, texts):
        return mean_score(self.name, self.segment_scores(texts), {})


class Order(Counting):
    """Counts corrections that are in their places, in the longest text."""

    def segment_scores(self, texts):
        pairs = zip(texts.hypotheses, texts.references, strict=True)
        return np.array(
            [
                sum(a == b for a, b in zip(text.split(), references[0].split(), strict=False))
                for text, references in pairs
            ],
            dtype=float,
        )


def shares(gold, **metrics):
    lattice = build(gold, 1, 0)
    chains, _ = assign_references(lattice, lattice.chains, gold, 0)
    attacked = attack_rows(metrics, chains, reference_set(gold), OPTIONS, quietly)
    assert not attacked[1]
    return {(row.name, row.statistic): row for row in attacked[0]}


def test_an_oracle_and_a_metric_of_one_trait(gold):
    found = shares(gold, counting=Counting(), shortness=Shortness())
    values = {key: row.value for key, row in found.items()}
    assert values["counting", "empty"] == values["counting", "source"] == 1
    # The words of a salad are those of the correction: a tie is not above.
    assert values["counting", "salad"] == values["shortness", "salad"] == 0
    assert values["shortness", "empty"] == 0
    assert {key[1] for key in values} == {*KINDS}
    for row in found.values():
        assert row.level == "attack"
        assert row.n <= 12
        assert row.low <= row.value <= row.high


@pytest.mark.parametrize("name", ["chrf", "gleu", "levenshtein"])
def test_metrics_with_references_see_through_attacks(name):
    corrections = (edit(1, 2, "goes", "SVA"), edit(3, 4, "school", "Spell"))
    sources = [tuple(f"he go to scool {n} times a week".split()) for n in range(12)]
    gold = joined({key: [Annotated(s, {0: corrections}) for s in sources] for key in "ab"})
    values = {key[1]: row.value for key, row in shares(gold, metric=load_metric(name)).items()}
    assert values == dict.fromkeys(KINDS, 1)


def test_a_text_in_its_place_is_above_a_salad(gold):
    assert shares(gold, order=Order())["order", "salad"].value > 0.5


def test_no_attacks_are_no_rows(gold):
    lattice = build(gold, 1, 0)
    chains, _ = assign_references(lattice, lattice.chains, gold, 0)
    metrics = {"counting": Counting()}
    none = OPTIONS.model_copy(update={"attacks": ()})
    assert attack_rows(metrics, chains, reference_set(gold), none, quietly) == ([], [])
    few = OPTIONS.model_copy(update={"attacked": 3})
    rows, _ = attack_rows(metrics, chains, reference_set(gold), few, quietly)
    assert max(row.n for row in rows) == 3
