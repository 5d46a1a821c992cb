"""Benchmarks on data whose figures are known, as `consort benchmark` runs them."""

from pathlib import Path

import pytest

from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.run import run

CONFIGS = Path(__file__).parents[2] / "configs" / "benchmark"


def figures(name, data, *settings):
    """The figures, by what they are of, and the findings by title."""
    config = read_config(CONFIGS / f"{name}.yaml", [f"data={data}", *settings])
    found = run(config, lambda items, _: items)
    values = {(row.name, row.level, row.statistic): row.value for row in found.table.rows}
    return values, {finding.title: finding for finding in found.analyses}


def test_formality_transfer(data):
    """Lai et al. (2022): .5058 and .3580 pooled; 8 systems x 80 segments, two raters.

    In each direction, and in both, chrF against the source sees content better than BLEU does.
    """
    few = ["plan.resamples=20", "plan.groupings=[none]", "plan.permutations=1000"]
    of_content = "judgements.dimensions={content: [content_1, content_2]}"
    values, findings = figures(
        "lai2022", data, *few, of_content, "metrics=[chrf-source, bleu-source]"
    )
    pooled = "content, both directions: spearman, grouping none"
    assert values["chrf-source", "segment", pooled] == pytest.approx(0.5058, abs=0.00005)
    assert values["bleu-source", "segment", pooled] == pytest.approx(0.3580, abs=0.00005)
    directions = {"informal to formal": (0.436, 0.254), "formal to informal": (0.599, 0.475)}
    for direction, expected in directions.items():
        what = f"content, {direction}: spearman, grouping none"
        found = [values[name, "segment", what] for name in ("chrf-source", "bleu-source")]
        assert found == pytest.approx(expected, abs=0.0006)
    assert len(findings) == 3
    for finding in findings.values():
        assert finding.conclusion.startswith("use chrf-source: best of 2, clear of all others")
        assert finding.comparisons["segment"].p[0, 1] < 0.01


def test_correction_against_rankings(data):
    """Grundkiewicz et al. (2015): MaxMatch .692/.627 published, .687/.623 here."""
    values, findings = figures(
        "gjg15", data, "metrics=[{name: maxmatch, system: corpus}]", "plan.resamples=20"
    )
    for statistic, expected in (("spearman", 0.687), ("pearson", 0.623)):
        found = values["maxmatch", "system", f"expected wins: {statistic}"]
        assert found == pytest.approx(expected, abs=0.0005)
    assert set(findings) == {"expected wins", "trueskill"}
