"""Applying the edits gives the hypothesis back: every system of three shared tasks."""

import pytest

from evaluation.data.readers import read_lines
from evaluation.edits.align import align, apply
from evaluation.edits.tokens import detokenise, tokenise

BEA = "CTC-Copy Chat-LLaMa-2-13B-FT Chat-LLaMa-2-7B-FT EditScorer GECToR-2024 GECToR-Roberta \
GECToR-XLNet Kakao-Brain Riken-Tohoku T5-11B T5-Large UEDIN-MS UL2-20B".split()
DDC = "edin kakao ori r2l sed toho weiqi1".split()


def unlike(source_file, hypothesis_file, part=slice(None)) -> list[int]:
    """The lines, of a part of them, whose hypothesis is not what its edits make of the source."""
    sources, hypotheses = read_lines(source_file)[part], read_lines(hypothesis_file)[part]
    pairs = zip(map(tokenise, sources), hypotheses, strict=True)
    rebuilt = (detokenise(apply(s, align(s, tokenise(h)))) for s, h in pairs)
    return [n for n, (one, h) in enumerate(zip(rebuilt, hypotheses, strict=True), 1) if one != h]


@pytest.mark.parametrize("system", BEA)
def test_bea_dev(data, system):
    folder = data / "gec" / "bea_dev"
    assert unlike(folder / "source.txt", folder / f"{system}.txt") == []


@pytest.mark.parametrize("system", DDC)
def test_bea_dev_ddc(data, system):
    hypotheses = data / "gec" / "bea_dev_ddc" / f"{system}.txt"
    assert unlike(data / "gec" / "bea_dev" / "source.txt", hypotheses) == []


def test_conll14(data):
    folder = data / "gec" / "conll14_official"
    systems = [file for file in folder.glob("*.txt") if file.stem != "source"]
    assert len(systems) == 13
    for system in systems:
        assert unlike(folder / "source.txt", system) == [], system.stem


def test_wmt21_zh_en(data):
    folder = data / "mt" / "wmt21_zhen"
    systems = sorted(folder.glob("hyp.*.en"))
    assert len(systems) == 23
    for i, system in enumerate(systems):  # where nothing is alike, aligning takes its time
        assert unlike(folder / "src.zh", system, slice(i % 4, None, 4)) == [], system.stem
