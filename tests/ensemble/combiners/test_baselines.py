"""The combiners without labels, on cases worked by hand."""

import random

import pytest
from fastchrf import pairwise_chrf

from ensemble.candidates import collect, collect_all
from ensemble.combiners.agreement import AgreementVote
from ensemble.combiners.base import combine, kind_for
from ensemble.combiners.best_single import BestSingle
from ensemble.combiners.dawid_skene import DawidSkene
from ensemble.combiners.majority import Majority
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.combiners.registry import create
from ensemble.competence import Skill
from evaluation.records import Segment

SOURCE = "he go to school evry day"
FIXES = {
    "none": SOURCE,
    "verb": "he goes to school evry day",
    "word": "he go to school every day",
    "both": "he goes to school every day",
}


def combine_each(segments, combiner, kind):
    ballots = list(collect_all(segments, kind))
    fitted = combiner.fit(ballots)
    return [combine(ballot, fitted) for ballot in ballots]


def vote(*fixes: str, combiner=None) -> str:
    segment = Segment(SOURCE, {f"s{i}": FIXES[fix] for i, fix in enumerate(fixes)})
    return combine(collect(segment, "edits"), combiner or Majority()).text


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        (["both"], "both"),
        (["both", "word"], "word"),
        (["both", "none"], "none"),
        (["verb", "word", "both"], "both"),
        (["verb", "none", "none"], "none"),
        (["verb", "verb", "none", "none"], "verb"),
        (["verb", "none", "none", "none"], "none"),
        (["verb", "verb", "none", "none", "none"], "none"),
        (["word", "word", "word", "none", "none"], "word"),
    ],
)
def test_half_rounded_up_decides_and_two_must_agree(fixes, expected):
    assert vote(*fixes) == FIXES[expected]


def test_k_asks_for_so_many_votes():
    fixes = ["both", "both", "verb", "none", "none"]
    assert vote(*fixes, combiner=Majority(k=1)) == FIXES["both"]
    assert vote(*fixes, combiner=Majority(k=3)) == FIXES["verb"]
    assert vote(*fixes, combiner=Majority(k=4)) == FIXES["none"]


def test_a_heavier_voice_can_carry_an_edit_alone():
    heavy = Majority(weights={"s0": 3.0})
    assert vote("verb", "none", "none", "none", combiner=heavy) == FIXES["verb"]
    assert vote("verb", "none", "none", "none", "none", combiner=heavy) == FIXES["none"]


def test_systems_that_failed_have_no_vote():
    segment = Segment(SOURCE, {"a": FIXES["verb"], "b": None, "c": None})
    assert combine(collect(segment, "edits"), Majority()).text == FIXES["verb"]


def test_probability_is_the_share_of_the_votes():
    segment = Segment(SOURCE, {"a": FIXES["both"], "b": FIXES["verb"], "c": SOURCE})
    decisions = combine(collect(segment, "edits"), Majority()).decisions
    assert [d.probability for d in decisions] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]


def _noisy_corpus(n: int = 60) -> list[Segment]:
    """Three systems right nine times in ten, four that change a word at random."""
    rng = random.Random(7)
    segments = []
    for i in range(n):
        words = [f"w{rng.randrange(50)}" for _ in range(8)]
        wrong = i % 8
        hypotheses = {}
        for name in ("good1", "good2", "good3"):
            fixed = list(words)
            if rng.random() < 0.9:
                fixed[wrong] = "right"
            hypotheses[name] = " ".join(fixed)
        for name in ("bad1", "bad2", "bad3", "bad4"):
            broken = list(words)
            broken[rng.randrange(8)] = f"noise{rng.randrange(1000)}"
            hypotheses[name] = " ".join(broken)
        words[wrong] = "right"
        segments.append(Segment(" ".join(words), hypotheses))
    return [Segment(_undo(s), s.hypotheses, (s.source,)) for s in segments]


def _undo(segment: Segment) -> str:
    """The source the systems saw: their common words where nobody fixed or broke anything."""
    columns = zip(*(text.split() for text in segment.hypotheses.values()), strict=True)
    return " ".join(
        next(word for word in column if not word.startswith(("noise", "right")))
        for column in columns
    )


