"""An outcome that is settled is the outcome, whatever the systems answer that are still missing."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemble.candidates import Kind, collect
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.base import Combiner, combine, is_settled
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import create
from ensemble.combiners.soft_vote import SoftVote
from ensemble.competence import Skill
from evaluation.records import Segment
from service.feedback.vote import LearnedVote

WORDS = [
    *"a an the cat cats Cat sat it , . ! on - well-known don't do n't don’t 's \" “ –".split(),
    *("http://a.b", "\u200b"),
]
SENTENCE = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
LABEL = st.sampled_from(["a", " a", "A", "b", "a\u200b", "a  b", "a b"])
TYPES = ("R:SPELL", "R:CASE", "M:PUNCT", "R:OTHER", "U:FUNC")
NAMES = tuple(f"s{i}" for i in range(7))
SHARE = st.floats(0, 1)
SKILLS = st.dictionaries(st.sampled_from(TYPES), st.builds(Skill, SHARE, SHARE), max_size=3)
COMPETENCE = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(TYPES), max_size=3).map(tuple) | SKILLS
)
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([0.5, 1, 2, 3, 0.3, 1.7]))
AGREEMENT = st.fixed_dictionaries({name: st.sampled_from([0.2, 0.5, 0.7]) for name in NAMES})
VOTES = st.one_of(
    st.just(Majority()),
    st.builds(Majority, k=st.integers(1, 8)),
    st.builds(Majority, weights=WEIGHTS, competence=COMPETENCE),
    st.builds(Majority, agreement=AGREEMENT),
)


Texts = Mapping[str, str | None]


def result(combiner: Combiner, incomplete: Incomplete, texts: Texts) -> str | None:
    segment = Segment(incomplete.segment.source, texts, style=incomplete.segment.style)
    ballot = collect(
        segment,
        incomplete.kind,
        label_case=incomplete.label_case,
        may_change_protected=incomplete.may_change_protected,
    )
    return combine(ballot, combiner).text


def changed(text: str, edits: Sequence[tuple[int, str, bool]]) -> str:
    """`text` with words put in, or in the place of others; as systems change a source."""
    words = text.split(" ")
    for place, word, replaces in edits:
        at = place % (len(words) + 1)
        words[at : at + replaces] = [word]
    return " ".join(words)


EDITS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(WORDS), st.booleans()), max_size=2)


@st.composite
def cases(draw, kind: Kind) -> tuple[Incomplete, Mapping[str, str | None]]:
    """Some outputs, of which some are missing, and what the missing systems answer."""
    source = draw(SENTENCE)
    if kind == "edits":
        pool = [source, *(changed(source, draw(EDITS)) for _ in range(2))]
        common = draw(st.sampled_from(pool))
        text = st.just(common) | st.sampled_from(pool)
        other = text | st.builds(changed, st.just(source), EDITS) | st.none()
    else:
        text, other = LABEL, LABEL | st.none() | st.just("zz")
    names = draw(st.permutations(NAMES[: draw(st.integers(2, 7))]))
    missing = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    known = {name: None if name in missing else draw(text) for name in names}
    size = draw(st.integers(1, 3))  # of a slot: a system and its stand-ins, of which one answers
    slots = [tuple(missing[at : at + size]) for at in range(0, len(missing), size)]
    same = draw(other)
    given = {draw(st.sampled_from(slot)): draw(st.just(same) | other) for slot in slots}
    incomplete = Incomplete(
        Segment(source, known, style=draw(st.sampled_from([None, "tokenised", "running"]))),
        kind,
        slots,
        draw(st.sampled_from(["keep", "ignore"])) if kind == "labels" else "keep",
        draw(st.sampled_from([(), None, NAMES[:2]])),
    )
    return incomplete, {**known, **given}


def check(combiner: Combiner, case: tuple[Incomplete, Mapping[str, str | None]]) -> None:
    incomplete, answers = case
    if combiner.settled(incomplete):
        now = result(combiner, incomplete, incomplete.segment.hypotheses)
        assert result(combiner, incomplete, answers) == now


@given(combiner=VOTES, case=cases("edits"))
@settings(max_examples=300)
def test_no_answer_changes_settled_edits(combiner, case):
    check(combiner, case)


@pytest.mark.parametrize("kind", ["labels", "texts"])
@given(data=st.data(), combiner=VOTES)
@settings(max_examples=200)
def test_no_answer_changes_a_settled_text_or_label(kind, data, combiner):
    check(combiner, data.draw(cases(kind)))


@given(case=cases("labels"), agreement=AGREEMENT | st.just({}))
def test_no_answer_changes_a_settled_soft_vote(case, agreement):
    check(SoftVote(agreement), case)


FACTORS = st.dictionaries(st.sampled_from(NAMES), st.floats(0.25, 4))


@given(
    case=cases("edits"),
    weights=st.dictionaries(st.sampled_from(TYPES), FACTORS),
    base=st.builds(Majority, weights=WEIGHTS, competence=COMPETENCE),
)
def test_no_answer_changes_a_settled_vote_with_feedback(case, weights, base):
    check(LearnedVote(weights, base), case)


SOURCE = "He go to scool now ."
RIGHT = "He goes to school now ."


def incomplete(
    known: Mapping[str, str | None], missing: int, kind: Kind = "edits", source: str = SOURCE
) -> Incomplete:
    names = [f"m{i}" for i in range(missing)]
    texts = {**known, **dict.fromkeys(names)}
    return Incomplete(Segment(source, texts), kind, [(name,) for name in names])


def same(count: int, text: str) -> dict[str, str | None]:
    return {f"s{i}": text for i in range(count)}


@pytest.mark.parametrize(
    ("answered", "missing", "settled"),
    [(1, 1, False), (2, 1, True), (2, 2, False), (3, 2, True), (3, 3, False), (4, 3, True)],
)
def test_equal_corrections_are_settled_by_more_than_half(answered, missing, settled):
    assert Majority().settled(incomplete(same(answered, RIGHT), missing)) is settled


def test_one_system_without_a_correction_settles_it_for_two():
    assert Majority().settled(incomplete(same(1, SOURCE), 1))


def test_an_edit_that_one_more_vote_would_accept_is_open():
    half = {**same(3, SOURCE), "a": RIGHT, "b": RIGHT}
    assert not Majority().settled(incomplete(half, 1))
    assert Majority().settled(incomplete({**half, "c": SOURCE}, 1))


def test_a_system_of_much_weight_is_waited_for():
    known = same(4, RIGHT)
    vote = Majority(weights={"m0": 9.0})
    assert Majority().settled(incomplete(known, 1))
    assert not vote.settled(incomplete(known, 1))


def test_a_system_that_none_of_the_others_can_outvote_on_a_type_is_waited_for():
    spellers = dict.fromkeys(same(4, RIGHT), ("R:SPELL",))
    assert not Majority(competence=spellers).settled(incomplete(same(4, RIGHT), 1))


def test_the_stand_in_of_more_weight_counts():
    segment = Segment(SOURCE, {**same(3, RIGHT), "m": None, "spare": None})
    vote = Majority(weights={"spare": 5.0})
    assert vote.settled(Incomplete(segment, "edits", [("m",)]))
    assert not vote.settled(Incomplete(segment, "edits", [("m", "spare")]))


@pytest.mark.parametrize("kind", ["labels", "texts"])
def test_a_tie_goes_to_the_systems_given_first(kind):
    first = Segment("", {"a": "x", "b": "x", "c": None, "d": None})
    last = Segment("", {"c": None, "d": None, "a": "x", "b": "x"})
    missing = [("c",), ("d",)]
    assert Majority().settled(Incomplete(first, kind, missing))
    assert not Majority().settled(Incomplete(last, kind, missing))
    assert not Majority(agreement={"d": 0.9}).settled(Incomplete(first, kind, missing))


def test_class_probabilities_are_waited_for():
    segment = Segment("", {"a": "x", "b": "x", "c": None}, distributions={"a": {"x": 0.9}})
    assert not SoftVote().settled(Incomplete(segment, "labels", [("c",)]))


@pytest.mark.parametrize("name", ["mbr", "fuse", "judged"])
def test_a_combiner_that_proves_nothing_waits(name):
    combiner = create(name)
    case = incomplete(same(6, "the same"), 1, combiner.kinds[0])
    assert not is_settled(combiner, case)


def test_a_text_that_is_too_long_to_combine_settles_nothing():
    case = incomplete(same(3, "word " * 5000), 1)
    with pytest.raises(ValueError, match="at most 4096"):
        Majority().settled(case)
    assert not is_settled(Majority(), case)


def outcomes(combiner: Combiner, case: Incomplete, *texts: str | None) -> set[str | None]:
    """What the combiner makes where the one missing system answers each of `texts`."""
    known = case.segment.hypotheses
    return {result(combiner, case, {**known, "m0": text}) for text in texts}


def test_edits_that_touch_are_open_where_one_more_vote_makes_the_other_stronger():
    one, other = SOURCE.replace("go", "goes"), SOURCE.replace("go", "will go")
    case = incomplete({"a": one, "b": one, "c": other, "d": other}, 1)
    vote = Majority(k=2)
    assert outcomes(vote, case, one, other) == {one, other}
    assert not vote.settled(case)


def test_edits_that_one_system_proposed_together_are_settled():
    both = SOURCE.replace("go to", "goes into")
    case = incomplete({"a": both, "b": both, "c": both}, 1)
    assert outcomes(Majority(), case, SOURCE, None, both) == {both}
    assert Majority().settled(case)


def test_words_that_one_more_system_could_show_to_be_wrong_are_open():
    source = "It dont work now ."
    fixes = [source.replace("dont", word) for word in ("don't", "don't", "doesn't", "dnt")]
    case = incomplete({f"s{i}": text for i, text in enumerate([*fixes, source])}, 1, source=source)
    vote = Majority(weights={"s4": 0.5, "s0": 0.8, "s1": 0.8})
    last = source.replace("dont", "do'nt")
    assert len(outcomes(vote, case, source, last)) == 2
    assert not vote.settled(case)
