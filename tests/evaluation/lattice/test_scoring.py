"""Every text is scored once; one that cannot be is named, and no other is lost."""

import numpy as np
import pytest

from evaluation.execution.progress import quietly
from evaluation.lattice.chains import build
from evaluation.lattice.gold import joined
from evaluation.lattice.items import assign_references, reference_set
from evaluation.lattice.scoring import score
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from tests.evaluation.lattice.conftest import Counting


def scored_chains(gold, most=None):
    lattice = build(gold, 2, 1)
    return assign_references(lattice, lattice.chains, gold, 1, most)[0]


@pytest.mark.parametrize("name", ["maxmatch", "edits", "chrf", "gleu", "sari", "levenshtein"])
@pytest.mark.parametrize("most", [None, 1])
def test_scores_are_those_of_the_metric_itself(gold, name, most):
    chains, given = scored_chains(gold, most), reference_set(gold)
    found, notes = score(load_metric(name), chains.items, given, quietly)
    texts = given.texts(chains.items)
    assert found == pytest.approx(load_metric(name).segment_scores(texts))
    assert notes == []


def test_no_text_is_scored_against_its_own_annotator(gold):
    chains = scored_chains(gold)
    for chain, indices in zip(chains.chains, chains.item_indices, strict=True):
        for index in indices[indices >= 0]:
            assert chain.annotator not in chains.items[index][2]
    assert len(set(chains.items)) == len(chains.items)


def test_fewer_references_are_among_more():
    three = joined({name: [one] for name, one in zip("abc", _three(), strict=True)})
    few, all_ = (
        {item[:2]: set(item[2]) for item in scored_chains(three, k).items} for k in (1, None)
    )
    assert all(len(keys) == 1 and keys <= all_[item] for item, keys in few.items())


def _three():
    from evaluation.records import Annotated
    from tests.evaluation.lattice.conftest import edit

    return [Annotated(("a", "b", "c"), {0: (edit(k, k + 1, f"x{k}"),)}) for k in range(3)]


class Moody(Counting):
    """Raises on some texts, and has no number for others."""

    def segment_scores(self, texts: Texts):
        if any(text.startswith("w3") for text in texts.hypotheses):
            raise RuntimeError("not this one")
        scores = super().segment_scores(texts)
        return np.where([text.startswith("w5") for text in texts.hypotheses], np.nan, scores)


def test_what_cannot_be_scored_is_left_out_and_named(gold):
    chains = scored_chains(gold)
    found, notes = score(Moody(), chains.items, reference_set(gold), quietly)
    lost = np.array([text.startswith(("w3", "w5")) for _, text, _ in chains.items])
    assert (np.isnan(found) == lost).all()
    assert len(notes) == 1
    assert f"{lost.sum()} of {len(chains.items)} texts are left out" in notes[0]
    assert "sentence 4: RuntimeError: not this one" in notes[0]


def test_a_metric_of_the_wrong_shape_is_left_out(gold):
    class Short(Counting):
        def segment_scores(self, texts):
            return np.zeros(len(texts.hypotheses) + 1)

    found, notes = score(Short(), scored_chains(gold).items, reference_set(gold), quietly)
    assert np.isnan(found).all()
    assert "scores of shape" in notes[0]
