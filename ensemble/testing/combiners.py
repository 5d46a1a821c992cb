"""The laws of a combiner: every registered one keeps them; `check_combiner` checks one of yours."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from math import isclose, isfinite

from ensemble.candidates import Ballot, collect, collect_all
from ensemble.candidates.incomplete import Incomplete
from ensemble.combiners.base import Combiner, Counting, Verdict, combine_all, is_settled
from ensemble.combiners.trainable import Trainable
from ensemble.testing.combiner_case import SKILLS, CombinerCase, N, combiner_cases
from evaluation.edits.align import apply
from evaluation.edits.tokens import tokenise, weave
from evaluation.records import Segment

_TOLERANCE = 1e-5
"""By how much a probability may differ where a sum is made in another order."""


def check_combiner(combiner: str | Combiner, *, seed: int = 0) -> None:
    """Check that a combiner does what combining, training and the service rely on.

    It gives each candidate a probability, the same at each call, whatever the other segments are
    and whatever the order of the systems; it judges segments without answers or candidates, and
    systems that it has not seen; `fit` and `judge` do not change it; its signature changes where
    its verdicts do; an outcome that it says is settled is; it can be sent to another process. A
    registered one that can be trained is trained, saved and read again, and the trained one checked
    too.

    Args:
        combiner: the name of a registered one, with options or without, as in `vote:k=2`; or one
            that may be fitted or trained already.
        seed: of the data it is tried on.

    Raises:
        AssertionError: naming the law that it breaks.
        InputError: there is no such combiner or option.
    """
    for case in combiner_cases(combiner, seed):
        for check in COMBINER_CHECKS:
            check(case)


def check_description(case: CombinerCase) -> None:
    """Its name and signature are one line each, and it says that it combines this kind."""
    for text in (case.combiner.name, case.combiner.signature, case.fitted.signature):
        assert text.strip(), "its name or signature is empty"
        assert text.isprintable(), f"{text!r} is not one line of printable characters"
    assert case.kind in case.combiner.kinds, f"it does not combine {case.kind}"


def check_calibration(case: CombinerCase) -> None:
    """Without labels it does not become calibrated: `fit` has none."""
    is_calibrated = case.combiner.is_calibrated
    assert case.fitted.is_calibrated == is_calibrated, "fit, without labels, calibrates it"
    if isinstance(case.combiner, Trainable) and not case.combiner.is_trained:
        assert not is_calibrated, "untrained, it says that it is calibrated"


def check_probabilities(case: CombinerCase) -> None:
    """Each candidate has one probability from 0 to 1, also of systems it has not seen."""
    for ballots in (case.ballots, case.other_ballots):
        for ballot, verdict in zip(ballots, case.fitted.judge(ballots), strict=True):
            _assert_sound(ballot, verdict)


def check_nothing_to_combine(case: CombinerCase) -> None:
    """Without ballots there are no verdicts; without answers the output is the source, or None."""
    fitted, nothing = case.fitted, Segment("Nothing .", {"able": None, "fair": None})
    assert fitted.judge([]) == [], "it returns verdicts where there are no ballots"
    (combination,) = combine_all([collect(nothing, case.kind)], fitted)
    expected = None if case.kind == "labels" else nothing.source
    assert combination.text == expected, f"without answers, its output is {combination.text!r}"


def check_output_is_proposed(case: CombinerCase) -> None:
    """The output is made of words of the source and of the systems' outputs."""
    outputs = combine_all(case.ballots + case.other_ballots, case.fitted)
    for segment, output in zip(case.segments + case.others, outputs, strict=True):
        labels = chain.from_iterable(segment.distributions.values())
        texts = [segment.source, *filter(None, segment.hypotheses.values()), *labels]
        known = {token.strip() for text in texts for token in tokenise(text)}
        invented = {token.strip() for token in tokenise(output.text or "")} - known
        assert not invented, f"no system proposed {sorted(invented)}"


def check_evidence(case: CombinerCase) -> None:
    """The output is the accepted text or label, or the accepted edits of source or backbone."""
    ballots = case.ballots + case.other_ballots
    for ballot, output in zip(ballots, combine_all(ballots, case.fitted), strict=True):
        accepted = [decision.candidate for decision in output.decisions if decision.accepted]
        assert all(c.voters or c.probabilities for c in accepted), (
            "it takes what no system proposed"
        )
        if output.backbone is None and ballot.kind != "edits":
            for candidate in accepted:
                assert output.text == candidate.replacement, f"its output is {output.text!r}"
        else:
            tokens = tokenise(ballot.source if output.backbone is None else output.backbone)
            expected_text = weave(apply(tokens, [candidate.edit for candidate in accepted]))
            assert output.text == expected_text, f"its edits give {expected_text!r}"


def check_repeatable(case: CombinerCase) -> None:
    """Fitted and asked again, it gives the same verdicts and signature, and stays as it is."""
    first, second = case.fitted, case.combiner.fit(case.ballots)
    assert first.signature == second.signature, "fitted again, it has another signature"
    verdicts, before = first.judge(case.ballots), case.combiner.signature
    assert verdicts == first.judge(case.ballots), "asked again, it gives other verdicts"
    assert verdicts == second.judge(case.ballots), "fitted again, it gives other verdicts"
    assert first.signature == second.signature, "judge changes its signature"
    case.combiner.fit(case.ballots[:1])
    assert case.combiner.signature == before, "fit changes the combiner; it must return another"
    assert verdicts == first.judge(case.ballots), "fit changes the combiner that was fitted before"


