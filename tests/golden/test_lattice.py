"""What docs/ says of MaxMatch, on the first sentences of CoNLL-2014."""

from pathlib import Path

import pytest

from evaluation.lattice.config import read_config
from evaluation.lattice.run import run

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "validate" / "conll14.yaml"
FINDING = (
    "MaxMatch ranks systems much as people do. With the sentence itself as the source, it punishes "
    "no type of valid correction. With a partly corrected text as the source, as published, it "
    "does not distinguish corpora with more valid corrections from those with fewer, and it "
    "punishes corrections of word choice."
)


def test_maxmatch_on_the_published_lattice(data):
    """.064 published (Choshen & Abend 2018)."""
    few = ["sentences=60", "plan.resamples=200", "plan.references=[]", "plan.damage=[]"]
    one = ["metrics=[maxmatch]", "humans=null"]
    found = run(read_config(CONFIG, [f"data={data}", *few, *one]), lambda items, _: items)
    rows = {row.statistic: row for row in found.table.rows}
    known, published = (rows[f"spearman, {source} source"] for source in ("original", "random"))
    assert known.low > 0.4
    assert published.low < 0.064 < published.high
    assert published.value < known.low
    (finding,) = found.summaries
    assert finding.punished["original"] == ()
    assert "Wci" in finding.punished["random"]


@pytest.mark.parametrize("page", ["docs/metrics.md", "docs/measured.md"])
def test_the_finding_is_what_is_said(page):
    assert FINDING in " ".join((ROOT / page).read_text(encoding="utf-8").split())
