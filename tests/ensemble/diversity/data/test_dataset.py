from dataclasses import replace

import pytest

from ensemble.diversity.data.dataset import Versions, without_copies
from tests.ensemble.diversity.conftest import toy


def test_others_of_another_length_are_refused():
    material = toy(10)
    short = {**material.others, "speller": material.others["speller"][:9]}
    with pytest.raises(ValueError, match="speller has 9 segments, the source 10"):
        replace(material, others=short)


def test_a_version_cannot_have_the_name_of_another_system():
    with pytest.raises(ValueError, match="eager is both"):
        replace(toy(10), others={"eager": toy(10).sources})


def test_copies_of_the_source_or_of_another_system_are_left_out_and_noted():
    material = toy(10)
    more = [
        {**some, "copy": source, "twin": twin}
        for some, source, twin in zip(
            material.versions.texts, material.sources, material.others["speller"], strict=True
        )
    ]
    found = without_copies(replace(material, versions=Versions(more)))
    assert found.versions.names == ("eager", "odd")
    assert [note.split(",")[0] for note in found.notes] == [
        "copy is the source",
        "twin is speller",
    ]


def test_a_member_without_candidates_anywhere_is_refused():
    material = toy(10)
    with pytest.raises(ValueError, match="nothing anywhere"):
        without_copies(
            replace(material, versions=Versions([{"same": s} for s in material.sources]))
        )
