"""Oracle and vote of twelve systems on BEA-2019 development data."""

from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.diagnosis.outputs import Outputs, read_labelled_outputs

S12 = (
    "Riken-Tohoku GECToR-Roberta GECToR-XLNet T5-Large UEDIN-MS CTC-Copy GECToR-2024 EditScorer "
    "T5-11B UL2-20B Chat-LLaMa-2-7B-FT Chat-LLaMa-2-13B-FT"
).split()


def test_twelve_systems(data):
    outputs = Outputs(path="gec/bea_dev", systems=tuple(S12), gold="gold.m2")
    material = read_labelled_outputs(outputs, data)
    pool = Pool.of(material.ballots, material.targets)
    everybody = range(12)
    # The edits that ERRANT aligns give 91.5 and 63.6.
    assert abs(pool.score(pool.oracle(everybody)) - 91.65) < 0.1
    assert abs(pool.score(pool.combined(everybody)) - 63.93) < 0.1