def _right(segments, combiner) -> float:
    outputs = combine_each(segments, combiner, "edits")
    return sum(o.text == s.references[0] for o, s in zip(outputs, segments, strict=True)) / len(
        segments
    )


def test_agreement_finds_the_systems_worth_hearing_where_the_majority_is_noise():
    segments = _noisy_corpus()
    assert _right(segments, Majority()) < 0.1
    assert _right(segments, AgreementVote()) > 0.9
    assert _right(segments, BestSingle()) > 0.8


@pytest.mark.slow
def test_dawid_skene_hears_the_skilled_on_labels():
    rng = random.Random(3)
    truth = [rng.choice("abcd") for _ in range(200)]
    skills = {"expert": 0.97, "fair": 0.7, "poor1": 0.3, "poor2": 0.3, "poor3": 0.3}

    def answer(right: str, skill: float) -> str:
        return right if rng.random() < skill else rng.choice("abcd")

    segments = [
        Segment("x", {name: answer(t, skill) for name, skill in skills.items()}) for t in truth
    ]

    def accuracy(combiner) -> float:
        outputs = combine_each(segments, combiner, "labels")
        return sum(o.text == t for o, t in zip(outputs, truth, strict=True)) / len(truth)

    fitted = DawidSkene().fit([collect(s, "labels") for s in segments])
    assert fitted.weight("expert") > fitted.weight("fair") > fitted.weight("poor1")
    assert accuracy(DawidSkene()) > accuracy(Majority()) + 0.04
    assert accuracy(DawidSkene()) > 0.9


def test_dawid_skene_weighs_the_answers_it_was_given():
    segments = [Segment("x", {"a": "de", "b": "de", "c": "nl"})] * 9
    segments += [Segment("x", {"a": "nl", "b": "nl", "c": "nl"})] * 9
    fitted = DawidSkene().fit([collect(s, "labels") for s in segments])
    decisions = combine(collect(segments[0], "labels"), fitted).decisions
    assert sum(d.probability for d in decisions) == pytest.approx(1)
    assert decisions[0].probability > 0.9


def test_best_single_takes_the_next_best_where_the_best_gave_nothing():
    combiner = BestSingle(("first", "second"))
    segment = Segment(SOURCE, {"first": None, "second": FIXES["verb"], "third": FIXES["both"]})
    assert combine(collect(segment, "edits"), combiner).text == FIXES["verb"]
    assert [combiner.weight(name) for name in ("first", "second")] == [1.0, 0.0]


def test_mbr_takes_the_text_with_the_highest_mean_chrf():
    texts = {"a": "the cat sat on the mat", "b": "the cat sat on a mat", "c": "dogs bark loudly"}
    combination = combine(collect(Segment("x", texts), "texts"), MinimumBayesRisk())
    ordered = list(texts.values())
    rows = pairwise_chrf([ordered], [ordered])[0]
    expected = [sum(row) / 300 for row in rows]
    assert [d.probability for d in combination.decisions] == pytest.approx(expected)
    assert combination.text != "dogs bark loudly"


def test_mbr_counts_a_text_as_often_as_systems_gave_it():
    texts = {"a": "dogs bark", "b": "dogs bark", "c": "the cat sat"}
    assert combine(collect(Segment("x", texts), "texts"), MinimumBayesRisk()).text == "dogs bark"


@pytest.mark.parametrize("name", ["best-single", "agreement", "dawid-skene"])
def test_what_learns_from_all_segments_is_not_used_unfitted(name):
    segment = Segment(SOURCE, {"a": FIXES["verb"], "b": FIXES["both"], "c": SOURCE})
    combiner = create(name)
    with pytest.raises(ValueError, match="fit it before"):
        combine(collect(segment, combiner.kinds[0]), combiner)


def test_competence_is_about_edits_only():
    limited = Majority(competence=dict.fromkeys(("c", "d", "e"), ("R:SPELL",)))
    texts = {"a": "one", "b": "one", "c": "two", "d": "two", "e": "two"}
    for kind in ("texts", "labels"):
        assert combine(collect(Segment("x", texts), kind), limited).text == "two"


def test_heads_are_counted_or_weighed():
    with pytest.raises(ValueError, match="k counts votes"):
        Majority(k=2, weights={"a": 2.0})


