"""Segments to annotate next: unjudged ones on which the two best metrics disagree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import InputError
from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.next_items import disagreements, next_items
from evaluation.meta_evaluation.run import run

SEGMENTS, JUDGED = 20, 14


def configured(folder, judged=JUDGED, systems="abcd"):
    """Two metrics follow people, and differ on segment 17 most and then on 19."""
    generator = np.random.default_rng(0)
    human = generator.normal(size=(len(systems), SEGMENTS))
    one, two = human + 0.01, human.copy()
    two[:, 16] = -5 * two[:, 16]
    two[:, 18] = -2 * two[:, 18]
    rows = ["system,segment,one,two"]
    ratings = ["system,segment,quality"]
    for i, name in enumerate(systems):
        for n in range(SEGMENTS):
            rows.append(f"{name},{n + 1},{one[i, n]},{two[i, n]}")
            quality = human[i, n] if n < judged else "NA"
            ratings.append(f"{name},{n + 1},{quality}")
    (folder / "scores.csv").write_text("\n".join(rows) + "\n")
    (folder / "rated.csv").write_text("\n".join(ratings) + "\n")
    return Config.model_validate(
        {
            "version": 1,
            "name": "n",
            "data": str(folder),
            "judgements": {"form": "table", "path": "rated.csv", "dimensions": ["quality"]},
            "scores": [{"path": "scores.csv"}],
            "plan": {"resamples": 20, "permutations": 20},
        }
    )


def chosen(config, n):
    return next_items(config, run(config, quietly), n, quietly)


def test_unjudged_segments_on_which_the_best_metrics_disagree(tmp_path):
    found = chosen(configured(tmp_path), 2)
    assert found.segments == ("17", "19")
    assert found.disagreement[0] > found.disagreement[1] > 0
    assert not found.judged
    assert found.table[0] == ["segment", "disagreement", "variance"]
    assert {row.level for row in found.rows} == {"next"}


def test_all_segments_where_all_are_judged(tmp_path):
    found = chosen(configured(tmp_path, judged=SEGMENTS), 100)
    assert found.judged
    assert len(found.segments) == SEGMENTS


@pytest.mark.parametrize(("n", "systems", "message"), [(0, "ab", "at least 1"), (1, "a", "alone")])
def test_what_cannot_be_chosen(tmp_path, n, systems, message):
    with pytest.raises(InputError, match=message):
        chosen(configured(tmp_path, systems=systems), n)


SCORES = st.lists(st.lists(st.floats(-9, 9), min_size=5, max_size=5), min_size=3, max_size=3).map(
    np.array
)


@given(SCORES, SCORES, st.floats(0.5, 3), st.floats(-3, 3))
def test_the_scale_of_a_metric_does_not_matter(first, second, factor, offset):
    if min(np.std(first), np.std(second)) < 1e-3:
        return
    found = disagreements(np.stack([first, second]))
    scaled = disagreements(np.stack([factor * first + offset, second]))
    for values, others in zip(found, scaled, strict=True):
        assert np.allclose(values, others, atol=1e-6)
    same, _ = disagreements(np.stack([first, factor * first + offset]))
    assert np.allclose(same, 0, atol=1e-6)


def test_one_metric_has_a_variance_and_no_disagreement():
    disagreement, variance = disagreements(np.array([[[1.0, 2, 5], [1, 3, np.nan]]]))
    assert np.isnan(disagreement).all()
    assert variance[0] == 0 < variance[1]
    assert np.isnan(variance[2])
