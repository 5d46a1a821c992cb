"""Matches: to make them all is to have the text that was combined, whatever the edits."""

from hypothesis import example, given
from hypothesis import strategies as st

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from evaluation.edits.classify import TYPES
from evaluation.records import Segment
from service.languagetool.document import Part, read, units
from service.languagetool.matches import MOST_REPLACEMENTS, Match, matches
from service.languagetool.rules import RULES, Selection

WORDS = st.sampled_from(
    ["I", "has", "have", "a", "an", "apple", "🍎", "👨‍👩‍👧", "cafe\u0301", ",", ".", "but", "苹果"]
)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", " ", "", "  "])), max_size=7).map(
    lambda words: "".join(word + space for word, space in words).strip()
)
ALL = Selection()


def found(
    source: str, hypotheses: list[str], selection: Selection = ALL
) -> tuple[str, list[Match]]:
    segment = Segment(source, {f"s{i}": text for i, text in enumerate(hypotheses)})
    combination = combine(collect(segment, "edits"), Majority())
    return combination.text, matches(source, combination, selection)


@given(TEXTS.filter(bool), st.lists(TEXTS, min_size=1, max_size=3))
@example("apple", ["an apple"])
@example("I has", ["but I have"])
@example("a", [""])
def test_to_make_them_all_is_to_have_the_text(source: str, hypotheses: list[str]) -> None:
    text, made = found(source, hypotheses)
    document = read([Part(source)])
    sent = source.encode("utf-16-le")
    for match in reversed(made):
        offset, length = document.place(match.start, match.end)
        best = match.replacements[0].encode("utf-16-le")
        sent = sent[: 2 * offset] + best + sent[2 * (offset + length) :]
    assert sent.decode("utf-16-le") == text


@given(TEXTS.filter(bool), st.lists(TEXTS, min_size=1, max_size=3))
def test_they_have_length_and_order_and_say_something_new(
    source: str, hypotheses: list[str]
) -> None:
    text, made = found(source, hypotheses)
    assert bool(made) == (text != source)
    reached = 0
    for match in made:
        assert reached <= match.start < match.end <= len(source)
        assert 1 <= len(match.replacements) <= MOST_REPLACEMENTS
        assert len(set(match.replacements)) == len(match.replacements)
        assert match.replacements[0] != source[match.start : match.end]
        reached = match.end


@given(TEXTS.filter(bool), st.lists(TEXTS, min_size=1, max_size=3))
@example("a a", ["a"])
@example("I , a", ["I a"])
@example("I has an apple", ["an", "an"])
@example("\N{RED APPLE} \N{RED APPLE}", ["I", "I I"])
def test_no_replacement_is_empty_unless_the_whole_sentence_goes(
    source: str, hypotheses: list[str]
) -> None:
    text, made = found(source, hypotheses)
    for match in made:
        changes_white_space = source[match.start : match.end].isspace()
        assert match.replacements[0].strip() or changes_white_space or not text.strip()
        assert match.start <= match.edit_start < match.edit_end <= match.end


def test_a_deletion_takes_in_the_word_beside_it() -> None:
    for source, hypothesis, old, new in [
        ("I has a a apple", "I has a apple", "a a", "a"),
        ("a apple", "apple", "a apple", "apple"),
        ("It is late, but go", "It is late but go", "late,", "late"),
        ("late ,", "late", "late ,", "late"),
        ("He (really) said", "He said", "He (really)", "He"),
        ("\N{RED APPLE} the", "\N{RED APPLE}", "\N{RED APPLE} the", "\N{RED APPLE}"),
    ]:
        text, (match,) = found(source, [hypothesis])
        assert text == hypothesis
        assert (source[match.start : match.end], match.replacements) == (old, (new,))


def test_deletions_side_by_side_become_one_match() -> None:
    source = "It is really really , late"
    text, (match,) = found(source, ["It is really late"] * 2 + ["It is really really late"])
    assert text == "It is really late"
    assert source[match.start : match.end].split() == ["really", "really", ","]
    assert match.replacements[0] == "really"


def test_a_match_is_for_spelling_only_if_it_is_one_misspelt_word() -> None:
    _, (match,) = found("I recieve", ["I receive"])
    assert match.is_one_misspelling
    _, (match,) = found("I recieve but go", ["I receive, but go"])
    assert not match.is_one_misspelling
    assert RULES[match.strongest.candidate.type].id == "CONSORT_M_PUNCT"


def test_an_insertion_may_reach_back_over_an_earlier_match() -> None:
    text, made = found("I,", ["I I 🍎 I"])
    (match,) = made
    assert (match.start, match.end, match.replacements) == (0, 2, (text,))


def test_a_match_has_a_length_where_only_white_space_is_left_of_the_source() -> None:
    text, made = found("   ", ["   .!我 ?a", "   .!我 ?a", ".!我 ?a"])
    assert text != "   "
    assert all(match.start < match.end <= 3 for match in made)


def test_edits_that_cancel_each_other_out_make_no_match() -> None:
    text, made = found("我", ["我🍎 I (我 ", "我🍎 I (我 ", "🍎 I (我 ", "!'s我.!?-"])
    assert (text, made) == ("我", [])


def test_an_insertion_takes_in_the_word_beside_it() -> None:
    for source, hypothesis, old, new in [
        ("It is late but go", "It is late, but go", "late", "late,"),
        ("apple", "an apple", "apple", "an apple"),
        ("I ate apple", "I ate an apple", "ate ", "ate an "),
    ]:
        _, (match,) = found(source, [hypothesis])
        shown = source[match.start : match.end]
        assert (shown.strip(), match.replacements[0].strip()) == (old.strip(), new.strip())


def test_what_others_proposed_for_the_same_place_is_offered_too() -> None:
    _, (match,) = found("I like teh cat", ["I like the cat"] * 2 + ["I like ten cat"])
    assert match.replacements == ("the", "ten")


def test_rules_that_are_not_wanted() -> None:
    source, hypothesis = "I recieve it but go", "I receive it, but go"
    for selection, expected in [
        (Selection(), ["receive", "it,"]),
        (Selection(disabled=frozenset({"CONSORT_R_SPELL"})), ["it,"]),
        (Selection(disabled=frozenset({"TYPOS"})), ["it,"]),
        (Selection(frozenset({"CONSORT_R_SPELL"}), frozenset({"TYPOS"})), ["receive", "it,"]),
        (Selection(frozenset({"PUNCTUATION"}), only=True), ["it,"]),
    ]:
        _, made = found(source, [hypothesis], selection)
        assert [match.replacements[0] for match in made] == expected


def test_every_type_of_edit_has_a_rule_of_its_own() -> None:
    assert set(RULES) == set(TYPES)
    assert len({rule.id for rule in RULES.values()}) == len(TYPES)
    assert RULES["R:SPELL"].id == "CONSORT_R_SPELL"
    assert all(rule.category_name for rule in RULES.values())
    assert units(RULES["M:PUNCT"].description) > 0
