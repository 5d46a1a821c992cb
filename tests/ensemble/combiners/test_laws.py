"""Laws of influence: a copy gains none, and what remains without a system is not louder for it."""

import re
from dataclasses import replace
from random import Random
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ensemble.candidates import collect, collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.evidence import gather
from ensemble.combiners.registry import COMBINERS, create, label_free
from ensemble.combiners.utility import Utility
from ensemble.competence import KNOWN_FROM, Profile
from ensemble.testing.planted import planted, planted_segments
from evaluation.edits.glyphs import is_form_only, plain
from evaluation.records import Segment

KINDS = ["edits", "texts", "labels"]
LABEL_FREE = [
    (name, kind) for name in label_free() for kind in KINDS if kind in COMBINERS.get(name).kinds
]
SHARING = ["agreement", "best-single", "family-vote", "neural"]
"""Combiners in which copies share one vote; in the others each copy is one more voter."""

COPIES = [(name, kind) for name, kind in LABEL_FREE if name in SHARING]
SKILLS = {"able": 0.9, "good": 0.7, "fair": 0.6, "poor": 0.4, "weak": 0.3}
WORDS = (
    "boys girls café don't said \"yes\" well-known , the naïve went home it's green - 3.5".split()
)
LABELS = ["don't know", "café", "spam mail", "a - b"]
SEEDS = st.integers(0, 1_000_000)
N = 40


def _curly(text):
    return text.replace("'", "’").replace('"', "”").replace(" - ", " – ")


def _detokenised(text):
    return re.sub(r"\s+([,.])", r"\1", text)


def _all_at_once(text):
    return normalize("NFD", _detokenised(_curly(text)).replace(" ", "\u00a0"))


RESPELLINGS = {
    "curly quotes": _curly,
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "decomposed": lambda text: normalize("NFD", text),
    "detokenised": _detokenised,
    "all at once": _all_at_once,
}


def written(kind, seed, systems=4):
    """Return segments whose systems change a word in five, or give one of a few labels."""
    chance = Random(seed)
    if kind == "labels":
        return [
            Segment(f"{i}", {f"s{k}": _label(chance) for k in range(systems)}) for i in range(N)
        ]
    sources = [[chance.choice(WORDS) for _ in range(chance.randint(4, 8))] for _ in range(N)]
    return [
        Segment(_text(source), {f"s{k}": _changed(source, chance) for k in range(systems)})
        for source in sources
    ]


def _label(chance):
    return chance.choice(LABELS[:2] if chance.random() < 0.6 else LABELS)


def _changed(source, chance):
    return _text([chance.choice(WORDS) if chance.random() < 0.2 else word for word in source])


def _text(words):
    return " ".join([*words, "."])


def with_copy(segments, original, respell=str):
    return [
        replace(s, hypotheses={**s.hypotheses, "z": respell(str(s.hypotheses[original]))})
        for s in segments
    ]


def judged(segments, kind, combiner):
    """Return, for each segment, the probability of each change, and the output, however spelt."""
    ballots = list(collect_all(segments, kind))
    fitted = combiner.fit(ballots)
    pairs = zip(ballots, fitted.judge(ballots), combine_all(ballots, fitted), strict=True)
    return [(_by_change(ballot, verdict), _key(output.text)) for ballot, verdict, output in pairs]


def _by_change(ballot, verdict):
    return {
        (c.edit.start, c.edit.end, _key("".join(c.edit.replacement))): p
        for c, p in zip(ballot.candidates, verdict.probabilities, strict=True)
        if ballot.kind != "edits" or not is_form_only(c.edit, ballot.tokens)
    }


def _key(text):
    return text and "".join(plain(normalize("NFC", text)).split())


def assert_same(first, second):
    for (before, text), (after, other) in zip(first, second, strict=True):
        assert after == pytest.approx(before, abs=1e-6)
        assert text == other


@pytest.mark.parametrize("respelling", RESPELLINGS)
@pytest.mark.parametrize(("name", "kind"), LABEL_FREE)
@given(seed=SEEDS)
@settings(max_examples=3)
def test_a_respelt_copy_has_the_influence_of_an_exact_one(name, kind, respelling, seed):
    segments, combiner = written(kind, seed), create(name)
    exact = judged(with_copy(segments, "s0"), kind, combiner)
    respelt = judged(with_copy(segments, "s0", RESPELLINGS[respelling]), kind, combiner)
    assert_same(exact, respelt)


@pytest.mark.parametrize("respell", [str, _all_at_once])
@pytest.mark.parametrize(("name", "kind"), COPIES)
@given(seed=SEEDS)
@settings(max_examples=8)
def test_a_copy_changes_nothing_where_copies_share_a_vote(name, kind, respell, seed):
    segments, combiner = written(kind, seed), create(name)
    # Of fewer candidates, two systems are not known to be copies of one.
    assume(np.diag(Profile.of(list(collect_all(segments, kind))).made)[1] >= KNOWN_FROM)
    alone = judged(segments, kind, combiner)
    assert_same(alone, judged(with_copy(segments, "s1", respell), kind, combiner))


@pytest.mark.parametrize("name", sorted(set(label_free()) - set(SHARING)))
def test_elsewhere_a_copy_is_one_more_voter(name):
    kind = COMBINERS.get(name).kinds[-1]
    segments, combiner = written(kind, 0), create(name)
    given = judged(segments, kind, combiner)
    copied = judged(with_copy(segments, "s1"), kind, combiner)
    assert given != copied
    if name == "dawid-skene":
        return  # all skills are estimated anew
    for segment, (before, _), (after, _) in zip(segments, given, copied, strict=True):
        mine = [key for key in before if key[2] == _key(segment.hypotheses["s1"])]
        assert all(after[key] >= before[key] - 1e-9 for key in mine)
    assert create(name).fit([]).votes == {}