def test_absence_costs_a_system_no_agreement():
    alike = {"x": FIXES["both"], "y": FIXES["both"]}
    segments = [Segment(SOURCE, {**alike, "z": FIXES["both"]})] * 40
    segments += [Segment(SOURCE, {**alike, "z": None})] * 360
    fitted = AgreementVote().fit(list(collect_all(segments, "edits")))
    assert [fitted.weight(name) for name in "xyz"] == [pytest.approx(1 / 3)] * 3  # triplets


def test_an_error_says_which_segment_and_system():
    segments = [Segment("a", {"one": "a"}), Segment("b", {"one": "b", "two": "c " * 5000})]
    with pytest.raises(ValueError, match=r"segment 2: two against the source: a text of 5001"):
        list(collect_all(segments, "edits"))


def test_a_combiner_refuses_a_kind_it_does_not_combine():
    with pytest.raises(ValueError, match="mbr combines texts, not edits"):
        combine(collect(Segment("x", {"a": "y"}), "edits"), MinimumBayesRisk())
    with pytest.raises(ValueError, match="dawid-skene combines labels, not texts"):
        kind_for(DawidSkene(), "texts")
    assert kind_for(DawidSkene(), None) == "labels"


@pytest.mark.parametrize("name", ["best-single", "agreement", "dawid-skene"])
def test_signatures_name_what_was_learnt(name):
    combiner = create(name)
    segments = _noisy_corpus(20 if name != "dawid-skene" else 4)
    fitted = combiner.fit([collect(s, combiner.kinds[0]) for s in segments])
    assert "good1" in fitted.signature


def test_silence_beyond_its_competence_is_no_vote_against():
    speller = dict.fromkeys(("s1", "s2", "s3"), ("R:SPELL",))
    hypotheses = {"grammar": FIXES["verb"], **dict.fromkeys(speller, FIXES["word"])}
    ballot = collect(Segment(SOURCE, hypotheses), "edits")
    assert combine(ballot, Majority()).text == FIXES["word"]
    assert combine(ballot, Majority(competence=speller)).text == FIXES["both"]
    assert "s1=R:SPELL" in Majority(competence=speller).signature


def test_a_proposal_beyond_its_competence_counts():
    ballot = collect(Segment(SOURCE, {"a": FIXES["verb"], "b": SOURCE, "c": SOURCE}), "edits")
    (verdict,) = Majority(competence={"a": ("R:SPELL",)}).judge([ballot])
    probability = verdict.probabilities
    assert probability == [pytest.approx(1 / 3)]


def test_proposals_and_silences_weigh_as_much_as_they_tell():
    good, poor, deaf = Skill(0.9, 0.9), Skill(0.4, 0.1), Skill(0.9, 0.0)
    (edit,) = collect(Segment(SOURCE, {"a": FIXES["verb"]}), "edits").candidates
    hypotheses = {"a": FIXES["verb"], "b": SOURCE, "c": SOURCE}
    ballot = collect(Segment(SOURCE, hypotheses), "edits")

    def share(a: Skill, b: Skill, c: Skill) -> float:
        skills = {name: {edit.type: skill} for name, skill in zip("abc", (a, b, c), strict=True)}
        (verdict,) = Majority(competence=skills).judge([ballot])
        return verdict.probabilities[0]

    assert share(good, deaf, deaf) == 1
    assert share(good, poor, poor) > 0.5 > share(good, good, good)
    assert share(poor, deaf, deaf) == 0
    assert share(good, deaf, Skill(0.5, 0.99)) < 0.5
    other = Majority(competence={key: {"U:PUNCT": good} for key in "abc"})
    assert combine(ballot, other).text == FIXES["verb"]
    weighed = Majority(weights={"b": 9}, competence={key: {edit.type: good} for key in "abc"})
    assert weighed.judge([ballot])[0].probabilities[0] == pytest.approx(
        good.voice / (good.voice + 10 * good.silence)
    )


def test_a_skill_is_never_certain():
    assert Skill(1, 1).voice == pytest.approx(Skill(0.95, 0).voice)
    assert Skill(0, 0).voice == Skill(0.5, 0).voice == Skill(0, 0).silence == 0
    with pytest.raises(ValueError, match="from 0 to 1"):
        Skill(1.1, 0)