def check_each_segment_by_itself(case: CombinerCase) -> None:
    """The verdict on a segment does not depend on those it is judged with."""
    fitted, ballots = case.fitted, case.ballots
    for ballot, together in zip(ballots, fitted.judge(ballots), strict=True):
        (alone,) = fitted.judge([ballot])
        _assert_close(_by_candidate(ballot, alone), _by_candidate(ballot, together), "judged alone")
    for ballot, output in zip(ballots, combine_all(ballots, fitted), strict=True):
        (by_itself,) = combine_all([ballot], fitted)
        assert by_itself.text == output.text, "combined alone, a segment has another output"


def check_order_of_systems(case: CombinerCase) -> None:
    """The order in which a segment has its systems changes no probability."""
    turned = list(collect_all(map(_turned, case.segments), case.kind))
    pairs = [
        [_by_candidate(*pair) for pair in zip(ballots, combiner.judge(ballots), strict=True)]
        for combiner, ballots in (
            (case.fitted, case.ballots),
            (case.combiner.fit(turned), turned),
        )
    ]
    for given, other in zip(*pairs, strict=True):
        _assert_close(given, other, "with its systems in another order")


def _turned(segment: Segment) -> Segment:
    return replace(segment, hypotheses=dict(reversed([*segment.hypotheses.items()])))


def check_signature_changes_with_verdicts(case: CombinerCase) -> None:
    """A combiner that learnt from other data and gives other verdicts has another signature."""
    ballots = case.ballots
    one, two = case.fitted, case.combiner.fit(ballots[: N // 4])
    if one.judge(ballots) != two.judge(ballots):
        assert one.signature != two.signature, "fitted to other ballots, it has the same signature"


def check_statistics_add_up(case: CombinerCase) -> None:
    """Statistics of two parts of the segments add up to those of the whole."""
    combiner, ballots = case.combiner, case.ballots
    if not isinstance(combiner, Counting):
        return
    parts = combiner.statistics(ballots[:N]) + combiner.statistics(ballots[N:])
    summed, whole = combiner.from_statistics(parts), combiner.fit(ballots)
    assert summed.signature == whole.signature, "statistics of two parts do not add up"
    if case.kind not in combiner.counted:
        unfitted = combiner.from_statistics(combiner.statistics([]))
        assert unfitted.judge(ballots) == whole.judge(ballots), "it learns from a kind not counted"


def check_weights(case: CombinerCase) -> None:
    """The weight of a system is a finite number from 0 up, also of one it has not seen."""
    fitted = case.fitted
    for name in (*SKILLS, "unseen"):
        weight = fitted.weight(name)
        assert isfinite(weight), f"the weight of {name} is not finite"
        assert weight >= 0, f"the weight of {name} is {weight}"


def check_settled(case: CombinerCase) -> None:
    """An outcome that it says is settled is not changed by any answers of the missing systems."""
    for segment in (*case.segments, *case.others):
        names = list(segment.hypotheses)
        for count in range(1, len(names)):
            missing = names[count:]
            known = {n: None if n in missing else t for n, t in segment.hypotheses.items()}
            given = Incomplete(
                replace(segment, hypotheses=known), case.kind, [(n,) for n in missing]
            )
            if not is_settled(case.fitted, given):
                continue
            worlds = [None, segment.source, "Quite another text .", *segment.hypotheses.values()]
            completed = [
                collect(
                    replace(segment, hypotheses={**known, **dict.fromkeys(missing, text)}),
                    case.kind,
                )
                for text in worlds
            ]
            texts = {output.text for output in combine_all(completed, case.fitted)}
            assert len(texts) == 1, f"settled without {missing}, its output is one of {texts}"


def check_other_processes(case: CombinerCase) -> None:
    """Sent to another process, it gives the same verdicts under the same signature."""
    fitted, ballots = case.fitted, case.ballots
    sent = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - what it was given itself
    assert sent.signature == fitted.signature, "unpickled, it has another signature"
    assert sent.judge(ballots) == fitted.judge(ballots), "unpickled, it gives other verdicts"


COMBINER_CHECKS: tuple[Callable[[CombinerCase], None], ...] = (
    check_description,
    check_calibration,
    check_probabilities,
    check_nothing_to_combine,
    check_output_is_proposed,
    check_evidence,
    check_repeatable,
    check_each_segment_by_itself,
    check_order_of_systems,
    check_signature_changes_with_verdicts,
    check_statistics_add_up,
    check_weights,
    check_settled,
    check_other_processes,
)
"""All that `check_combiner` checks of a case, each by itself."""


def _assert_sound(ballot: Ballot, verdict: Verdict) -> None:
    n = len(ballot.candidates)
    assert len(verdict.probabilities) == n, f"{len(verdict.probabilities)} probabilities, not {n}"
    assert all(0 <= p <= 1 for p in verdict.probabilities), "a probability is not from 0 to 1"
    assert isfinite(verdict.threshold), "the threshold is not finite"
    assert len(verdict.changed) in (0, n), f"{len(verdict.changed)} shares of changes, not {n}"
    assert all(0 <= share <= 1 for share in verdict.changed), "a share is not from 0 to 1"


def _by_candidate(ballot: Ballot, verdict: Verdict) -> Mapping[object, float]:
    return dict(zip((c.edit for c in ballot.candidates), verdict.probabilities, strict=True))


def _assert_close(given: Mapping[object, float], other: Mapping[object, float], when: str) -> None:
    assert given.keys() == other.keys(), f"{when}, a segment has other candidates"
    for candidate, before in given.items():
        after = other[candidate]
        is_same = isclose(before, after, abs_tol=_TOLERANCE)
        assert is_same, f"{when}, {candidate} has the probability {after}, not {before}"
