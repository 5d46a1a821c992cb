"""What a completion adds to a frozen ensemble, as a reward function of trainers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble import Segment, collect, combine, load_combiner
from ensemble.diversity.reward import MarginalReward
from evaluation.errors import InputError
from evaluation.metrics.base import Texts, score_segments
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric

SOURCE = "He go to scool every days ."
TARGET = "He goes to school every day ."
SYSTEMS = {
    "grammar": "He goes to scool every days .",
    "speller": "He goes to school every days .",
    "wrong": "She go to scool every days .",
}
COMPLETIONS = st.sampled_from(
    [
        SOURCE,
        TARGET,
        *SYSTEMS.values(),
        "She goes to school every day .",
        "",
        "Sure! " * 3,
        "word " * 5000,
    ]
)


def rows(n: int) -> dict[str, list[str | None]]:
    outputs: dict[str, list[str | None]] = {name: [text] * n for name, text in SYSTEMS.items()}
    return {"source": [SOURCE] * n, "reference": [TARGET] * n, **outputs}


def f_of(answer: str | None) -> float:
    outputs = {**SYSTEMS, **({} if answer is None else {"member": answer})}
    text = combine(collect(Segment(SOURCE, outputs), "edits"), load_combiner("vote")).text
    gold = gold_from_references([SOURCE], [[TARGET]])
    return float(score_segments(load_metric("edits"), Texts([text], [SOURCE], None, gold))[0])


@pytest.mark.parametrize("answer", [TARGET, SOURCE, SYSTEMS["wrong"], SYSTEMS["speller"]])
def test_it_is_what_the_combined_output_gains_by_the_answer(answer: str) -> None:
    (reward,) = MarginalReward(list(SYSTEMS))(["p"], [answer], **rows(1))
    assert reward == pytest.approx((f_of(answer) - f_of(None)) / 100)


def test_an_answer_that_confirms_right_edits_earns_and_one_that_confirms_wrong_ones_pays() -> None:
    rewards = MarginalReward(list(SYSTEMS))([""] * 3, [TARGET, SOURCE, SYSTEMS["wrong"]], **rows(3))
    right, silent, wrong = rewards
    assert right > silent > wrong, rewards


@given(st.lists(COMPLETIONS, max_size=6), st.randoms())
def test_a_reward_does_not_depend_on_the_batch(completions: list[str], random) -> None:
    reward = MarginalReward(list(SYSTEMS))
    together = reward([""] * len(completions), completions, **rows(len(completions)))
    alone = [reward([""], [text], **rows(1))[0] for text in completions]
    assert together == alone
    order = list(range(len(completions)))
    random.shuffle(order)
    shuffled = reward([""] * len(order), [completions[i] for i in order], **rows(len(order)))
    assert shuffled == [alone[i] for i in order]


def test_messages_other_columns_and_missing_outputs_are_taken() -> None:
    columns = rows(2)
    columns["wrong"] = [None, SYSTEMS["wrong"]]
    answers = [[{"role": "assistant", "content": f" {TARGET}\n"}], TARGET]
    given = MarginalReward(list(SYSTEMS))(
        [[{"role": "user", "content": "Correct"}]] * 2,
        answers,
        completion_ids=[[1], [2]],
        **columns,
    )
    assert len(given) == 2
    assert None not in given


def test_a_row_without_a_reference_has_no_reward() -> None:
    columns = rows(2) | {"reference": ["", [TARGET, SOURCE]]}
    first, second = MarginalReward(list(SYSTEMS))(["", ""], [TARGET, TARGET], **columns)
    assert first is None
    assert second is not None


@pytest.mark.parametrize(
    ("kind", "answers", "signs"),
    [
        ("labels", ["yes", "no"], [1.0, 0.0]),
        ("texts", ["the meeting is at nine", "a dog"], None),
    ],
)
def test_texts_and_labels_need_no_source(kind, answers, signs) -> None:
    reward = MarginalReward(["a", "b"], kind)
    right = answers[0]
    columns = {"a": [right, right], "b": [answers[1], answers[1]], "reference": [right, right]}
    if kind == "labels":
        columns |= {"a": ["no", "no"], "b": ["yes", "yes"]}
    rewards = reward(["", ""], answers, **columns)
    assert rewards[0] >= rewards[1]
    if signs:
        assert rewards == signs


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"grammar": [SOURCE, SOURCE]}, "the column 'grammar' has 2 rows for 1 completions"),
        ({"grammar": [7]}, "the column 'grammar' has 7, which is not a text"),
        ({"source": [None]}, "the column 'source' has None"),
        ({"reference": [[None]]}, "the column 'reference' has None"),
    ],
)
def test_a_wrong_column_is_an_error_that_names_it(changed, fault) -> None:
    with pytest.raises(InputError, match=fault):
        MarginalReward(list(SYSTEMS))([""], [TARGET], **{**rows(1), **changed})


def test_a_missing_column_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(InputError, match="no column 'reference'; there are grammar, source"):
        MarginalReward(["grammar"])([""], [TARGET], source=[SOURCE], grammar=[SOURCE])


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (([],), "needs other systems"),
        ((["member"],), "needs other systems besides 'member'"),
        ((["a"], "labels", "dawid-skene"), "learns from many outputs"),
        ((["a"], "edits", "nonsense"), "no combiner 'nonsense'"),
    ],
)
def test_an_ensemble_that_cannot_be_is_refused(arguments, fault) -> None:
    with pytest.raises(InputError, match=fault):
        MarginalReward(*arguments)
