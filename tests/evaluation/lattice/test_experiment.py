"""What an oracle, a constant and the contrary of an oracle get, at every level."""

from math import isnan

import pytest

from evaluation.execution.progress import quietly
from evaluation.lattice.config import LatticeOptions
from evaluation.lattice.experiment import score_lattice
from evaluation.lattice.gold import Gold
from evaluation.records import Annotated
from tests.evaluation.lattice.conftest import Counting

OPTIONS = LatticeOptions(chains=2, resamples=40, damage=(), references=(1,))


def rows(gold, options=OPTIONS, pool=None, **metrics):
    result = score_lattice(gold, pool or gold, metrics, options, quietly)
    return {(row.name, row.level, row.statistic): row for row in result.by_source[0].rows}, result


def agreements(found):
    return {key: row for key, row in found.items() if key[1] in ("corpus", "sentence")}


def test_an_oracle_is_right_at_every_level(gold):
    found, result = rows(gold, oracle=Counting())
    assert len(agreements(found)) == 4
    for row in agreements(found).values():
        assert row.value == pytest.approx(1)
        assert row.low == pytest.approx(1)
    assert result.sentences == 12
    assert result.by_source[0].systems["oracle"] == pytest.approx(
        result.by_source[0].systems["corrections"]
    )


def test_a_constant_is_undefined_and_not_0(gold):
    found, _ = rows(gold, constant=Counting(0.0))
    assert all(isnan(row.value) and row.low is None for row in agreements(found).values())


def test_the_contrary_metric_has_the_contrary_sign(gold):
    found, _ = rows(gold, oracle=Counting(), contrary=Counting(-2.0))
    for (name, *where), row in agreements(found).items():
        if name == "oracle":
            assert found["contrary", *where].value == pytest.approx(-row.value)


def test_each_type_changes_the_oracle_by_one(gold):
    found, _ = rows(gold, oracle=Counting(3.0))
    types = {key[2]: row for key, row in found.items() if key[1] == "type"}
    assert set(types) == {"T0", "T1"}
    for row in types.values():
        assert (row.value, row.low, row.high) == pytest.approx((3, 3, 3))


def test_it_takes_two_annotators(gold):
    alone = [Annotated(one.source, {0: one.annotations[0]}) for one in gold.sentences]
    with pytest.raises(ValueError, match="two annotators are needed"):
        rows(Gold(("one",), tuple(alone)), oracle=Counting())


def test_it_takes_a_correction(gold):
    right = [Annotated(one.source, {0: (), 1: ()}) for one in gold.sentences]
    with pytest.raises(ValueError, match="no annotator corrects anything"):
        rows(Gold(gold.annotators, tuple(right)), oracle=Counting())


def test_a_random_source_is_a_text_of_the_lattice(gold):
    class Sources(Counting):
        seen: tuple[str, ...] = ()

        def segment_scores(self, texts):
            self.seen += tuple(texts.sources)
            return super().segment_scores(texts)

    metric = Sources()
    options = OPTIONS.model_copy(update={"sources": ("random",), "references": ()})
    _, result = rows(gold, options, metric=metric)
    assert result.by_source[0].source == "random"
    assert any("+" in source for source in metric.seen)
    assert len(set(metric.seen)) == len(gold.sentences)


def test_disputed_sentences_can_be_kept_out_of_corpora(gold):
    first = gold.sentences[0]
    disputed = Annotated(first.source, {**first.annotations, 1: ()})
    mixed = Gold(gold.annotators, (disputed, *gold.sentences[1:]))
    n = [
        rows(mixed, OPTIONS.model_copy(update={"disputed": kept}), m=Counting())[0][
            "m", "corpus", "spearman"
        ].n
        for kept in (True, False)
    ]
    assert n == [12, 11]