def copied_in_part(kind, seed):
    """Return segments in half of which there is a copy."""
    segments = written(kind, seed) + written(kind, seed + 1) + written(kind, seed + 2)
    return segments[:N] + with_copy(segments[N:], "s0")


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
@settings(max_examples=10)
def test_a_copy_of_part_of_the_outputs_takes_no_weight_from_other_systems(kind, seed):
    segments = copied_in_part(kind, seed)
    alone = [_without(segment, "z") for segment in segments]
    given, copied = (Profile.of(list(collect_all(each, kind))) for each in (alone, segments))
    assert copied.weights["s0"] + copied.weights["z"] == pytest.approx(given.weights["s0"])
    for name in ("s1", "s2", "s3"):
        assert copied.weights[name] == pytest.approx(given.weights[name])
    assert copied.votes == {"s0": 0.5, "z": 0.5, "s1": 1.0, "s2": 1.0, "s3": 1.0}


def _without(segment, name):
    rest = {system: text for system, text in segment.hypotheses.items() if system != name}
    return replace(segment, hypotheses=rest)


@pytest.fixture(scope="module")
def trained():
    return {kind: Neural.learn(*planted(kind, 150, SKILLS)) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("original", ["able", "fair", "weak"])
@given(seed=SEEDS)
@settings(max_examples=3)
def test_a_copy_of_a_system_trained_on_changes_nothing(trained, kind, original, seed):
    segments, _ = planted_segments(kind, 60, SKILLS, seed)
    alone = judged(segments, kind, trained[kind])
    copied = with_copy(segments, original, _all_at_once)
    assert_same(alone, judged(copied, kind, trained[kind]))


BETTER_THAN_CHANCE = {"able": 0.9, "good": 0.7, "fair": 0.6, "other": 0.6, "poor": 0.5}
"""Dawid and Skene take a label of a system that is worse than chance for evidence against it."""

SUPPORTED_BY_LIKE_TEXTS = [(name, "texts") for name in ("fuse", "judged", "mbr", "neural")]


def changes_without(segments, kind, fitted):
    """Yield a system, whether it voted for a candidate, and how that changes without the system."""
    ballots = list(collect_all(segments, kind))
    for segment, ballot, verdict in zip(segments, ballots, fitted.judge(ballots), strict=True):
        for name in segment.hypotheses:
            rest = collect(replace(_without(segment, name), style=ballot.style), kind)
            judgement = fitted.judge([rest])[0].probabilities
            after = dict(zip((c.edit for c in rest.candidates), judgement, strict=True))
            for candidate, before in zip(ballot.candidates, verdict.probabilities, strict=True):
                if candidate.edit in after:
                    yield name, name in candidate.voters, after[candidate.edit] - before


@pytest.mark.parametrize(("name", "kind"), LABEL_FREE)
@given(seed=SEEDS)
@settings(max_examples=3)
def test_without_a_voter_no_candidate_is_more_probable_and_without_another_none_less(
    name, kind, seed
):
    segments, _ = planted_segments(kind, N, BETTER_THAN_CHANCE, seed)
    fitted = create(name).fit(list(collect_all(segments, kind)))
    for _, is_voter, change in changes_without(segments, kind, fitted):
        if is_voter:
            assert change <= 1e-6
        elif (name, kind) not in SUPPORTED_BY_LIKE_TEXTS:
            assert change >= -1e-6


@given(texts=st.lists(st.sampled_from(["so we go", "so we went", "no"]), min_size=2, max_size=6))
def test_without_a_text_the_others_lose_what_it_gave_them(texts):
    utility, rest = (Utility.of(some, [1] * len(some)) for some in (texts, texts[:-1]))
    given = utility.likeness[:-1] * len(texts) - utility.alike[:-1, -1]
    assert rest.likeness == pytest.approx(given / (len(texts) - 1))


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_vote_of_the_best_system_trained_on_no_candidate_is_more_probable(
    trained, kind
):
    segments, _ = planted_segments(kind, N, SKILLS, 1)
    fitted = trained[kind].fit(list(collect_all(segments, kind)))
    changes = [
        change
        for name, is_voter, change in changes_without(segments, kind, fitted)
        if name == "able" and is_voter
    ]
    assert max(changes) < 0.005
    assert np.mean(changes) < -0.05


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
@settings(max_examples=5)
def test_trust_is_never_more_than_in_training_nor_rises_without_a_system_trained_on(
    trained, kind, seed
):
    segments, _ = planted_segments(kind, 5, {**SKILLS, "new": 0.7, "newer": 0.6}, seed)
    combiner = trained[kind]
    of_all = _familiarity(combiner, segments, kind)
    assert _familiarity(combiner, _only(segments, SKILLS), kind) == pytest.approx(1)
    for name in (*SKILLS, "new"):
        without = _familiarity(combiner, [_without(s, name) for s in segments], kind)
        assert without < 1
        assert (without < of_all) == (name in SKILLS)


def _only(segments, names):
    return [replace(s, hypotheses={name: s.hypotheses[name] for name in names}) for s in segments]


def _familiarity(combiner, segments, kind):
    """Return the share of systems trained on, the same for all candidates where all answered."""
    ballots = list(collect_all(segments, kind))
    profile = combiner.profile + Profile.unknown(["new", "newer"])
    shares = combiner.learnt.familiarity(gather(ballots, profile, None))
    assert np.ptp(shares) < 1e-9
    return float(shares[0])
